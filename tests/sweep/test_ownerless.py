"""Incremental state without an owner, as a real rustc wrote it under another name."""

from pathlib import Path

import pytest

from cargo_hone.sweep.ownerless import without_ownerless
from cargo_hone.target.units import UnitId
from tests.target.tiny import Tiny


def ownerless(
    tiny: Tiny, *, dead: frozenset[UnitId] = frozenset(), is_exact: bool = False
) -> set[str]:
    state = tiny.state()
    left = without_ownerless(state, dead=dead, is_exact=is_exact)
    gone = {one.path for one in state.incremental} - {one.path for one in left.incremental}
    taken = {entry.path for orphan in left.units.orphans for entry in orphan.tree}
    assert gone <= taken
    return {Path(path).name for path in gone}


@pytest.fixture
def old(tiny: Tiny) -> Path:
    """The incremental directory of the library `app`, an hour older than anything that was compiled."""
    state = tiny.state()
    owner = next(u for u in state.units.units if u.crate_name == "app" and u.kind.value == "lib")
    found = next(Path(one.path) for one in state.incremental if owner.id in one.owners)
    session = next(path for path in found.iterdir() if path.is_dir())
    copy = found.with_name(f"{found.name}0")
    (copy / ("s-h0000000a0" + session.name[len("s-h0000000a0") :])).mkdir(parents=True)
    return copy


def test_where_units_of_that_name_stay_it_may_be_theirs(tiny: Tiny, old: Path) -> None:
    assert ownerless(tiny) == set()


def test_with_the_last_unit_of_that_name_it_goes(tiny: Tiny, old: Path) -> None:
    units = tiny.state().units.units
    some = frozenset(unit.id for unit in units if unit.crate_name == "app")
    assert old.name in ownerless(tiny, dead=some)
    assert old.name not in ownerless(tiny, dead=some - {min(some, key=lambda unit: unit.hash)})


def test_with_nothing_but_what_is_live_each_unit_has_its_own(tiny: Tiny, old: Path) -> None:
    state = tiny.state()
    owners = frozenset[UnitId]().union(*(one.owners for one in state.incremental))
    without = frozenset(
        u.id for u in state.units.units if u.crate_name == "app" and u.id not in owners
    )
    assert ownerless(tiny, dead=without, is_exact=True) == {old.name}
