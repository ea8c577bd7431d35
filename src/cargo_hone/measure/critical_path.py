"""The chain of units that a build cannot be faster than, and how many units ran at each moment. Pure.

Cargo says of each unit which others could begin when it ended, and which when its metadata was there (pipelining): the
last thing that those waited for. The critical path is the longest way through these edges, each unit with the
time after which the next one could begin: its front end where only the metadata was waited for, else all of it. With
any number of cores the same units cannot take less (the longest path of a schedule: Kelley and Walker 1959).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from cargo_hone.cargo.timings import UnitTime


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One unit of the chain. `holds_up_s` is how long the next one has to wait for it: all its time, or its front end.

    `waited_s` is how long it could have begun already, but did not: no core or job was free.
    """

    unit: UnitTime
    holds_up_s: float
    waited_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CriticalPath:
    """The chain, from the first unit to the last; its length is the sum of what holds up."""

    links: tuple[Link, ...]
    wall_s: float

    @property
    def length_s(self) -> float:
        """How long the chain takes where each unit begins as soon as it can."""
        return sum(link.holds_up_s for link in self.links)

    @property
    def share(self) -> float:
        """The chain's part of the build's wall time: near 1, more cores would not help."""
        return self.length_s / self.wall_s if self.wall_s > 0 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """From `since_s` on (after the build began), `units` units run."""

    since_s: float
    units: int


def critical_path(units: Sequence[UnitTime], *, wall_s: float) -> CriticalPath:
    """Find the longest chain. Of equally long ones, that of the lowest numbers; empty where there are no units.

    Where units have no numbers of their own, or their edges go round in a circle, each unit is a chain of its own.
    """
    by_number = {unit.number: unit for unit in units}
    edges = _edges(by_number)
    if len(by_number) < len(units):
        by_number = dict(enumerate(units))
        edges = {number: {} for number in by_number}
    waits_for: dict[int, set[int]] = {number: set() for number in by_number}
    for number, following in edges.items():
        for other in following:
            waits_for[other].add(number)
    try:
        order = tuple(TopologicalSorter(waits_for).static_order())
    except CycleError:
        order, edges = tuple(by_number), {number: {} for number in by_number}
    # From the end: the longest way that begins with each unit, and the unit that it goes on with.
    longest: dict[int, tuple[float, int | None]] = {}
    for number in reversed(order):
        ways = [(by_number[number].duration_s, None)] + [
            (held_s + longest[other][0], other) for other, held_s in sorted(edges[number].items())
        ]
        longest[number] = max(ways, key=lambda way: way[0])
    chain: list[int] = []
    if longest:
        at: int | None = max(sorted(longest), key=lambda number: longest[number][0])
        while at is not None:
            chain.append(at)
            at = longest[at][1]
    return CriticalPath(links=_links(chain, by_number, edges), wall_s=wall_s)


def running(units: Sequence[UnitTime]) -> tuple[Running, ...]:
    """How many units ran at each moment, as steps; the last one is 0."""
    changes: dict[float, int] = {}
    for unit in units:
        changes[unit.start_s] = changes.get(unit.start_s, 0) + 1
        end_s = round(unit.start_s + unit.duration_s, 6)
        changes[end_s] = changes.get(end_s, 0) - 1
    steps, count = [], 0
    for since_s in sorted(changes):
        if changes[since_s]:
            count += changes[since_s]
            steps.append(Running(since_s=since_s, units=count))
    return tuple(steps)


def alone_s(units: Sequence[UnitTime]) -> float:
    """Return for how many seconds exactly one unit ran: what holds up everything else."""
    steps = running(units)
    return sum(
        following.since_s - step.since_s for step, following in pairwise(steps) if step.units == 1
    )


def _edges(units: Mapping[int, UnitTime]) -> dict[int, dict[int, float]]:
    """For each unit, those that it holds up, and for how long; units without a time (fresh ones) are left out."""
    edges: dict[int, dict[int, float]] = {}
    for number, unit in units.items():
        frontend_s = unit.duration_s if unit.frontend_s is None else unit.frontend_s
        found = {other: frontend_s for other in unit.unblocks_early if other in units}
        found |= {other: unit.duration_s for other in unit.unblocks if other in units}
        edges[number] = found
    return edges


def _links(
    chain: Sequence[int], units: Mapping[int, UnitTime], edges: Mapping[int, Mapping[int, float]]
) -> tuple[Link, ...]:
    links = []
    ready_s: float | None = None
    for place, number in enumerate(chain):
        unit = units[number]
        last = place == len(chain) - 1
        holds_up_s = unit.duration_s if last else edges[number][chain[place + 1]]
        waited_s = 0.0 if ready_s is None else max(0.0, unit.start_s - ready_s)
        links.append(Link(unit=unit, holds_up_s=holds_up_s, waited_s=waited_s))
        ready_s = unit.start_s + holds_up_s
    return tuple(links)
