"""Incremental state of units that are gone, or that none of the units left can have."""

from collections import defaultdict
from dataclasses import replace
from pathlib import Path

from cargo_hone.target.fingerprint import Unreadable
from cargo_hone.target.incremental import IncrementalDir, crate_of
from cargo_hone.target.state import TargetState
from cargo_hone.target.unit_trees import Orphan
from cargo_hone.target.units import Unit, UnitId

_REASON = "incremental state that no unit has"


def without_ownerless(
    state: TargetState, *, dead: frozenset[UnitId], is_exact: bool
) -> TargetState:
    """Return the state with such incremental directories as orphans.

    A directory says no more than its crate's name. One without an owner is given up where no unit of that name stays in
    the profile. Where it is known exactly what stays (`is_exact`), also where each of those has a directory of its own.
    """
    ownerless = [directory for directory in state.incremental if not directory.owners]
    if not ownerless:
        return state
    profiles = {one.profile.path: one.profile for one in state.inventory.profiles}
    staying: dict[tuple[Path, str], list[Unit]] = defaultdict(list)
    nameless: dict[Path, list[Unit]] = defaultdict(list)
    for unit in state.units.units:
        if unit.id not in dead:
            staying[unit.id.profile, crate_of(unit)].append(unit)
            if _has_no_name(unit):
                nameless[unit.id.profile].append(unit)
    owners = frozenset[UnitId]().union(*(directory.owners for directory in state.incremental))
    gone: list[tuple[Path, IncrementalDir]] = []
    for directory in ownerless:
        path = Path(directory.path)
        crate, profile = path.name.rpartition("-")[0], path.parent.parent
        units = [*staying[profile, crate], *nameless[profile]]
        if not units or (is_exact and all(unit.id in owners for unit in units)):
            gone.append((profile, directory))
    if not gone:
        return state
    paths = {directory.path for _, directory in gone}
    orphans = tuple(
        Orphan(
            profile=profiles[profile],
            name=directory.path.rpartition("/")[2],
            tree=directory.tree,
            reason=_REASON,
        )
        for profile, directory in gone
    )
    return replace(
        state,
        units=replace(state.units, orphans=(*state.units.orphans, *orphans)),
        incremental=tuple(one for one in state.incremental if one.path not in paths),
    )


def _has_no_name(unit: Unit) -> bool:
    """Whether nothing tells of which crate it is: its first compilation never ended, or it is damaged."""
    return isinstance(unit.fingerprint, Unreadable)
