"""What is tried and what is written are the same to cargo: after the edit nothing is left to compile."""

import shutil
from pathlib import Path

import pytest

from cargo_hone.cargo.build import build
from cargo_hone.edit.apply import apply
from cargo_hone.edit.journal import Journal
from cargo_hone.levers import look, nightly, together, writing
from cargo_hone.levers.interface import Applies, Context, NotHere
from cargo_hone.levers.registry import ALL, lever_named

from .rich import pretend, rich
from .tree import Tree

# Those without a trial of their own: the caller opens a cache's store, or makes a directory.
_ELSEWHERE = {"sccache", "zccache", "shared-target", "build-dir-memory", "build-dir-disk"}
_ELSEWHERE |= {"incremental-off-ci"}  # in workflows only
_LINKERS = {"linker-mold": "mold"}
_OTHER = {"linker-lld", "linker-wild"}
_NIGHTLY = {"parallel-front-end", "share-generics", "cranelift", "feature-unification"}
# Whether a unit is compiled incrementally is in no fingerprint.
_UNSEEN = {"incremental-off", "incremental-on", "feature-unification"}
_STABLE = [lever.name for lever in ALL if lever.name not in _ELSEWHERE | _OTHER | _NIGHTLY]


def _command(name: str) -> list[str]:
    if name.startswith("test-"):
        return ["test", "--no-run", "--workspace"]
    return ["build" if name in _LINKERS else "check", "--workspace"]


def _assert_same(tree: Tree, name: str, context: Context) -> None:
    lever = lever_named(name)
    assert lever is not None
    assert isinstance(lever.applicability(context), Applies)
    command = _command(name)
    build(cwd=tree.root, args=command, env=tree.env).require_ok("base", next_step="-")
    trial = together.trial([lever], context)
    assert not [key for key in trial.env if key.startswith("CARGO_")]
    tried = build(
        cwd=tree.root, args=command, env={**tree.env, **trial.env}, config=trial.config
    ).require_ok("tried", next_step="-")
    assert tried.units_compiled > 0 or name in _UNSEEN
    plan = writing.plan([lever], context, title="t")
    apply(plan, journal=Journal(tree.root / "state"), root=tree.root)
    written = build(cwd=tree.root, args=command, env=tree.env).require_ok("after", next_step="-")
    assert written.units_compiled == 0


@pytest.mark.parametrize("name", _STABLE)
def test_the_tried_and_the_written_form_are_the_same_units(tmp_path: Path, name: str) -> None:
    tree = rich(tmp_path, name)
    if name in _LINKERS:
        pretend(tree, _LINKERS[name])
    _assert_same(tree, name, tree.context())


@pytest.mark.e2e
@pytest.mark.skipif(not shutil.which("rustup"), reason="rustup is not installed")
@pytest.mark.parametrize("name", sorted(_NIGHTLY))
def test_so_are_those_of_a_nightly_toolchain(tmp_path: Path, name: str) -> None:
    tree = rich(tmp_path, name)
    tree.env.pop("RUSTUP_TOOLCHAIN", None)
    found = nightly.find(tree.env)
    if found is None:
        pytest.skip("no nightly toolchain is installed")
    context = tree.context(nightly=found)
    lever = lever_named(name)
    assert lever is not None
    answer = lever.applicability(context)
    if isinstance(answer, NotHere) and "is not installed" in answer.reason:
        pytest.skip(answer.reason)
    _assert_same(tree, name, context)


LISTS = {
    "none": ("", ""),
    "a list of this target": ('[target.HOST]\nrustflags = ["-C", "debug-assertions=on"]\n', ""),
    "a string of this target": (
        '[target.HOST]\nrustflags = "-Cdebug-assertions=on  --cfg  x"\n',
        "",
    ),
    "a list of build": ('[build]\nrustflags = ["--cfg", "x"]\n', ""),
    "a string of build": ('[build]\nrustflags = "--cfg x"\n', ""),
    "target wins over build": (
        '[build]\nrustflags = "--cfg x"\n[target.HOST]\nrustflags = ["--cfg", "y"]\n',
        "",
    ),
    "a list in the cargo home": ("", '[target.HOST]\nrustflags = ["--cfg", "x"]\n'),
    "a list in each": (
        '[build]\nrustflags = ["--cfg", "x"]\n',
        '[build]\nrustflags = ["--cfg", "y"]\n',
    ),
    "a cfg table": ('[target."cfg(unix)"]\nrustflags = ["--cfg", "x"]\n', ""),
}


@pytest.mark.parametrize("case", LISTS)
def test_flags_of_the_users_stay_in_effect_in_both(tmp_path: Path, case: str) -> None:
    tree = rich(tmp_path)
    pretend(tree, "mold")
    host = tree.context().facts.toolchain.host
    own, home = (text.replace("HOST", host) for text in LISTS[case])
    if own:
        tree.write(".cargo/config.toml", own)
    if home:
        tree.write("../home/config.toml", home)
    before = tree.rustc_flags()
    context = tree.context()
    lever = lever_named("linker-mold")
    assert lever is not None
    assert isinstance(lever.applicability(context), Applies)
    trial = together.trial([lever], context)
    tried = tree.rustc_flags(*trial.config)
    plan = writing.plan([lever], context, title="t")
    apply(plan, journal=Journal(tree.root / "state"), root=tree.root)
    written = tree.rustc_flags()
    # With a table of conditions cargo puts the triple's flags first.
    assert sorted(tried) == sorted([*before, "-Clink-arg=-fuse-ld=mold"])
    assert written == tried


def test_checkouts_share_no_directory_on_another_disk(tmp_path: Path) -> None:
    tree = rich(tmp_path)
    disk = tmp_path / "disk"
    disk.mkdir()
    context = look.context(tree.context().facts, capacity=tree.context().capacity, build_place=disk)
    lever = lever_named("build-dir-disk")
    assert lever is not None
    plan = writing.plan([lever], context, title="t")
    apply(plan, journal=Journal(tmp_path / "state"), root=tree.root)
    other = Tree(tmp_path / "other", CARGO_HOME=tree.env["CARGO_HOME"])
    for one in (tree, other):
        build(cwd=one.root, args=["build"], env=one.env).require_ok("build", next_step="-")
        assert not (one.root / "target/debug/deps").exists()
    assert len(list((disk / "cargo-hone").rglob("debug/.fingerprint"))) == 2
    written = build(cwd=tree.root, args=["build"], env=tree.env)
    assert written.units_compiled == 0
    assert lever.trial(context).build_parent == disk
