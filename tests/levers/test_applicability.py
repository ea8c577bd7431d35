"""Where each lever can be used, and that it is silent where somebody has chosen otherwise."""

import shutil
from pathlib import Path

import pytest

from cargo_hone.cargo.build import build
from cargo_hone.errors import UsageProblem
from cargo_hone.levers import build_dir, look, together
from cargo_hone.levers.interface import (
    Already,
    Applicability,
    Applies,
    Context,
    Lever,
    Nightly,
    NotHere,
)
from cargo_hone.levers.registry import ALL, LEVERS, lever_named

from .rich import path_without, rich
from .tree import Tree

MEMORY = Path("/dev/shm")  # noqa: S108 - the file system, no file of ours


def named(name: str) -> Lever:
    lever = lever_named(name)
    assert lever is not None
    return lever


def answer(tree: Tree, name: str) -> Applicability:
    return named(name).applicability(tree.context())


def test_every_lever_has_a_name_of_its_own_and_says_what_it_moves() -> None:
    assert len({lever.name for lever in ALL}) == len(ALL)
    assert [lever for lever in ALL if not lever.moves] == [named("shared-target")]
    assert ALL[: len(LEVERS)] == LEVERS
    assert [lever.name for lever in LEVERS] == [
        "sccache",
        "shared-target",
        "debug",
        "split-debuginfo",
    ]


def test_levers_of_one_group_exclude_each_other() -> None:
    assert together.exclude(named("debug"), named("debug-none"))
    assert not together.exclude(named("debug"), named("debug"))
    assert not together.exclude(named("test-debug"), named("test-optimised"))
    assert together.rivals([named("debug"), named("zccache"), named("sccache")]) == (
        named("zccache"),
        named("sccache"),
    )


def test_rivals_are_not_tried_together(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="exclude"):
        together.trial([named("debug"), named("debug-none")], Tree(tmp_path).context())


def test_a_trial_of_several_levers_is_all_of_them(tmp_path: Path) -> None:
    levers = [named(name) for name in ("sccache", "debug", "linker-mold", "build-dir-memory")]
    trial = together.trial(levers, Tree(tmp_path).context())
    assert trial.engine == "sccache"
    assert trial.config[0] == 'profile.dev.debug="line-tables-only"'
    assert trial.config[-1].endswith('.rustflags=["-Clink-arg=-fuse-ld=mold"]')
    assert trial.build_parent == MEMORY


@pytest.mark.parametrize(
    ("name", "manifest", "expected"),
    [
        ("debug-dependencies", "", Applies),
        ("debug-none", "[profile.dev]\ndebug = 1\n", Already),
        ("codegen-units-16", "", Applies),
        ("codegen-units-16", "[profile.dev]\ncodegen-units = 256\n", Applies),
        ("codegen-units-16", "[profile.dev]\ncodegen-units = 16\n", Already),
        ("codegen-units-16", "[profile.dev]\ncodegen-units = 4\n", Already),
        ("codegen-units-dependencies", '[profile.dev.package."*"]\ncodegen-units = 2\n', Already),
        ("build-override-optimised", "", Applies),
        ("build-override-optimised", "[profile.dev.build-override]\nopt-level = 0\n", Applies),
        ("build-override-optimised", "[profile.dev.build-override]\nopt-level = 1\n", Already),
        ("build-override-plain", "", Already),
        ("build-override-plain", "[profile.dev.build-override]\nopt-level = 1\n", Applies),
        ("incremental-off", "", Applies),
        ("incremental-off", "[profile.dev]\nincremental = true\n", Already),
        ("incremental-off", "[profile.dev]\nincremental = false\n", Already),
        ("incremental-on", "", Already),
        ("incremental-on", "[profile.dev]\nincremental = false\n", Applies),
        ("test-debug", "", Applies),
        ("test-debug", "[profile.dev]\ndebug = 1\n", Already),
        ("test-debug", "[profile.dev]\ndebug = 1\n[profile.test]\ndebug = 2\n", Applies),
        ("test-optimised", "[profile.test]\nopt-level = 2\n", Already),
        ("split-debuginfo-unpacked", '[profile.dev]\nsplit-debuginfo = "off"\n', Already),
        ("split-debuginfo-unpacked", "", Applies),
    ],
)
def test_what_somebody_has_chosen_stays(
    tmp_path: Path, name: str, manifest: str, expected: type
) -> None:
    tree = Tree(tmp_path)
    with (tree.root / "Cargo.toml").open("a") as file:
        file.write(manifest)
    assert isinstance(answer(tree, name), expected)


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("codegen-units-16", "CARGO_PROFILE_DEV_CODEGEN_UNITS"),
        ("incremental-off", "CARGO_INCREMENTAL"),
        ("build-dir-memory", "CARGO_BUILD_BUILD_DIR"),
    ],
)
def test_a_variable_above_the_file_is_named(tmp_path: Path, name: str, variable: str) -> None:
    found = answer(Tree(tmp_path, **{variable: "1"}), name)
    assert isinstance(found, NotHere)
    assert variable in found.reason


def test_nightly_levers_wait_for_a_word(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    found = answer(tree, "share-generics")
    assert isinstance(found, NotHere)
    assert "--nightly" in found.reason
    nightly = Nightly(toolchain="nightly-2026-05-20-x86_64-unknown-linux-gnu", sysroot=tmp_path)
    allowed = tree.context(nightly=nightly)
    assert isinstance(named("share-generics").applicability(allowed), Applies)
    lacking = named("cranelift").applicability(allowed)
    assert isinstance(lacking, NotHere)
    assert "rustup component add" in lacking.reason
    tree.write("rust-toolchain.toml", '[toolchain]\nchannel = "stable"\n')
    pinned = named("share-generics").applicability(tree.context(nightly=nightly))
    assert isinstance(pinned, NotHere)
    assert "rust-toolchain.toml" in pinned.reason


def test_unification_is_for_several_members_and_knows_hakari(tmp_path: Path) -> None:
    alone = Tree(tmp_path / "alone")
    assert isinstance(answer(alone, "feature-unification"), Already)
    several = rich(tmp_path)
    found = answer(several, "feature-unification")
    assert isinstance(found, NotHere)
    assert "hakari" in found.reason
    several.write(".config/hakari.toml", "")
    assert isinstance(answer(several, "feature-unification"), Already)


def test_a_build_directory_needs_room_for_twice_of_what_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = Tree(tmp_path)
    lever = named("build-dir-memory")
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemAvailable: 99000000 kB\n")
    monkeypatch.setattr(build_dir, "_MEMINFO", meminfo)
    if MEMORY.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("temporary files are in memory already")

    def ask() -> Applicability:
        return lever.applicability(tree.context())

    first = ask()
    assert isinstance(first, NotHere)
    assert "build once first" in first.reason
    build(cwd=tree.root, args=["check"], env=tree.env).require_ok("check", next_step="-")
    assert isinstance(ask(), Applies)
    meminfo.write_text("MemAvailable: 3000 kB\n")
    small = ask()
    assert isinstance(small, NotHere)
    assert "room for 0.0 GB" in small.reason


def test_another_disk_is_one_that_the_user_names(tmp_path: Path) -> None:
    tree = rich(tmp_path)
    lever = named("build-dir-disk")
    nowhere = lever.applicability(tree.context())
    assert isinstance(nowhere, NotHere)
    assert "--build-dir-on" in nowhere.reason
    here = look.context(
        tree.context().facts, capacity=tree.context().capacity, build_place=tmp_path
    )
    same = lever.applicability(here)
    assert isinstance(same, NotHere)
    assert "already" in same.reason
    intent = lever.intents(here)[0]
    assert intent.path == tmp_path / "home" / "config.toml"


def test_a_rival_cache_is_for_the_user_alone(tmp_path: Path) -> None:
    tree = rich(tmp_path)
    program = tmp_path / "bin" / "zccache"
    tree.env["PATH"] = f"{tmp_path / 'bin'}:{path_without('zccache')}"
    missing = answer(tree, "zccache")
    assert isinstance(missing, NotHere)
    assert "pipx install zccache" in missing.reason
    program.write_text("#!/bin/sh\necho zccache 1.15.0\n")
    program.chmod(0o755)
    assert isinstance(answer(tree, "zccache"), Applies)
    (intent,) = named("zccache").intents(tree.context())
    assert intent.path == tmp_path / "home" / "config.toml"
    tree.write("../home/config.toml", f'[build]\nrustc-wrapper = "{program}"\n')
    program.write_text('#!/bin/sh\ncase "$1" in --version) echo zccache 1;; *) exec "$@";; esac\n')
    assert isinstance(answer(tree, "zccache"), Already)


def test_the_context_looks_for_nightly_only_when_asked(tmp_path: Path) -> None:
    around: Context = Tree(tmp_path).context()
    asked = look.context(around.facts, capacity=around.capacity, with_nightly=True)
    assert look.context(around.facts, capacity=around.capacity).nightly is None
    has_nightly = bool(shutil.which("rustup")) and asked.nightly is not None
    if not has_nightly:
        pytest.skip("no nightly toolchain is installed")
    assert asked.nightly is not None
    assert (asked.nightly.sysroot / "bin" / "rustc").exists()
