"""Measuring until it is decided, without fooling oneself: group-sequential comparison of paired times.

The looks (after how many pairs) and the error rate are fixed beforehand. At each look the interval is `limits`
standard errors wide, not a t-quantile: these are repeated confidence intervals (Jennison and Turnbull 1989), which hold
at all looks together, so that the interval holds whenever and for whatever reason measuring stops, also by ^C or at the
end of a time budget. "No difference" may stop early too, and need not: the limits do not count on it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import fmean

from cargo_hone.measure.statistics import (
    ASSURANCE,
    CONFIDENCE,
    FEWEST_PAIRS,
    MARGIN,
    LogRatios,
    deviation,
    judged,
    log_ratios,
)
from cargo_hone.measure.t_process import limits
from cargo_hone.model import Comparison, VerdictKind

DEFAULT_LOOKS = (3, 4, 5, 6, 8, 10)
_SPENT = 0.9
"""Of the error rate; a tenth is kept back for noise that is not quite log-normal. It costs 0.01 of power."""


@dataclass(frozen=True, kw_only=True)
class Design:
    """When to look (numbers of pairs, rising, the last is the most that is measured), and at what error rate.

    `margin`: differences within it count as none. Raises ValueError for looks that do not rise or begin before three
    pairs, and for an alpha or a margin outside of 0 to 1.
    """

    looks: tuple[int, ...] = DEFAULT_LOOKS
    alpha: float = 1.0 - CONFIDENCE
    margin: float = MARGIN

    def __post_init__(self) -> None:
        if (
            not self.looks
            or self.looks[0] < FEWEST_PAIRS
            or list(self.looks) != sorted({*self.looks})
        ):
            raise ValueError(f"looks rise from at least {FEWEST_PAIRS} pairs, not {self.looks}")
        if not 0.0 < self.alpha < 1.0 or not 0.0 < self.margin < 1.0:
            raise ValueError(f"alpha and margin lie between 0 and 1: {self.alpha}, {self.margin}")

    @classmethod
    def up_to(
        cls, pairs: int, *, alpha: float = 1.0 - CONFIDENCE, margin: float = MARGIN
    ) -> "Design":
        """Return the default looks with `pairs` (3 or more) as the last; beyond ten pairs one look every fifth."""
        between = [*DEFAULT_LOOKS, *range(15, pairs, 5)]
        looks = (*(look for look in between if look < pairs), pairs)
        return cls(looks=looks, alpha=alpha, margin=margin)

    def shared_among(self, comparisons: int) -> "Design":
        """Return the design for one of several comparisons that share the error rate (Bonferroni)."""
        return replace(self, alpha=self.alpha / comparisons)

    @cached_property
    def limits(self) -> tuple[float, ...]:
        """At each look, how many standard errors the interval reaches to either side."""
        return limits(self.looks, _SPENT * self.alpha)


DEFAULT = Design()
"""For `measure` and `optimize`: up to ten pairs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Continue:
    """Nothing is decided yet. `likely_pairs`: at which look it may be, in all; None: probably at none."""

    pairs: int
    pairs_until_next_look: int
    likely_pairs: int | None


def decide(
    design: Design, base_s: Sequence[float], variant_s: Sequence[float]
) -> Comparison | Continue:
    """Judge the pairs so far if their number is one of the looks; `base_s[i]` belongs to `variant_s[i]`.

    The last look always gives a Comparison, inconclusive if need be. Pairs with a time that cannot be do not
    count; pairs beyond the last look are not used. Raises ValueError for lists of different length.
    """
    ratios = log_ratios(base_s, variant_s)
    pairs, last = len(ratios.values), design.looks[-1]
    if pairs >= last:
        return _at_look(design, ratios, len(design.looks) - 1)
    following = min(look for look in design.looks if look > pairs)
    likely = None
    if pairs in design.looks:
        found = _at_look(design, ratios, design.looks.index(pairs))
        if found.kind is not VerdictKind.INCONCLUSIVE:
            return found
        likely = _likely(design, ratios.values)
    return Continue(pairs=pairs, pairs_until_next_look=following - pairs, likely_pairs=likely)


def so_far(design: Design, base_s: Sequence[float], variant_s: Sequence[float]) -> Comparison:
    """Say what may be said now, at the last look that was reached: for a session that ended, however it did.

    Raises ValueError for lists of different length.
    """
    ratios = log_ratios(base_s, variant_s)
    reached = sum(1 for look in design.looks if look <= len(ratios.values))
    return _at_look(design, ratios, max(0, reached - 1))


def _likely(design: Design, logs: Sequence[float]) -> int | None:
    """The look that four of five sessions would end at, were mean and deviation so far the true ones."""
    mean, spread, bound = abs(fmean(logs)), deviation(logs), math.log1p(design.margin)
    for look, limit in zip(design.looks, design.limits, strict=True):
        half_width = (limit + ASSURANCE) * spread / math.sqrt(look)
        if half_width < mean or mean + half_width <= bound:
            return look
    return None


def _at_look(design: Design, ratios: LogRatios, number: int) -> Comparison:
    cut = LogRatios(values=ratios.values[: design.looks[number]], left_out=ratios.left_out)
    return judged(
        cut,
        limit=design.limits[number],
        confidence=1.0 - design.alpha,
        margin=design.margin,
        fewest=design.looks[0],
    )
