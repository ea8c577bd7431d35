"""Which layout a directory has: told by what is there."""

import fcntl
import os
from pathlib import Path

import pytest

from cargo_hone.errors import Busy
from cargo_hone.files.walk import disk_usage
from cargo_hone.target.fingerprint import Fingerprint
from cargo_hone.target.inventory import Kind, allocated_bytes
from cargo_hone.target.layout import LayoutKind, read_layout
from cargo_hone.target.locks import lock_files, locked
from cargo_hone.target.units import Mode, TargetKind, Unit
from tests.target.conftest import Builds
from tests.target.layouts import LAYOUTS, V1_SPLIT, V2, V2_SPLIT, LayoutUnderTest
from tests.target.tiny import Tiny

every = pytest.mark.parametrize("layout", LAYOUTS.values(), ids=str)
split = pytest.mark.parametrize("layout", [V1_SPLIT, V2_SPLIT], ids=str)


def sorts(tiny: Tiny) -> list[tuple[str, str, str, Mode, str]]:
    """What each unit is, and which files with which endings it has, the same in all layouts."""
    return sorted(
        (
            unit.id.package,
            str(unit.kind),
            unit.crate_name,
            unit.mode,
            str(unit.fingerprint.features) if isinstance(unit.fingerprint, Fingerprint) else "",
        )
        for unit in tiny.state().units.units
    )


@every
def test_the_units_are_the_same_in_every_layout(
    built: Tiny, builds: Builds, layout: LayoutUnderTest
) -> None:
    state = built.state()
    assert state.layout.kind is (LayoutKind.V2 if layout.is_new else LayoutKind.V1)
    assert sorts(built) == sorts(builds(LAYOUTS["v1"]))
    assert state.graph.unresolved == {}
    assert state.units.orphans == ()
    assert all(directory.owners for directory in state.incremental)
    assert len(state.incremental) >= 12


@every
def test_each_file_of_a_unit_is_that_units_alone(built: Tiny) -> None:
    owners: dict[str, Unit] = {}
    for unit in built.state().units.units:
        for entry in {*unit.fingerprint_tree, *unit.outputs, *unit.build_tree}:
            assert owners.setdefault(entry.path, unit) is unit
    names = {Path(path).name for path in owners}
    assert built.outputs() - {"out"} <= names
    assert {"invoked.timestamp", "value.rs", "big.bin"} <= names


@every
def test_the_run_of_a_build_script_has_its_output(built: Tiny) -> None:
    runs = [u for u in built.state().units.units if u.mode is Mode.RUN]
    assert len(runs) == 1
    assert {"value.rs", "root-output"} <= {entry.name for entry in runs[0].build_tree}
    assert runs[0].outputs == ()
    scripts = [
        u
        for u in built.state().units.units
        if u.kind is TargetKind.BUILD_SCRIPT and u.mode is Mode.BUILD
    ]
    assert any(entry.name.startswith("build_script_build") for entry in scripts[0].outputs)


@every
def test_the_bytes_are_those_on_disk(built: Tiny) -> None:
    state = built.state()
    on_disk = sum(disk_usage(root).allocated_bytes for root in state.layout.roots)
    shared = sum(
        entry.allocated_bytes
        for profile in state.inventory.profiles
        for entry in (*profile.final, *profile.examples)
        if entry.links > 1 and not entry.path.startswith(f"{built.built}/")
    )
    assert state.inventory.total_bytes == allocated_bytes(state.layout) == on_disk - shared
    sizes = dict(state.inventory.bytes_by_kind)
    assert sizes[Kind.BUILD_SCRIPTS] > 300_000
    assert sizes[Kind.DEPS] > 1_000_000
    assert sizes[Kind.FINAL] < 100_000
    assert sizes[Kind.OTHER] == 0


def test_what_another_sweep_takes_away_meanwhile_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trash = tmp_path / "target" / ".hone-trash" / "one"
    trash.mkdir(parents=True)
    opened = os.open

    def emptied(path: str, *flags: int) -> int:
        if path == str(trash):
            trash.rmdir()
        return opened(path, *flags)

    monkeypatch.setattr(os, "open", emptied)
    assert read_layout(tmp_path / "target").kind is LayoutKind.EMPTY
    assert not trash.exists()


@every
def test_for_locks_it_tells_the_same_locks(built: Tiny) -> None:
    whole = read_layout(built.built, final_root=built.target)
    hurried = read_layout(built.built, final_root=built.target, for_locks=True)
    assert lock_files(hurried) == lock_files(whole) != ()
    assert (hurried.problem, hurried.nested) == (whole.problem, whole.nested)


@split
def test_a_split_build_dir_is_locked_in_both_places(built: Tiny) -> None:
    layout = read_layout(built.built, final_root=built.target)
    assert {file.parent for file in lock_files(layout)} == {
        built.built / "debug",
        built.target / "debug",
    }
    with (built.debug / ".cargo-lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        with pytest.raises(Busy), locked(layout):
            pass


@split
def test_a_target_directory_without_units_has_no_layout(built: Tiny) -> None:
    assert read_layout(built.target).kind is LayoutKind.EMPTY


@pytest.mark.parametrize("layout", [V2], ids=str)
def test_what_was_never_finished_is_no_layout_to_fear(tiny: Tiny) -> None:
    for fingerprint in tiny.target.glob("debug/build/*/*/fingerprint"):
        for file in fingerprint.iterdir():
            file.unlink()
        fingerprint.rmdir()
    assert read_layout(tiny.target).kind is LayoutKind.V2
    assert len(tiny.state().units.orphans) > 5
    (tiny.debug / "build/strange/directory").mkdir(parents=True)
    assert read_layout(tiny.target).kind is LayoutKind.UNKNOWN


@pytest.mark.parametrize("layout", [V2], ids=str)
def test_a_package_with_a_hash_like_name_is_not_taken_for_an_orphan(tiny: Tiny) -> None:
    build = tiny.debug / "build"
    (build / "going").rename(build / "going-0123456789abcdef")
    state = tiny.state()
    assert state.units.orphans == ()
    assert "going-0123456789abcdef" in {unit.id.package for unit in state.units.units}


@pytest.mark.parametrize("layout", [V2], ids=str)
def test_a_unit_without_a_fingerprint_is_an_orphan_unless_something_else_is_there(
    tiny: Tiny,
) -> None:
    units = sorted(tiny.target.glob("debug/build/*/*/out/*.rlib"))
    assert len(units) > 2
    for number, output in enumerate(units):
        (output.parent.parent / "fingerprint").rename(tiny.root / f"fingerprint-{number}")
    (units[0].parent.parent / "notes").write_text("mine")
    left = {orphan.name for orphan in tiny.state().units.orphans}
    packages = [output.parent.parent for output in units]
    assert left == {f"{unit.parent.name}/{unit.name}" for unit in packages[1:]}
