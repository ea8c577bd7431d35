"""What is summed up counts as it did, what matters by itself stays, and what was taken together can be taken apart."""

import os
from pathlib import Path

import pytest

from cargo_hone.target.attribution import attribute
from cargo_hone.target.entry import Entry, InUse, allocated_bytes
from cargo_hone.target.inventory import take_inventory
from cargo_hone.target.layout import read_layout
from cargo_hone.target.listing import files_of
from cargo_hone.target.state import TargetState, read_state
from tests.sweep.synthetic import FakeTarget, FakeUnit
from tests.target.layouts import LAYOUTS
from tests.target.test_attribution import strange
from tests.target.tiny import Tiny

NOBODY = InUse(identities=frozenset(), paths=frozenset())
UNIT = FakeUnit(package="app", number=0xABC, has_build_directory=True)


@pytest.fixture
def target(tmp_path: Path) -> FakeTarget:
    """One unit with objects of two calls, a session of three files, a build script that wrote into a directory."""
    made = FakeTarget(root=tmp_path / "target")
    made.start()
    made.add(UNIT)
    made.add_sessions("app", [1_700_000_000_000_000], files=3)
    for call in ("one", "two"):
        for number in range(3):
            name = f"app-{UNIT.hash}.unit{number}.{call}.rcgu.o"
            (made.profile / "deps" / name).write_bytes(b"o" * 5000)
    (made.profile / "build" / UNIT.directory / "out" / "deep").mkdir()
    (made.profile / "build" / UNIT.directory / "out" / "deep" / "tool").write_bytes(b"t" * 9000)
    return made


def summed(target: FakeTarget, in_use: InUse = NOBODY) -> TargetState:
    return read_state(read_layout(target.root), in_use=in_use)


def paths(state: TargetState) -> set[str]:
    (unit,) = state.units.units
    (directory,) = state.incremental
    return {entry.path for entry in (*unit.outputs, *unit.build_tree, *directory.tree)}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=str)
def test_every_byte_and_name_is_counted_as_before(tiny: Tiny) -> None:
    strange(tiny)
    each = tiny.state()
    together = read_state(each.layout, in_use=NOBODY)
    assert together.inventory.total_bytes == allocated_bytes(each.layout)
    assert together.inventory.bytes_by_kind == each.inventory.bytes_by_kind
    assert set(attribute(together)) == set(attribute(each))
    prints = {unit.id: unit.fingerprint for unit in each.units.units}
    assert {unit.id: unit.fingerprint for unit in together.units.units} == prints
    assert {o.name for o in together.units.orphans} == {o.name for o in each.units.orphans}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=str)
def test_fingerprints_are_read_on_the_way(tiny: Tiny) -> None:
    each = tiny.state()
    prints = take_inventory(each.layout, in_use=NOBODY).prints
    assert prints
    assert prints == {unit.fingerprint_tree[0].path: unit.fingerprint for unit in each.units.units}


def test_sessions_and_what_build_scripts_wrote_are_their_directories(target: FakeTarget) -> None:
    state = summed(target)
    (directory,) = state.incremental
    (session,) = [entry for entry in directory.tree if entry.name.endswith("-fini")]
    assert session.names == 4
    assert session.allocated_bytes == sum(
        path.stat().st_blocks * 512 for path in (Path(session.path), *Path(session.path).iterdir())
    )
    assert {Path(one.path).name for one in files_of(session)} == {"0.o", "1.o", "2.o"}
    assert not any(path.endswith(("made.rs", "tool")) for path in paths(state))
    assert sum(share.entries for share in attribute(state)) == 1 + len([*target.root.rglob("*")])


def test_objects_of_one_call_are_one_entry(target: FakeTarget) -> None:
    state = summed(target)
    (unit,) = state.units.units
    objects = [entry for entry in unit.outputs if entry.name.endswith(".rcgu.o")]
    assert [entry.names for entry in objects] == [3, 3]
    apart = [one for entry in objects for one in files_of(entry)]
    each = take_inventory(read_layout(target.root)).profiles[0].deps
    assert set(apart) == {entry for entry in each if entry.name.endswith(".rcgu.o")}
    for entry in objects:
        assert entry.allocated_bytes == sum(one.allocated_bytes for one in files_of(entry))
        assert {*entry.paths} == {one.path for one in files_of(entry)}


@pytest.mark.parametrize("name", ["build/{unit}/out/deep/tool", "deps/app-{hash}.unit1.one.rcgu.o"])
def test_what_has_another_name_or_is_in_use_stays_an_entry_of_its_own(
    target: FakeTarget, name: str
) -> None:
    path = target.profile / name.format(unit=UNIT.directory, hash=UNIT.hash)
    status = path.stat()
    identity = (status.st_dev, status.st_ino)
    assert str(path) in paths(
        summed(target, InUse(identities=frozenset({identity}), paths=frozenset()))
    )
    assert str(path) in paths(
        summed(target, InUse(identities=frozenset(), paths=frozenset({str(path)})))
    )
    os.link(path, target.root / "another")
    assert str(path) in paths(summed(target))


def test_an_entry_that_stands_for_itself_alone_is_that(target: FakeTarget) -> None:
    entry = Entry("/a/b", 512, 1, 2, 1, 0, is_directory=False)
    assert [*files_of(entry)] == [entry]
    assert entry.paths == ("/a/b",)
