"""Every lever, applied and taken back on documents from elsewhere: not a byte differs."""

import os
from pathlib import Path

import pytest

from cargo_hone.cache.capacity import parse
from cargo_hone.cache.interface import EngineLocation
from cargo_hone.cargo.metadata import Metadata
from cargo_hone.cargo.toolchain import Toolchain
from cargo_hone.edit import toml
from cargo_hone.edit.apply import apply
from cargo_hone.edit.journal import Journal
from cargo_hone.edit.refused import EditRefused
from cargo_hone.edit.undo import undo
from cargo_hone.levers import together, writing
from cargo_hone.levers.interface import Context, Lever, Nightly
from cargo_hone.levers.registry import ALL
from cargo_hone.workspace import configuration
from cargo_hone.workspace.facts import WorkspaceFacts
from cargo_hone.workspace.pipeline import PipelineFiles

from .tree import CONFIG, snapshot

CARGO_HOME = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")
MANIFESTS = sorted(CARGO_HOME.glob("registry/src/*/*/Cargo.toml"))
SOME = MANIFESTS[:: max(1, len(MANIFESTS) // 8)]
NASTY = Path(__file__).parents[1] / "edit" / "nasty-config.toml"
WORKFLOW = """\
on: [push]   # whatever
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: |
          cargo test --locked
"""
HOST = "x86_64-unknown-linux-gnu"
CONFIGS = {
    "none": "",
    "ordinary": CONFIG,
    "nasty": NASTY.read_text("utf-8"),
    "no end of line": '[build]\nrustflags = "--cfg x"',
    "windows": '[build]\r\nrustflags = ["--cfg", "x"]\r\n[term]\r\nquiet = false\r\n',
    "inline": "build = { jobs = 4 }\nprofile = { dev = { panic = 'unwind' } }\n",
    "dotted": f"build.jobs = 4\ntarget.{HOST}.rustflags = ['-g']\nprofile.dev.panic = 'unwind'\n",
    "with a mark": "\ufeff[alias]\nb = 'build'\n",
}


def rounds() -> list[list[Lever]]:
    """All levers, in as few sets as exclude nothing within themselves."""
    found: list[list[Lever]] = []
    for lever in ALL:
        for one in found:
            if not any(together.exclude(lever, other) for other in one):
                one.append(lever)
                break
        else:
            found.append([lever])
    return found


def context(root: Path, *, manifest: bytes, env: dict[str, str]) -> Context:
    """The facts of a workspace whose root manifest is `manifest`; cargo is not asked, so it may be anything."""
    (root / "Cargo.toml").write_bytes(manifest)
    workflow = root / ".github" / "workflows" / "ci.yml"
    workflow.parent.mkdir(parents=True, exist_ok=True)
    workflow.write_text(WORKFLOW)
    metadata = Metadata(
        workspace_root=root,
        target_directory=root / "target",
        build_directory=root / "target",
        packages={},
        members=(),
        depends_on={},
    )
    facts = WorkspaceFacts(
        metadata=metadata,
        toolchain=Toolchain(rustc="rustc 1.95.0", cargo="cargo 1.95.0", host=HOST, commit="-"),
        configuration=configuration.read(root, env=env),
        excluded=(),
        pipeline=PipelineFiles(workflows=(workflow,), devcontainers=()),
        tools={},
        root_manifest=toml.parse(manifest.decode("utf-8-sig")),
        env=env,
        flags=(),
    )
    engine = EngineLocation(
        path=Path("/opt/sccache"), origin="came with cargo-hone", version="0.16"
    )
    return Context(
        facts=facts,
        capacity=parse("10G"),
        engine=engine,
        nightly=Nightly(toolchain=f"nightly-{HOST}", sysroot=Path("/opt/nightly")),
        build_place=Path("/opt/disk"),
    )


@pytest.fixture
def place(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """A root, and an environment with a home of its own; nothing else may be in the way."""
    root, home = tmp_path / "all" / "ws", tmp_path / "all" / "home"
    root.mkdir(parents=True)
    home.mkdir()
    zccache = home / "bin" / "zccache"
    zccache.parent.mkdir()
    zccache.write_text("#!/bin/sh\necho zccache 1.15.0\n")
    zccache.chmod(0o755)
    return (
        root,
        {
            "CARGO_HOME": str(home),
            "HOME": str(home),
            "XDG_STATE_HOME": str(home / "state"),
            "XDG_CONFIG_HOME": str(home / "config"),
            "SCCACHE_CONF": str(home / "sccache.toml"),
            "PATH": f"{home / 'bin'}:/usr/bin:/bin",
        },
    )


def applied_and_undone(levers: list[Lever], around: Context, base: Path) -> int:
    """How many files it changed; 0 where the edit was refused, which leaves them as they are as well."""
    journal = Journal(base.with_name("journal"))
    before = snapshot(base)
    try:
        plan = writing.plan(levers, around, title="t")
    except EditRefused:
        assert snapshot(base) == before
        return 0
    if not plan.changes:
        return 0
    apply(plan, journal=journal, root=around.facts.root)
    assert snapshot(base) != before
    undo(journal)
    assert snapshot(base) == before
    return len(plan.changes)


@pytest.mark.parametrize("name", CONFIGS)
def test_each_lever_on_each_configuration(place: tuple[Path, dict[str, str]], name: str) -> None:
    root, env = place
    (root / ".cargo").mkdir()
    (root / ".cargo" / "config.toml").write_bytes(CONFIGS[name].encode())
    around = context(root, manifest=b"[workspace]\nmembers = []\n", env=env)
    changing = {lever.name for lever in ALL if applied_and_undone([lever], around, root.parent)}
    if name in {"none", "ordinary", "windows", "with a mark"}:
        assert changing == {lever.name for lever in ALL}
    else:
        assert len(changing) > len(ALL) / 2


@pytest.mark.skipif(not MANIFESTS, reason="no registry sources on this machine")
def test_all_levers_on_manifests_that_cargo_has_fetched(
    place: tuple[Path, dict[str, str]],
) -> None:
    root, env = place
    changed = 0
    for manifest in SOME:
        around = context(root, manifest=manifest.read_bytes(), env=env)
        changed += sum(applied_and_undone(levers, around, root.parent) for levers in rounds())
    assert changed >= len(SOME)


@pytest.mark.e2e
@pytest.mark.skipif(not MANIFESTS, reason="no registry sources on this machine")
@pytest.mark.timeout(1200)
def test_one_set_of_levers_on_each_of_them(place: tuple[Path, dict[str, str]]) -> None:
    root, env = place
    sets, changed = rounds(), 0
    for number, manifest in enumerate(MANIFESTS):
        around = context(root, manifest=manifest.read_bytes(), env=env)
        changed += applied_and_undone(sets[number % len(sets)], around, root.parent) > 0
    assert changed > 0.9 * len(MANIFESTS)
