"""How long cargo will take to compile a set of units: their times, put on as many jobs as cargo would run.

A model of cargo's (1.95) queue: a unit starts when what it needs is there and a job is free. A library may
start when its dependencies' metadata is there (pipelining); whatever links waits for their ends. Among the
ready ones the longest way to the end goes first.
"""

import heapq
from collections.abc import Mapping, Sequence

from cargo_hone.sweep.order import by_name
from cargo_hone.sweep.price import Cost
from cargo_hone.target.units import UnitId


def wall_seconds(
    costs: Mapping[UnitId, Cost], needs: Mapping[UnitId, frozenset[UnitId]], *, jobs: int
) -> float:
    """Return the time until all units of `costs` are compiled, `jobs` at a time.

    `needs` may name more units than that: those are there already. In a circle (which only a guessed edge can
    close) whoever has the longest way to go starts without the others.
    """
    queue = _Queue(costs, needs)
    events: list[tuple[float, int, bool]] = []
    now_s, free = 0.0, jobs
    while True:
        while free and (unit := queue.next(is_idle=not events)) is not None:
            cost = queue.costs[unit]
            free -= 1
            heapq.heappush(events, (now_s + cost.wall_s, unit, True))
            if cost.frontend_s is not None:
                heapq.heappush(events, (now_s + cost.frontend_s, unit, False))
        if not events:
            return now_s
        now_s, unit, is_end = heapq.heappop(events)
        free += is_end
        queue.tell(unit, is_end=is_end)


class _Queue:
    """Which unit may start next. The units are numbered, the most urgent first; `costs` are in that order."""

    def __init__(
        self, costs: Mapping[UnitId, Cost], needs: Mapping[UnitId, frozenset[UnitId]]
    ) -> None:
        units = sorted(costs, key=by_name)
        ways = _ways_to_go(units, costs, needs)
        units.sort(key=lambda unit: -ways[unit])
        self.costs = [costs[unit] for unit in units]
        waiting = _numbered(units, needs)
        self._waiting = [set(below) for below in waiting]
        self._dependents = _turned(waiting)
        self._left = set(range(len(units)))
        self._ready = [unit for unit, below in enumerate(waiting) if not below]

    def next(self, *, is_idle: bool) -> int | None:
        """The most urgent unit that is ready; where nothing runs, the most urgent of all."""
        while self._ready:
            unit = heapq.heappop(self._ready)
            if unit in self._left:
                self._left.remove(unit)
                return unit
        if not is_idle or not self._left:
            return None
        unit = min(self._left)
        self._left.remove(unit)
        return unit

    def tell(self, unit: int, *, is_end: bool) -> None:
        """A unit has ended, or its metadata is there."""
        for above in self._dependents[unit]:
            # Only what writes metadata itself can be compiled against metadata: all else links.
            if is_end or self.costs[above].frontend_s is not None:
                waiting = self._waiting[above]
                waiting.discard(unit)
                if not waiting and above in self._left:
                    heapq.heappush(self._ready, above)


def _numbered(
    units: Sequence[UnitId], needs: Mapping[UnitId, frozenset[UnitId]]
) -> list[list[int]]:
    """Return by number what each unit needs of the others."""
    number = {unit: n for n, unit in enumerate(units)}
    return [
        [number[other] for other in needs[unit] if other in number and other != unit]
        for unit in units
    ]


def _turned(edges: Sequence[Sequence[int]]) -> list[list[int]]:
    turned: list[list[int]] = [[] for _ in edges]
    for start, ends in enumerate(edges):
        for end in ends:
            turned[end].append(start)
    return turned


def _ways_to_go(
    units: Sequence[UnitId],
    costs: Mapping[UnitId, Cost],
    needs: Mapping[UnitId, frozenset[UnitId]],
) -> dict[UnitId, float]:
    """Return the seconds from each unit's start to the end of the longest chain above it."""
    dependents = _turned(_numbered(units, needs))
    ways: dict[int, float] = {}
    for start in range(len(units)):
        pending = [(start, False)]
        seen: set[int] = set()
        while pending:
            unit, visited = pending.pop()
            if visited:
                above = [ways.get(other, 0.0) for other in dependents[unit]]
                ways[unit] = costs[units[unit]].wall_s + max(above, default=0.0)
            elif unit not in ways and unit not in seen:
                seen.add(unit)
                pending.append((unit, True))
                pending += [(other, False) for other in dependents[unit]]
    return {unit: ways[number] for number, unit in enumerate(units)}
