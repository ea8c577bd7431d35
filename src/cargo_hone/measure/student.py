"""Student's t distribution, and Fisher's F: what intervals and tests need, without scipy.

The distribution function goes through the regularized incomplete beta function, evaluated by the continued
fraction of DLMF 8.17.22 with Lentz's method; the quantile is found by bisection, which cannot diverge.
"""

import math
from functools import lru_cache

_TINY = 1e-300
_PRECISION = 1e-15
_MOST_TERMS = 500


def two_sided_probability(t: float, degrees: int) -> float:
    """Return P(|T| <= t) for T with `degrees` degrees of freedom (t >= 0)."""
    if degrees < 1:
        raise ValueError(f"at least one degree of freedom is needed, not {degrees}")
    # Both parts of 1 are given: computed from each other, the small one would lose its digits.
    whole = degrees + t * t
    return _incomplete_beta(0.5, degrees / 2.0, t * t / whole, degrees / whole)


@lru_cache(maxsize=4096)
def two_sided_quantile(confidence: float, degrees: int) -> float:
    """Return the t for which P(|T| <= t) = `confidence` (0 < confidence < 1)."""
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"a confidence lies between 0 and 1, not at {confidence}")
    low, high = 0.0, 1.0
    while two_sided_probability(high, degrees) < confidence:
        low, high = high, high * 2.0
    while True:
        middle = (low + high) / 2.0
        if middle in {low, high}:
            return middle
        if two_sided_probability(middle, degrees) < confidence:
            low = middle
        else:
            high = middle


def upper_tail(t: float, degrees: int) -> float:
    """Return P(T > t) for T with `degrees` degrees of freedom, to the last digits also where it is tiny."""
    if degrees < 1:
        raise ValueError(f"at least one degree of freedom is needed, not {degrees}")
    whole = degrees + t * t
    tail = _incomplete_beta(degrees / 2.0, 0.5, degrees / whole, t * t / whole) / 2.0
    return tail if t >= 0.0 else 1.0 - tail


def upper_tail_of_f(ratio: float, above: int, below: int) -> float:
    """Return P(F > ratio) for a ratio of variances with `above` and `below` degrees of freedom (ratio >= 0)."""
    if above < 1 or below < 1:
        raise ValueError(f"at least one degree of freedom is needed, not {above} and {below}")
    whole = below + above * ratio
    return _incomplete_beta(below / 2.0, above / 2.0, below / whole, above * ratio / whole)


def _incomplete_beta(a: float, b: float, x: float, rest: float) -> float:
    """Return I_x(a, b) for 0 <= x <= 1, where `rest` is 1 - x."""
    if x <= 0.0 or rest <= 0.0:
        return 0.0 if x <= 0.0 else 1.0
    log_beta = math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
    front = math.exp(a * math.log(x) + b * math.log(rest) - log_beta)
    # The fraction converges fast only on this side of the mean; the other side is its mirror image.
    if x < (a + 1.0) / (a + b + 2.0):
        return front * _fraction(a, b, x) / a
    return 1.0 - front * _fraction(b, a, rest) / b


def _fraction(a: float, b: float, x: float) -> float:
    c = 1.0
    d = 1.0 / _not_zero(1.0 - (a + b) * x / (a + 1.0))
    value = d
    for m in range(1, _MOST_TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0))
        change = 1.0
        for coefficient in (even, odd):
            d = 1.0 / _not_zero(1.0 + coefficient * d)
            c = _not_zero(1.0 + coefficient / c)
            change = c * d
            value *= change
        if abs(change - 1.0) < _PRECISION:
            return value
    raise ArithmeticError(f"the incomplete beta function did not converge at a={a}, b={b}, x={x}")


def _not_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
