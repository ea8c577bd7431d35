"""The order in which dead units go."""

from collections.abc import Iterable

from cargo_hone.target.graph import Graph
from cargo_hone.target.units import UnitId


def dependents_first(graph: Graph, units: Iterable[UnitId]) -> tuple[UnitId, ...]:
    """Order units so that each goes before what it needs.

    A sweep that is stopped anywhere then leaves no unit whose edges lead nowhere, which the next one could
    not judge.
    """
    chosen = sorted(set(units), key=by_name)
    numbers = {unit_id: number for number, unit_id in enumerate(chosen)}
    ordered: list[UnitId] = []
    done: set[int] = set()
    for start in range(len(chosen)):
        pending = [(start, False)]
        while pending:
            number, visited = pending.pop()
            if visited:
                ordered.append(chosen[number])
            elif number not in done:
                done.add(number)
                pending.append((number, True))
                needed_by = graph.needed_by[chosen[number]]
                above = sorted([numbers[other] for other in needed_by if other in numbers])
                pending += [(other, False) for other in above if other not in done]
    return tuple(ordered)


def by_name(unit: UnitId) -> tuple[str, str, str, str]:
    """Return what units are sorted by where nothing else says who is first."""
    return str(unit.profile), unit.package, unit.hash, unit.layout
