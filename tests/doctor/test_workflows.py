"""The doctor on workflows as people write them, and on those that cargo-hone itself writes."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from cargo_hone.doctor.examination import examine
from cargo_hone.doctor.finding import Place
from cargo_hone.doctor.repair import repair
from tests.doctor.case import Case, made, workflow
from tests.doctor.cases_workflows import WITH_GIT

CORPUS = Path(__file__).parents[1] / "ci" / "workflows"
UNLOCKED = "HONE017"
# What there is besides builds without --locked, which most people write.
FOUND = {
    "own-cache.yml": ["HONE015", "HONE015", "HONE015"],
    "sccache.yml": ["HONE002", "HONE003"],
}
LOCKED = {
    *("branches-and-tags.yml", "cross.yml", "events-list.yml", "latest-dependencies.yml"),
    *("local-actions.yml", "no-cargo.yml", "release.yml"),
}


def test_the_corpus(tmp_path: Path) -> None:
    tree = made(Case(spec=WITH_GIT), tmp_path)
    shutil.copytree(CORPUS, tree.root / ".github" / "workflows")
    facts = tree.facts()
    assert facts.documents.unread == ()
    found: dict[str, list[str]] = {path.name: [] for path in CORPUS.glob("*.yml")}
    for finding in examine(facts).findings:
        assert isinstance(finding.place, Place)
        found[finding.place.path.name].append(finding.rule.id)
    others = {
        name: sorted(one for one in ids if one != UNLOCKED) for name, ids in found.items() if ids
    }
    assert {name: ids for name, ids in others.items() if ids} == FOUND
    assert {name for name, ids in found.items() if UNLOCKED not in ids} == LOCKED


def test_all_fixes_of_the_corpus_together(tmp_path: Path) -> None:
    tree = made(Case(spec=WITH_GIT), tmp_path)
    shutil.copytree(CORPUS, tree.root / ".github" / "workflows")
    result = repair(tree.facts(), unsafe=True)
    assert result.refused == ()
    assert all(finding.fix is None for finding in result.left)
    assert len(result.mended) > 20


@pytest.mark.parametrize("cache", ["target", "sccache"])
@pytest.mark.parametrize(
    "files",
    [workflow("- uses: actions/checkout@v4\n- run: cargo test"), {}],
    ids=["theirs", "ours"],
)
def test_what_ci_init_writes_is_in_order(
    cache: str, files: Mapping[str, str], tmp_path: Path
) -> None:
    tree = made(Case(spec=WITH_GIT, files=files), tmp_path)
    env = {**tree.env, "HONE_STATE_DIR": str(tree.home / "state")}
    done = subprocess.run(
        [sys.executable, "-m", "cargo_hone", "ci", "init", "--yes", "--cache", cache],
        cwd=tree.root,
        env={**env, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b"hone-install" in b"".join(
        path.read_bytes() for path in (tree.root / ".github" / "workflows").iterdir()
    )
    found = examine(tree.facts()).findings
    assert [f"{one.rule.id} {one.message}" for one in found] == []
