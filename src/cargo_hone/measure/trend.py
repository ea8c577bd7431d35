"""Is there a trend in a few values? Kendall's test, exact, and the slope of Theil and Sen. Pure.

Both go by order and medians: one wild value makes no trend. Several series (of different things, measured one
after the other) are tested together by the sum of their statistics, whose distribution is the convolution of theirs
(as Hirsch, Slack and Smith 1982 do for seasons).
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations
from math import factorial, prod
from statistics import median


def score(values: Sequence[float]) -> int:
    """Return Kendall's S: pairs that rise minus pairs that fall."""
    return sum((later > earlier) - (later < earlier) for earlier, later in combinations(values, 2))


def chance(series: Sequence[Sequence[float]]) -> float:
    """Return the two-sided probability of so much trend in all series together, if order meant nothing.

    Exact without ties; ties make it too large, never too small.
    """
    sizes = tuple(len(values) for values in series if len(values) > 1)
    total = abs(sum(score(values) for values in series))
    counts = _falling_pairs(sizes)
    # S = all pairs - 2 * falling pairs; so |S| >= total has falling pairs up to (all - total) / 2, rounded up for ties.
    most = (len(counts) - total) // 2
    if total == 0:
        return 1.0
    orders = prod(factorial(size) for size in sizes)
    return min(1.0, 2.0 * sum(counts[: most + 1]) / orders)


def slope(values: Sequence[float]) -> float:
    """Return the median of the slopes between all pairs of values, per step; raises ValueError for fewer than two."""
    if len(values) < 2:
        raise ValueError("a slope needs at least two values")
    return median((values[j] - values[i]) / (j - i) for i, j in combinations(range(len(values)), 2))


@lru_cache(maxsize=128)
def _falling_pairs(sizes: tuple[int, ...]) -> tuple[int, ...]:
    """Count the orders of series of these sizes by how many pairs fall (Mahonian numbers, convolved)."""
    counts = [1]
    for size in sizes:
        for choices in range(2, size + 1):
            longer = [0] * (len(counts) + choices - 1)
            for fall, count in enumerate(counts):
                for more in range(choices):
                    longer[fall + more] += count
            counts = longer
    return tuple(counts)
