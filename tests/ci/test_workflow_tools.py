"""What others think of the workflows: GitHub's schema, zizmor, shellcheck."""

import json
import subprocess
import sys
from collections import Counter
from importlib import resources
from pathlib import Path

import pytest

from cargo_hone.ci import repository
from cargo_hone.ci.workflow_plan import CiOptions
from cargo_hone.settings.model import Cache as CacheSettings
from cargo_hone.settings.model import Settings
from tests.ci.repositories import CORPUS, Pipeline, environment, make

BIN = Path(sys.executable).parent
WAYS = {
    "target": (CiOptions(cache="target"), ""),
    "cargo-sweep": (CiOptions(cache="target", sweeper="cargo-sweep"), ""),
    "sccache": (CiOptions(cache="sccache"), ""),
    "remote": (CiOptions(cache="sccache"), "s3://bucket/rust?endpoint=minio:9000"),
}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The corpus as it is in `before`, and changed in each way, with a new workflow, in a directory of that name."""
    place = tmp_path_factory.mktemp("written")
    facts = make(place / "repository")
    known = repository.look(facts)
    for name, (options, remote) in WAYS.items():
        settings = Settings(cache=CacheSettings(remote=remote))
        for path in CORPUS:
            pipeline = Pipeline(facts, known, place / name)
            pipeline.write(path.name, path.read_bytes())
            pipeline.init(options, settings)
        alone = Pipeline(facts, known, place / name)
        [change] = alone.plan(options, settings).plan.changes
        alone.write("new.yml", change.after or b"")
    before = Pipeline(facts, known, place / "before")
    for path in CORPUS:
        before.write(path.name, path.read_bytes())
    return place


def test_github_s_schema_takes_all_of_them(written: Path) -> None:
    files = sorted(written.glob("*/*.yml"))
    assert len(files) > 4 * len(CORPUS)
    checked = subprocess.run(
        [BIN / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", *files],
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_schema_check_can_fail(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yml"
    broken.write_text("on: push\njobs: {a: {steps: 1}}\n")
    command = [BIN / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", broken]
    assert subprocess.run(command, capture_output=True, env=environment(), check=False).returncode


def findings(directory: Path) -> Counter[tuple[str, str]]:
    """How often zizmor says what of which file, from medium severity."""
    done = subprocess.run(
        [
            BIN / "zizmor",
            "--offline",
            "--no-config",
            "--no-exit-codes",
            "--format",
            "json",
            *sorted(directory.glob("*.yml")),
        ],
        capture_output=True,
        check=True,
        env=environment(),
    )
    found: Counter[tuple[str, str]] = Counter()
    for finding in json.loads(done.stdout):
        if finding["determinations"]["severity"] in {"Medium", "High"} and not finding["ignored"]:
            key = finding["locations"][0]["symbolic"]["key"]
            found[finding["ident"], Path(key["Local"]["verbatim_path"]).name] += 1
    return found


@pytest.mark.parametrize("way", WAYS)
def test_zizmor_finds_nothing_new(written: Path, way: str) -> None:
    before, after = findings(written / "before"), findings(written / way)
    assert before, "the corpus has findings of its own, or this test looks at nothing"
    assert after - before == Counter()


def test_shellcheck_finds_nothing() -> None:
    scripts = resources.files("cargo_hone.ci").joinpath("templates")
    names = sorted(str(entry) for entry in scripts.iterdir() if entry.name.endswith(".sh"))
    assert len(names) >= 8
    done = subprocess.run(
        [BIN / "shellcheck", "--shell", "sh", *names], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
