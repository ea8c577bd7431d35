"""Limits for looking at a paired t-test several times: exact for normal log-ratios, from three pairs on.

Normal theory with t-quantiles put in (Pocock 1977) is wrong at three pairs, where the variance is hardly known.
So the limits come from the process of the t-statistic itself. Under no effect the n log-ratios point in a direction
that is uniform on a sphere; u = sum / root of the sum of squares depends on it alone, and t = u √((n-1)/(n-u²)). The
next log-ratio turns the direction by an angle φ with tan φ = x / root of the sum of squares, which is independent
of u and has the density cos(φ)^(n-1) / B(1/2, n/2). So u' = u cos φ + sin φ: a Markov chain in one variable, whose
density is carried from look to look by one integral (the recursion of Armitage, McPherson and Rowe 1969, for t). How
much error rate each look may spend follows Hwang, Shih and DeCani (1990).
"""

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise

from cargo_hone.measure.student import two_sided_quantile

_INTERVALS = 160
"""Grid of the density. A finer one changes no limit of up to 30 pairs by more than two parts in a thousand (tested)."""
_NOTHING = 1e-9
_NODES = 20
_GAMMA = -2.0
"""Of Hwang, Shih and DeCani: -4 spends like O'Brien and Fleming (late), 1 like Pocock (evenly)."""


@lru_cache(maxsize=128)
def limits(
    looks: tuple[int, ...], alpha: float, *, intervals: int = _INTERVALS
) -> tuple[float, ...]:
    """Return for each look (a number of pairs, rising) the |t| from which on a difference is shown.

    Without any effect the chance that |t| reaches its limit at one look or more is `alpha`. Raises ValueError
    for looks that do not rise or begin before three pairs, and for an alpha outside of 0 to 1. `intervals` is the
    fineness of the grid.
    """
    if not looks or looks[0] < 3 or any(b <= a for a, b in pairwise(looks)):
        raise ValueError(f"looks rise from at least 3 pairs, not {looks}")
    if not 0.0 < alpha < 1.0:
        raise ValueError(f"an error rate lies between 0 and 1, not at {alpha}")
    spent = [alpha * share(pairs / looks[-1]) for pairs in looks]
    found = [two_sided_quantile(1.0 - spent[0], looks[0] - 1)]
    pairs = looks[0]
    density = _Density.exact(pairs, _u_of_t(found[0], pairs), intervals)
    for look, (before, after) in zip(looks[1:], pairwise(spent), strict=True):
        while pairs < look:
            # Where it is next to nothing the grid would be wasted.
            density = density.after_one_more(pairs).cut(_NOTHING * alpha)
            pairs += 1
        density = density.cut(after - before)
        found.append(_t_of_u(density.end, pairs))
    return tuple(found)


def share(time: float) -> float:
    """Return the share of the error rate that is spent when `time` (0 to 1) of the pairs are there."""
    return math.expm1(-_GAMMA * time) / math.expm1(-_GAMMA)


def _u_of_t(t: float, pairs: int) -> float:
    return t * math.sqrt(pairs / (pairs - 1.0 + t * t))


def _t_of_u(u: float, pairs: int) -> float:
    return u * math.sqrt((pairs - 1.0) / (pairs - u * u))


class _Density:
    """The density of u where no limit was reached so far: even, 0 beyond `end`.

    Kept on an even grid of θ with u = end · sin θ, in which its root-like fall at an uncut end is smooth.
    """

    def __init__(self, end: float, at: Callable[[float], float], intervals: int) -> None:
        self.end = end
        self.step = math.pi / 2.0 / intervals
        self.values = [at(end * math.sin(i * self.step)) for i in range(intervals + 1)]
        # Even in θ about 0, and mirrored about π/2: three points around any place, without edges.
        self._padded = [self.values[1], *self.values, self.values[-2]]

    @classmethod
    def exact(cls, pairs: int, end: float, intervals: int) -> "_Density":
        """Return the density at the first look, cut at `end`: that of Student's t in another variable."""
        log_scale = math.lgamma(pairs / 2.0) - math.lgamma((pairs - 1.0) / 2.0)
        scale = math.exp(log_scale) / math.sqrt(math.pi * pairs)
        power = (pairs - 3.0) / 2.0
        return cls(end, lambda u: scale * (1.0 - u * u / pairs) ** power, intervals)

    def after_one_more(self, pairs: int) -> "_Density":
        """Return the density of the next u; `pairs` are those of this one."""
        radius = math.hypot(1.0, self.end)
        turn = math.atan(self.end)
        scale = math.exp(math.lgamma((pairs + 1.0) / 2.0) - math.lgamma(pairs / 2.0))
        scale /= math.sqrt(math.pi)

        def at(w: float) -> float:
            # The angles from which u = (w - sin φ) / cos φ lies within ±end are one interval.
            base = math.asin(min(1.0, w / radius))
            low = base - turn
            high = base + turn if w <= 1.0 else math.pi - base - turn
            middle, half = (low + high) / 2.0, (high - low) / 2.0
            total = 0.0
            for node, weight in _gauss(_NODES):
                angle = middle + half * node
                cosine = math.cos(angle)
                u = (w - math.sin(angle)) / cosine
                total += weight * cosine ** (pairs - 2) * self._value(u)
            return scale * half * total

        return _Density(radius, at, len(self.values) - 1)

    def cut(self, probability: float) -> "_Density":
        """Return the density without its two tails, which hold `probability` together."""
        tail, above = probability / 2.0, 0.0
        last = len(self.values) - 1
        for i in range(last, 0, -1):
            piece = self._integral((i - 1) * self.step, i * self.step)
            if above + piece >= tail:
                low, high = (i - 1) * self.step, i * self.step
                for _ in range(50):
                    middle = (low + high) / 2.0
                    if above + self._integral(middle, i * self.step) > tail:
                        low = middle
                    else:
                        high = middle
                return _Density(self.end * math.sin(low), self._value, last)
            above += piece
        raise ArithmeticError("more was to be spent than is left")

    def _integral(self, low: float, high: float) -> float:
        middle, half = (low + high) / 2.0, (high - low) / 2.0
        return half * math.fsum(
            weight * self._at(middle + half * node) * self.end * math.cos(middle + half * node)
            for node, weight in _gauss(5)
        )

    def _value(self, u: float) -> float:
        return self._at(math.asin(min(1.0, abs(u) / self.end)))

    def _at(self, theta: float) -> float:
        """Interpolate by a cubic through four points of the grid."""
        place = theta / self.step
        i = min(int(place), len(self.values) - 2)
        x = place - i
        a, b, c, d = self._padded[i : i + 4]
        return b + x * (
            (c - a) / 2.0
            + x * (a - 2.5 * b + 2.0 * c - d / 2.0 + x * ((d - a) / 2.0 + 1.5 * (b - c)))
        )


@lru_cache(maxsize=8)
def _gauss(count: int) -> Sequence[tuple[float, float]]:
    """Return Gauss and Legendre's nodes and weights on (-1, 1) by Newton's method."""
    found = []
    for i in range(count):
        x = math.cos(math.pi * (i + 0.75) / (count + 0.5))
        for _ in range(100):
            before, now = 1.0, x
            for k in range(2, count + 1):
                before, now = now, ((2 * k - 1) * x * now - (k - 1) * before) / k
            slope = count * (x * now - before) / (x * x - 1.0)
            x, last = x - now / slope, x
            if abs(x - last) < 1e-15:
                break
        found.append((x, 2.0 / ((1.0 - x * x) * slope * slope)))
    return tuple(found)
