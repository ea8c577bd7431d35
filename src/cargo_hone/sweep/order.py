"""The order in which dead units go."""

from collections.abc import Iterable

from cargo_hone.target.graph import Graph
from cargo_hone.target.units import UnitId


def dependents_first(graph: Graph, units: Iterable[UnitId]) -> tuple[UnitId, ...]:
    """Order units so that each goes before what it needs.

    A sweep that is stopped anywhere then leaves no unit whose edges lead nowhere, which the next one could
    not judge.
    """
    chosen = set(units)
    ordered: list[UnitId] = []
    done: set[UnitId] = set()
    for start in sorted(chosen, key=by_name):
        pending = [(start, False)]
        while pending:
            unit_id, visited = pending.pop()
            if visited:
                ordered.append(unit_id)
            elif unit_id not in done:
                done.add(unit_id)
                pending.append((unit_id, True))
                above = (graph.needed_by[unit_id] & chosen) - done
                pending += [(other, False) for other in sorted(above, key=by_name)]
    return tuple(ordered)


def by_name(unit: UnitId) -> tuple[str, str, str, str]:
    """Return what units are sorted by where nothing else says who is first."""
    return str(unit.profile), unit.package, unit.hash, unit.layout
