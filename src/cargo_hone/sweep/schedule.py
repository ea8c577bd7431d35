"""How long cargo will take to compile a set of units: their times, put on as many jobs as cargo would run.

A model of cargo's (1.95) queue: a unit starts when what it needs is there and a job is free. A library may
start when its dependencies' metadata is there (pipelining); whatever links waits for their ends. Among the
ready ones the longest way to the end goes first.
"""

import heapq
from collections.abc import Mapping

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
    events: list[tuple[float, int, bool, UnitId]] = []
    now_s, free = 0.0, jobs
    while True:
        while free and (unit := queue.next(is_idle=not events)) is not None:
            cost = costs[unit]
            free -= 1
            heapq.heappush(events, (now_s + cost.wall_s, queue.order[unit], True, unit))
            if cost.frontend_s is not None:
                heapq.heappush(events, (now_s + cost.frontend_s, queue.order[unit], False, unit))
        if not events:
            return now_s
        now_s, _, is_end, unit = heapq.heappop(events)
        free += is_end
        queue.tell(unit, is_end=is_end)


class _Queue:
    """Which unit may start next."""

    def __init__(
        self, costs: Mapping[UnitId, Cost], needs: Mapping[UnitId, frozenset[UnitId]]
    ) -> None:
        self._costs = costs
        self._waiting = {unit: set(needs[unit] & costs.keys()) - {unit} for unit in costs}
        self._dependents: dict[UnitId, list[UnitId]] = {unit: [] for unit in costs}
        for unit, needed in self._waiting.items():
            for other in needed:
                self._dependents[other].append(unit)
        ways = _ways_to_go(costs, self._dependents)
        urgent = sorted(costs, key=lambda unit: (-ways[unit], str(unit)))
        self.order = {unit: number for number, unit in enumerate(urgent)}
        self._left = set(costs)
        self._ready = [(self.order[unit], unit) for unit in urgent if not self._waiting[unit]]

    def next(self, *, is_idle: bool) -> UnitId | None:
        """The most urgent unit that is ready; where nothing runs, the most urgent of all."""
        while self._ready:
            unit = heapq.heappop(self._ready)[1]
            if unit in self._left:
                self._left.remove(unit)
                return unit
        if not is_idle or not self._left:
            return None
        unit = min(self._left, key=self.order.__getitem__)
        self._left.remove(unit)
        return unit

    def tell(self, unit: UnitId, *, is_end: bool) -> None:
        """A unit has ended, or its metadata is there."""
        for above in self._dependents[unit]:
            if is_end or _is_pipelined(self._costs[unit], self._costs[above]):
                self._waiting[above].discard(unit)
                if not self._waiting[above] and above in self._left:
                    heapq.heappush(self._ready, (self.order[above], above))


def _is_pipelined(below: Cost, above: Cost) -> bool:
    # Only what writes metadata itself can be compiled against metadata: all else links.
    return below.frontend_s is not None and above.frontend_s is not None


def _ways_to_go(
    costs: Mapping[UnitId, Cost], dependents: Mapping[UnitId, list[UnitId]]
) -> dict[UnitId, float]:
    """Return the seconds from each unit's start to the end of the longest chain above it."""
    ways: dict[UnitId, float] = {}
    for start in costs:
        pending = [(start, False)]
        seen: set[UnitId] = set()
        while pending:
            unit, visited = pending.pop()
            if visited:
                above = (ways.get(other, 0.0) for other in dependents[unit])
                ways[unit] = costs[unit].wall_s + max(above, default=0.0)
            elif unit not in ways and unit not in seen:
                seen.add(unit)
                pending.append((unit, True))
                pending += [(other, False) for other in dependents[unit]]
    return ways
