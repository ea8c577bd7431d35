"""What samples allow to be said: pure functions from times to a verdict.

The effect is the ratio of times (variant / base). Builds differ by factors, not by seconds, and a machine that
is slow for a minute is slow for both builds of a pair; so the mean and its t-interval are taken over the
logarithms of the paired ratios. `compare` is for a number of pairs that was fixed before the first one was
measured; who wants to look after each pair and stop early takes `sequential`, whose intervals allow for that.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

from cargo_hone.measure.student import two_sided_quantile
from cargo_hone.model import AnyScenario, Comparison, Sample, VerdictKind

CONFIDENCE = 0.95
MARGIN = 0.05
"""Differences within ±5 % (a ratio from 1/1.05 to 1.05) are nothing that anybody would notice."""
FEWEST_PAIRS = 3
"""Two pairs give an interval that is 12.7 standard errors wide on either side: no verdict could come of it."""
MOST_PAIRS = 200
"""Nobody measures more pairs than this; beyond it the estimate says that measuring on is no way."""
LONGEST_S = 30 * 86400.0
"""No build takes a month: a longer time, and one that is not above zero, is a clock that jumped."""
ASSURANCE = 0.84
"""Normal quantile of 80 %: with the number of pairs that is named, four of five repetitions shall decide."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRatios:
    """The logarithms of variant / base, pair by pair; `left_out` counts pairs with a time that cannot be."""

    values: tuple[float, ...]
    left_out: int


def deviation(values: Sequence[float]) -> float:
    """Return the standard deviation of a sample of two or more values.

    In floats and two passes: the standard library's goes by fractions, which simulations cannot wait for.
    """
    mean = fmean(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))


def is_possible(time_s: float) -> bool:
    """Tell whether a build can have taken this long: more than nothing, less than a month, a number."""
    return 0.0 < time_s < LONGEST_S


def log_ratios(base_s: Sequence[float], variant_s: Sequence[float]) -> LogRatios:
    """Return log(variant / base) of each pair whose times are possible.

    Raises ValueError for lists of different length.
    """
    values = tuple(
        math.log(after) - math.log(before)
        for before, after in zip(base_s, variant_s, strict=True)
        if is_possible(before) and is_possible(after)
    )
    return LogRatios(values=values, left_out=len(base_s) - len(values))


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
    INCONCLUSIVE, with about how many pairs would decide. Pairs with a time that cannot be (not above zero, or
    more than a month) are left out, and `why` says so. Raises ValueError for lists of different length.
    """
    ratios = log_ratios(base_s, variant_s)
    pairs = len(ratios.values)
    limit = two_sided_quantile(confidence, pairs - 1) if pairs >= FEWEST_PAIRS else math.inf
    return judged(ratios, limit=limit, confidence=confidence, margin=margin)


def judged(
    ratios: LogRatios, *, limit: float, confidence: float, margin: float, fewest: int = FEWEST_PAIRS
) -> Comparison:
    """Return the verdict for an interval of `limit` standard errors on either side of the mean.

    `confidence` is what that limit is worth; with fewer than `fewest` pairs (3 or more) there is no interval.
    """
    logs = ratios.values
    pairs = len(logs)
    said = []
    if ratios.left_out:
        said.append(f"{_counted(ratios.left_out)} left out: the clock gave a time that cannot be")
    if pairs < fewest:
        said.insert(0, f"{_counted(pairs)} measured, at least {fewest} are needed")
        return Comparison(
            kind=VerdictKind.INCONCLUSIVE,
            ratio=math.exp(fmean(logs)) if logs else None,
            low=None,
            high=None,
            pairs=pairs,
            confidence=confidence,
            why="; ".join(said),
        )
    mean, spread = fmean(logs), deviation(logs)
    half_width = limit * spread / math.sqrt(pairs)
    kind = _verdict(mean - half_width, mean + half_width, math.log1p(margin))
    if kind is VerdictKind.INCONCLUSIVE:
        needed = pairs_to_decide(logs, confidence=confidence, margin=margin)
        said.insert(0, _what_would_decide(needed, pairs))
    return Comparison(
        kind=kind,
        ratio=math.exp(mean),
        low=_exp(mean - half_width),
        high=_exp(mean + half_width),
        pairs=pairs,
        confidence=confidence,
        why="; ".join(said),
    )


def pairs_to_decide(
    logs: Sequence[float], *, confidence: float = CONFIDENCE, margin: float = MARGIN
) -> int | None:
    """Estimate how many pairs in all a new run would need; None for more than `MOST_PAIRS`.

    `logs` are at least two logarithms of paired ratios. As if their mean and deviation were the true ones: so many
    that four of five runs would show the difference, or that there is none beyond the margin. A guide, not a promise.
    """
    mean, spread, bound = abs(fmean(logs)), deviation(logs), math.log1p(margin)

    def decides(count: int) -> bool:
        quantile = two_sided_quantile(confidence, count - 1)
        half_width = (quantile + ASSURANCE) * spread / math.sqrt(count)
        return half_width < mean or mean + half_width <= bound

    # The interval only narrows with more pairs, so the answer can be searched by halving.
    first = max(FEWEST_PAIRS, len(logs) + 1)
    count = bisect_left(range(MOST_PAIRS + 1), True, lo=first, key=decides)
    return count if count <= MOST_PAIRS else None


def compare_samples(
    samples: Sequence[Sample],
    *,
    base: tuple[str, AnyScenario],
    other: tuple[str, AnyScenario],
    confidence: float = CONFIDENCE,
    margin: float = MARGIN,
) -> Comparison:
    """Judge `other` against `base`, each a variant's name and a scenario, pairing samples by repetition.

    The scenarios differ where a warm cache is held against a plain clean build, which has no warm state.
    Repetitions that one side lacks (an interrupted session) are left out.
    """
    before_s, after_s = paired_times(samples, base=base, other=other)
    return compare(before_s, after_s, confidence=confidence, margin=margin)


def paired_times(
    samples: Sequence[Sample], *, base: tuple[str, AnyScenario], other: tuple[str, AnyScenario]
) -> tuple[list[float], list[float]]:
    """Return the wall times, in seconds, of the repetitions that both have, in their order."""
    before, after = _by_repetition(samples, *base), _by_repetition(samples, *other)
    shared = sorted(before.keys() & after.keys())
    return [before[number] for number in shared], [after[number] for number in shared]


def _by_repetition(
    samples: Sequence[Sample], variant: str, scenario: AnyScenario
) -> dict[int, float]:
    return {
        sample.repetition: sample.wall_s
        for sample in samples
        if sample.variant == variant and sample.scenario == scenario
    }


def _verdict(low: float, high: float, margin: float) -> VerdictKind:
    if high < 0.0:
        return VerdictKind.FASTER
    if low > 0.0:
        return VerdictKind.SLOWER
    if -margin <= low and high <= margin:
        return VerdictKind.NO_DIFFERENCE
    return VerdictKind.INCONCLUSIVE


def _what_would_decide(needed: int | None, pairs: int) -> str:
    if needed is None:
        return f"the interval is too wide; more than {MOST_PAIRS} pairs would be needed"
    return f"the interval is too wide; about {needed} pairs would decide ({needed - pairs} more)"


def _exp(value: float) -> float:
    """The exponential; the interval of three wild ratios at a strict level may leave the range of floats."""
    return math.exp(value) if value < 709.0 else math.inf


def _counted(pairs: int) -> str:
    return "1 pair was" if pairs == 1 else f"{pairs} pairs were"
