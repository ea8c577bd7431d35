"""Units of the layout that cargo has left: what was built since lies in the other one.

A cargo uses one layout, so after an update (or the way back: the new one was reverted once) all that it builds lies
in the other half of the profile directory, and the old half is dead weight. What proves it for one unit:

1. the same compiler compiled both halves of this profile directory (with another compiler it is another toolchain's
   half, which another command may use, and the rules for toolchains hold);
2. everything in the unit's half was last compiled before anything in the other half was first: nobody goes to and fro;
3. a unit of the same thing in the other half is alive, or all that the unit serves has gone this way.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from cargo_hone.target.fingerprint import Fingerprint
from cargo_hone.target.graph import Graph
from cargo_hone.target.layout import LayoutKind
from cargo_hone.target.premises import Premises
from cargo_hone.target.supersession import Place, place_of
from cargo_hone.target.units import Mode, Unit, UnitId

_Half = tuple[Path, int, LayoutKind]


def left_behind(graph: Graph) -> frozenset[UnitId]:
    """Return the units of halves that cargo has left: what the first two points say."""
    if len({unit_id.layout for unit_id in graph.units}) < 2:
        return frozenset()
    halves: dict[_Half, list[Unit]] = defaultdict(list)
    for unit in graph.units.values():
        if isinstance(unit.fingerprint, Fingerprint):
            half = (unit.id.profile, unit.fingerprint.rustc, unit.id.layout)
            halves[half].append(unit)
    return frozenset(
        unit.id
        for (profile, rustc, layout), units in halves.items()
        if _was_left(units, halves.get((profile, rustc, _other(layout)), []))
        for unit in units
    )


def replaced_units(
    graph: Graph, premises: Premises, *, left: frozenset[UnitId], alive: frozenset[UnitId]
) -> Mapping[UnitId, str]:
    """Return the units among `left` and outside `alive` of which all three points hold, each with the reason."""
    if left <= alive:
        return {}
    taken = {key for unit_id in alive if (key := _key(graph.units[unit_id], unit_id.layout))}
    reason = "cargo builds it in its other layout now"
    candidates = {unit_id: graph.units[unit_id] for unit_id in left - alive}
    found = {
        unit_id: reason
        for unit_id, unit in candidates.items()
        if _key(unit, _other(unit_id.layout)) in taken
    }
    while True:
        more = {
            unit_id: "only what cargo left in its other layout needs it"
            for unit_id, unit in candidates.items()
            if unit_id not in found and _serves_only(unit, graph, premises, found.keys())
        }
        if not more:
            return found
        found |= more


def _was_left(units: Iterable[Unit], others: Iterable[Unit]) -> bool:
    born_ns = min((other.born_ns for other in others), default=None)
    return born_ns is not None and all(unit.ended_ns <= born_ns for unit in units)


def _serves_only(unit: Unit, graph: Graph, premises: Premises, gone: Collection[UnitId]) -> bool:
    above = graph.needed_by[unit.id]
    is_root = unit.id.package in premises.members and unit.mode is not Mode.RUN
    return not is_root and bool(above) and all(unit_id in gone for unit_id in above)


def _key(unit: Unit, layout: LayoutKind) -> tuple[LayoutKind, int, Place] | None:
    if not isinstance(unit.fingerprint, Fingerprint):
        return None
    return layout, unit.fingerprint.rustc, place_of(unit, unit.fingerprint)


def _other(layout: LayoutKind) -> LayoutKind:
    return LayoutKind.V1 if layout is LayoutKind.V2 else LayoutKind.V2
