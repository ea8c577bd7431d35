"""Each lever: where it applies, what it would write, and that cargo takes the written and the tried form alike."""

from pathlib import Path

import pytest

from cargo_hone.cargo.build import build
from cargo_hone.edit.apply import apply
from cargo_hone.edit.journal import Journal
from cargo_hone.edit.undo import undo
from cargo_hone.levers import writing
from cargo_hone.levers.compiler_cache import CompilerCache
from cargo_hone.levers.debug_information import DebugInformation
from cargo_hone.levers.interface import Already, Applies, NotHere
from cargo_hone.levers.registry import LEVERS
from cargo_hone.levers.shared_target import SharedTarget
from cargo_hone.levers.unpacked_objects import UnpackedObjects

from .tree import CONFIG, Tree, snapshot


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def test_the_cache_lever_writes_shim_wrapper_cap_and_pointer(tree: Tree) -> None:
    tree.write(".cargo/config.toml", CONFIG)
    context = tree.context()
    assert CompilerCache().applicability(context) == Applies()
    plan = writing.plan([CompilerCache()], context, title="t")
    shim = next(c for c in plan.changes if c.path.name == "sccache")
    assert shim.executable
    assert tree.parsed(plan, ".cargo/config.toml")["build"] == {
        "rustc-wrapper": ".cargo/hone/sccache"
    }
    assert tree.parsed(plan, "sccache.toml") == {"cache": {"disk": {"size": 10_000_000_000}}}
    pointer = next(c for c in plan.changes if c.path.name == "sccache-path")
    assert pointer.after == b"/opt/sccache\n"


@pytest.mark.parametrize(
    ("config", "env", "expected"),
    [
        ('[build]\nrustc-wrapper = "env"\n', {}, NotHere),
        ("", {"RUSTC_WRAPPER": "env"}, NotHere),
        ("", {"RUSTC_WRAPPER": ""}, NotHere),
        ("", {}, Applies),
    ],
)
def test_a_wrapper_that_is_there_stays(
    tmp_path: Path, config: str, env: dict[str, str], expected: type
) -> None:
    tree = Tree(tmp_path, **env)
    tree.write(".cargo/config.toml", config)
    assert isinstance(CompilerCache().applicability(tree.context()), expected)


def test_an_sccache_that_is_wired_already_stays(tree: Tree) -> None:
    wrapper = tree.write("bin/sccache", '#!/bin/sh\nexec "$@"\n')
    wrapper.chmod(0o755)
    tree.write(".cargo/config.toml", f'[build]\nrustc-wrapper = "{wrapper}"\n')
    assert isinstance(CompilerCache().applicability(tree.context()), Already)


def test_where_a_workflow_builds_on_windows_the_shim_is_not_committed(tree: Tree) -> None:
    tree.write(".github/workflows/ci.yml", "jobs:\n  test:\n    runs-on: windows-latest\n")
    answer = CompilerCache().applicability(tree.context())
    assert isinstance(answer, NotHere)
    assert "Windows" in answer.reason


def test_without_sccache_there_is_nothing_to_try(tree: Tree) -> None:
    assert isinstance(CompilerCache().applicability(tree.context(engine=False)), NotHere)


def test_debug_goes_to_the_manifest_and_keeps_a_profile_with_everything(tree: Tree) -> None:
    plan = writing.plan([DebugInformation()], tree.context(), title="t")
    assert [change.path.name for change in plan.changes] == ["Cargo.toml"]
    profile = tree.parsed(plan, "Cargo.toml")["profile"]
    assert profile == {
        "dev": {"debug": "line-tables-only", "package": {"*": {"debug": False}}},
        "debugging": {"inherits": "dev", "debug": 2, "package": {"*": {"debug": 2}}},
    }


def test_debug_goes_to_the_configuration_where_excluded_packages_share_it(tree: Tree) -> None:
    tree.package("xtask", "main.rs", "fn main() {}\n")
    plan = writing.plan([DebugInformation()], tree.context(), title="t")
    config = tree.parsed(plan, ".cargo/config.toml")
    assert config["profile"] == {
        "dev": {"debug": "line-tables-only", "package": {"*": {"debug": False}}}
    }
    manifest = tree.parsed(plan, "Cargo.toml")["profile"]
    assert isinstance(manifest, dict)
    assert list(manifest) == ["debugging"]


@pytest.mark.parametrize("level", ["0", "1", '"limited"', "false", '"line-tables-only"'])
def test_a_chosen_debug_level_stays(tree: Tree, level: str) -> None:
    with (tree.root / "Cargo.toml").open("a") as manifest:
        manifest.write(f"[profile.dev]\ndebug = {level}\n")
    assert isinstance(DebugInformation().applicability(tree.context()), Already)


@pytest.mark.parametrize("level", ["2", "true", '"full"'])
def test_full_debug_information_is_what_the_lever_is_for(tree: Tree, level: str) -> None:
    with (tree.root / "Cargo.toml").open("a") as manifest:
        manifest.write(f"[profile.dev]\ndebug = {level}\n")
    assert isinstance(DebugInformation().applicability(tree.context()), Applies)


def test_an_environment_variable_that_overrides_is_named(tmp_path: Path) -> None:
    tree = Tree(tmp_path, CARGO_PROFILE_DEV_DEBUG="2")
    answer = DebugInformation().applicability(tree.context())
    assert isinstance(answer, NotHere)
    assert "CARGO_PROFILE_DEV_DEBUG" in answer.reason


def test_a_profile_named_debugging_is_the_users(tree: Tree) -> None:
    with (tree.root / "Cargo.toml").open("a") as manifest:
        manifest.write('[profile.debugging]\ninherits = "release"\n')
    plan = writing.plan([DebugInformation()], tree.context(), title="t")
    profile = tree.parsed(plan, "Cargo.toml")["profile"]
    assert isinstance(profile, dict)
    assert profile["debugging"] == {"inherits": "release"}


def test_the_tried_and_the_written_form_are_the_same_units(tree: Tree) -> None:
    context = tree.context()
    trial = DebugInformation().trial(context)
    tried = build(cwd=tree.root, args=["build"], env=tree.env, config=trial.config)
    assert tried.units_compiled == 1
    plan = writing.plan([DebugInformation()], context, title="t")
    apply(plan, journal=Journal(tree.root / "state"), root=tree.root)
    assert build(cwd=tree.root, args=["build"], env=tree.env).units_compiled == 0


def test_sharing_is_reported_where_nothing_is_excluded(tree: Tree) -> None:
    answer = SharedTarget().applicability(tree.context())
    assert isinstance(answer, Already)
    assert "no package is excluded" in answer.evidence


def test_sharing_makes_cargo_build_the_excluded_package_into_the_workspaces_target(
    tree: Tree,
) -> None:
    tree.package("xtask", "main.rs", "fn main() {}\n")
    context = tree.context()
    assert SharedTarget().applicability(context) == Applies()
    plan = writing.plan([SharedTarget()], context, title="t")
    assert tree.parsed(plan, ".cargo/config.toml")["build"] == {"target-dir": "target"}
    apply(plan, journal=Journal(tree.root / "state"), root=tree.root)
    after = tree.context()
    assert after.facts.excluded[0].target_dir == tree.root / "target"
    assert isinstance(SharedTarget().applicability(after), Already)


def test_binaries_of_one_name_are_warned_about(tree: Tree) -> None:
    tree.package("low", "main.rs", "fn main() {}\n")
    tree.package("xtask", "main.rs", "fn main() {}\n")
    tree.write(
        "xtask/Cargo.toml",
        '[package]\nname = "xtask"\nedition = "2021"\n[[bin]]\nname = "low"\npath = "src/main.rs"\n',
    )
    answer = SharedTarget().applicability(tree.context())
    assert isinstance(answer, Applies)
    assert "`low` is built by low and xtask" in answer.cautions[0]


def test_a_target_directory_from_the_environment_is_left_alone(tmp_path: Path) -> None:
    tree = Tree(tmp_path, CARGO_TARGET_DIR=str(tmp_path / "one"))
    tree.package("xtask", "main.rs", "fn main() {}\n")
    assert isinstance(SharedTarget().applicability(tree.context()), Already)


def test_unpacked_objects_are_switched_off_only_where_they_are_on(tree: Tree) -> None:
    assert isinstance(UnpackedObjects().applicability(tree.context()), Already)
    with (tree.root / "Cargo.toml").open("a") as manifest:
        manifest.write('[profile.dev]\nsplit-debuginfo = "unpacked"\n')
    context = tree.context()
    assert isinstance(UnpackedObjects().applicability(context), Applies)
    plan = writing.plan([UnpackedObjects()], context, title="t")
    assert tree.parsed(plan, "Cargo.toml")["profile"] == {"dev": {"split-debuginfo": "off"}}


def test_all_levers_applied_and_undone_leave_every_byte(tree: Tree) -> None:
    tree.write(".cargo/config.toml", CONFIG)
    tree.package("xtask", "main.rs", "fn main() {}\n")
    before = snapshot(tree.root)
    journal = Journal(tree.root.with_name("journal"))
    plan = writing.plan(LEVERS, tree.context(), title="t")
    apply(plan, journal=journal, root=tree.root)
    assert (tree.root / ".cargo/hone/sccache").stat().st_mode & 0o111
    now = (tree.root / ".cargo/config.toml").read_text()
    assert now.startswith(CONFIG.partition("[net]")[0])
    assert "[net]\nretry = 3 # a dotted key\n" in now
    undo(journal)
    assert snapshot(tree.root) == before
