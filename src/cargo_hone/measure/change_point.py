"""Since when is it worse? The search for a change in a row of runs, commit by commit. Pure.

The statistic is the largest standardized difference between the mean normal scores before and after a split, over all
splits that leave three runs on either side. Scores stand on ranks: one wild run shifts nothing, and the chance of so
large a difference without any change depends on the number of runs alone, so a seeded permutation gives it once
(Pettitt 1979 has the idea; scores see a change near the end better than his sum of ranks does). Several changes are
found by halving at each (binary segmentation, Scott and Knott 1974); one that was soon undone again may go unseen.
"""

import math
import random
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from statistics import NormalDist, fmean, median

from cargo_hone.measure.statistics import is_possible

LEVEL = 0.0075
"""How often a row of runs without any change shows one: less than once in a hundred."""
FEWEST_ON_A_SIDE = 3
_ORDERS = 4999
_NEAR = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """From run `first` on (an index) times are `ratio` of what they were; `chance` of seeing this without a change.

    The true first run probably lies from `earliest` to `latest`.
    """

    first: int
    ratio: float
    chance: float
    earliest: int
    latest: int


def changes(times_s: Sequence[float]) -> tuple[Change, ...]:
    """Return the changes in a row of runs, one time each (a run's median), in the order of their commits.

    All on machines of one kind. Raises ValueError for a time that cannot be: leave such runs out.
    """
    if not all(is_possible(time_s) for time_s in times_s):
        raise ValueError("a run has a time that cannot be")
    logs = [math.log(time_s) for time_s in times_s]
    places = sorted(_splits(logs, 0))
    edges = [0, *(first for first, _ in places), len(logs)]
    found = []
    for number, (first, chance) in enumerate(places, start=1):
        before, after = logs[edges[number - 1] : first], logs[first : edges[number + 1]]
        early, late = _range(before, after)
        found.append(
            Change(
                first=first,
                ratio=math.exp(median(after) - median(before)),
                chance=chance,
                earliest=first - early,
                latest=first + late,
            )
        )
    return tuple(found)


def worse_since(times_s: Sequence[float]) -> Change | None:
    """Return the last change if it was for the worse: since when times are what they are now. Raises as `changes`."""
    found = changes(times_s)
    return found[-1] if found and found[-1].ratio > 1.0 else None


def _splits(logs: Sequence[float], offset: int) -> list[tuple[int, float]]:
    if len(logs) < 2 * FEWEST_ON_A_SIDE:
        return []
    place, largest = _scan(_scores(logs))
    orders = _largest_by_chance(len(logs))
    chance = (1 + len(orders) - bisect_left(orders, largest - 1e-12)) / (1 + len(orders))
    if chance > LEVEL:
        return []
    return [
        *_splits(logs[:place], offset),
        (offset + place, chance),
        *_splits(logs[place:], offset + place),
    ]


def _scan(scores: Sequence[float]) -> tuple[int, float]:
    """Return the split with the largest standardized difference, and that."""
    count, sums = len(scores), list(accumulate(scores))
    # Scores sum up to zero, so the mean after the split follows from the sum before it.
    return max(
        (
            (place, abs(sums[place - 1]) * math.sqrt(count / (place * (count - place))))
            for place in range(FEWEST_ON_A_SIDE, count - FEWEST_ON_A_SIDE + 1)
        ),
        key=lambda split: split[1],
    )


def _scores(values: Sequence[float]) -> list[float]:
    """Normal scores of the ranks (van der Waerden); equal values share the mean of theirs."""
    count = len(values)
    by_rank = _normal_scores(count)
    order = sorted(range(count), key=values.__getitem__)
    shared: dict[float, list[float]] = {}
    for rank, index in enumerate(order):
        shared.setdefault(values[index], []).append(by_rank[rank])
    return [fmean(shared[value]) for value in values]


@lru_cache(maxsize=64)
def _normal_scores(count: int) -> tuple[float, ...]:
    normal = NormalDist()
    return tuple(normal.inv_cdf((rank + 1) / (count + 1)) for rank in range(count))


@lru_cache(maxsize=64)
def _largest_by_chance(count: int) -> tuple[float, ...]:
    generator = random.Random(count)  # noqa: S311 (a simulation, no secret)
    scores = list(_normal_scores(count))
    found = []
    for _ in range(_ORDERS):
        generator.shuffle(scores)
        found.append(_scan(scores)[1])
    return tuple(sorted(found))


def _range(before: Sequence[float], after: Sequence[float]) -> tuple[int, int]:
    """How many runs earlier and later the change may lie: where the squares around two medians grow by little."""
    centers = median(before), median(after)
    away = [min(abs(v - centers[0]), 10.0) for v in before] + [
        min(abs(v - centers[1]), 10.0) for v in after
    ]
    scale = (median(away) / 0.6745) ** 2
    early, late, total = 0, 0, 0.0
    for steps, value in enumerate(reversed(before), start=1):
        total += (value - centers[1]) ** 2 - (value - centers[0]) ** 2
        if total <= _NEAR * scale:
            early = steps
    total = 0.0
    for steps, value in enumerate(after, start=1):
        total += (value - centers[0]) ** 2 - (value - centers[1]) ** 2
        if total <= _NEAR * scale:
            late = steps
    return min(early, len(before) - 1), min(late, len(after) - 1)
