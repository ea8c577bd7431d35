"""What samples allow to be said: pure functions from times to a verdict.

The effect is the ratio of times (variant / base). Builds differ by factors, not by seconds, and a machine that
is slow for a minute is slow for both builds of a pair; so the mean and its t-interval are taken over the
logarithms of the paired ratios. The number of pairs is fixed before the first one is measured: nothing here
may be called after each pair to decide whether to go on.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median, stdev

from cargo_hone.measure.student import two_sided_quantile
from cargo_hone.model import Comparison, Sample, Scenario, VerdictKind

CONFIDENCE = 0.95
MARGIN = 0.05
"""Differences within ±5 % (a ratio from 1/1.05 to 1.05) are nothing that anybody would notice."""
FEWEST_PAIRS = 3
"""Two pairs give an interval that is 12.7 standard errors wide on either side: no verdict could come of it."""
_MOST_PAIRS = 200
"""Nobody measures more pairs than this; beyond it the estimate says that measuring on is no way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The times of one variant in one scenario. `spread` is (maximum - minimum) / 2, relative to the median."""

    count: int
    median_s: float
    minimum_s: float
    maximum_s: float
    spread: float


def summarize(times_s: Sequence[float]) -> Summary:
    """Describe at least one time; raises ValueError for none."""
    if not times_s:
        raise ValueError("there is nothing to summarize")
    middle_s = median(times_s)
    return Summary(
        count=len(times_s),
        median_s=middle_s,
        minimum_s=min(times_s),
        maximum_s=max(times_s),
        spread=(max(times_s) - min(times_s)) / 2.0 / middle_s if middle_s else 0.0,
    )


def compare(
    base_s: Sequence[float],
    variant_s: Sequence[float],
    *,
    confidence: float = CONFIDENCE,
    margin: float = MARGIN,
) -> Comparison:
    """Judge paired times; `base_s[i]` and `variant_s[i]` were measured side by side.

    An interval on one side of 1 is FASTER or SLOWER, however small the difference is: a gain of 2 % that is
    certain is a gain. NO_DIFFERENCE is for an interval that contains 1 and lies within the margin. All else is
    INCONCLUSIVE, with about how many pairs would decide. Raises ValueError for lists of different length and
    for times that are not positive.
    """
    logs = [math.log(after / before) for before, after in zip(base_s, variant_s, strict=True)]
    pairs = len(logs)
    if pairs < FEWEST_PAIRS:
        return Comparison(
            kind=VerdictKind.INCONCLUSIVE,
            ratio=math.exp(fmean(logs)) if logs else None,
            low=None,
            high=None,
            pairs=pairs,
            confidence=confidence,
            why=f"{_counted(pairs)} measured, at least {FEWEST_PAIRS} are needed",
        )
    mean, deviation = fmean(logs), stdev(logs)
    half_width = _half_width(deviation, pairs, confidence)
    low, high = mean - half_width, mean + half_width
    kind = _verdict(low, high, math.log1p(margin))
    return Comparison(
        kind=kind,
        ratio=math.exp(mean),
        low=math.exp(low),
        high=math.exp(high),
        pairs=pairs,
        confidence=confidence,
        why=_what_would_decide(mean, deviation, pairs, confidence, math.log1p(margin))
        if kind is VerdictKind.INCONCLUSIVE
        else "",
    )


def compare_samples(
    samples: Sequence[Sample],
    *,
    base: tuple[str, Scenario],
    other: tuple[str, Scenario],
    confidence: float = CONFIDENCE,
    margin: float = MARGIN,
) -> Comparison:
    """Judge `other` against `base`, each a variant's name and a scenario, pairing samples by repetition.

    The scenarios differ where a warm cache is held against a plain clean build, which has no warm state.
    Repetitions that one side lacks (an interrupted session) are left out.
    """
    before, after = _by_repetition(samples, *base), _by_repetition(samples, *other)
    shared = sorted(before.keys() & after.keys())
    return compare(
        [before[number] for number in shared],
        [after[number] for number in shared],
        confidence=confidence,
        margin=margin,
    )


def _by_repetition(samples: Sequence[Sample], variant: str, scenario: Scenario) -> dict[int, float]:
    return {
        sample.repetition: sample.wall_s
        for sample in samples
        if sample.variant == variant and sample.scenario is scenario
    }


def _half_width(deviation: float, pairs: int, confidence: float) -> float:
    return two_sided_quantile(confidence, pairs - 1) * deviation / math.sqrt(pairs)


def _verdict(low: float, high: float, margin: float) -> VerdictKind:
    if high < 0.0:
        return VerdictKind.FASTER
    if low > 0.0:
        return VerdictKind.SLOWER
    if -margin <= low and high <= margin:
        return VerdictKind.NO_DIFFERENCE
    return VerdictKind.INCONCLUSIVE


def _what_would_decide(
    mean: float, deviation: float, pairs: int, confidence: float, margin: float
) -> str:
    """Estimate from the mean and the deviation seen so far: a guide for the next run, not a promise."""

    def decides(count: int) -> bool:
        half_width = _half_width(deviation, count, confidence)
        return half_width < abs(mean) or abs(mean) + half_width <= margin

    # The interval only narrows with more pairs, so the answer can be searched by halving.
    count = bisect_left(range(_MOST_PAIRS + 1), True, lo=pairs + 1, key=decides)
    if count > _MOST_PAIRS:
        return f"the interval is too wide; more than {_MOST_PAIRS} pairs would be needed"
    return f"the interval is too wide; about {count} pairs would decide"


def _counted(pairs: int) -> str:
    return "1 pair was" if pairs == 1 else f"{pairs} pairs were"
