"""Two groups of runs that were not built side by side: what may be said of them, and what may not. Pure.

Between two runs a machine changes: its heat, its disk, its neighbours. How much that makes can only be seen in runs of
one and the same commit. So a run counts as one value (its median, on the log scale), and the deviation is pooled over
all groups of runs of one thing: those of A, those of B, and whatever else was measured more than once on that kind of
machine. The interval is Student's t for two means with that deviation. Without such groups the builds within the
two runs are all there is; they say nothing of what lies between the runs, so nothing is decided by them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean, median

from cargo_hone.measure.statistics import CONFIDENCE, MARGIN, deviation, is_possible
from cargo_hone.measure.student import two_sided_quantile
from cargo_hone.model import Comparison, VerdictKind

FEWEST_DEGREES = 2
"""As with three pairs: with one degree the interval is 12.7 deviations wide on either side."""


class Method(StrEnum):
    """How two things were compared."""

    PAIRED = "paired"
    """Side by side, in one run."""
    BETWEEN_RUNS = "between runs"
    """Run against run; how much runs differ is known from runs of one commit."""
    WITHIN_RUNS = "within runs"
    """Builds of one run against builds of another: no verdict."""
    NONE = "none"
    """Not comparable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A comparison, and how it was made."""

    comparison: Comparison
    method: Method


def between_runs(
    before: Sequence[Sequence[float]],
    after: Sequence[Sequence[float]],
    others: Sequence[Sequence[Sequence[float]]] = (),
    *,
    confidence: float = CONFIDENCE,
    margin: float = MARGIN,
) -> Compared:
    """Compare runs with runs: each is the times of its builds, in seconds; the ratio is after / before.

    `others` are groups of further runs, each of one commit, that show how much runs differ. Times that cannot be are
    left out.
    """
    one, two = values_of(before), values_of(after)
    if not one or not two:
        return nothing("a side has no time that can be", confidence=confidence)
    groups = [one, two, *(values_of(group) for group in others)]
    groups = [group for group in groups if len(group) > 1]
    degrees = sum(len(group) - 1 for group in groups)
    ratio = fmean(two) - fmean(one)
    if degrees < FEWEST_DEGREES:
        return _within(before[-1], after[-1], ratio, confidence)
    squares = sum(deviation(group) ** 2 * (len(group) - 1) for group in groups)
    spread = math.sqrt(squares / degrees)
    error = spread * math.sqrt(1.0 / len(one) + 1.0 / len(two))
    half_width = two_sided_quantile(confidence, degrees) * error
    kind = _kind(ratio - half_width, ratio + half_width, math.log1p(margin))
    why = ""
    if kind is VerdictKind.INCONCLUSIVE:
        why = (
            f"runs of one commit differ by {math.expm1(spread):.1%} here, and there are {len(one)} and {len(two)};"
            " more runs of each would tell, or a run that builds both side by side"
        )
    return Compared(
        comparison=_comparison(kind, ratio, half_width, confidence, why), method=Method.BETWEEN_RUNS
    )


def values_of(runs: Sequence[Sequence[float]]) -> list[float]:
    """Return each run's median on the log scale; runs without a time that can be are left out."""
    kept = ([time_s for time_s in run if is_possible(time_s)] for run in runs)
    return [median(math.log(time_s) for time_s in times) for times in kept if times]


def nothing(why: str, *, confidence: float = CONFIDENCE) -> Compared:
    """Return what is said of things that cannot be compared."""
    return Compared(
        comparison=Comparison(
            kind=VerdictKind.INCONCLUSIVE,
            ratio=None,
            low=None,
            high=None,
            pairs=0,
            confidence=confidence,
            why=why,
        ),
        method=Method.NONE,
    )


def _within(
    before: Sequence[float], after: Sequence[float], ratio: float, confidence: float
) -> Compared:
    """The interval of Welch (1947) on the logs of single builds; degrees of freedom rounded down."""
    why = (
        "not built side by side, and no commit was measured often enough to tell how much runs differ here: "
        "the interval is that of single builds, what changed in the machine between the runs is not in it; "
        "measure each once more"
    )
    one, two = _logs(before), _logs(after)
    if min(len(one), len(two)) < 2:
        found = nothing(why, confidence=confidence).comparison
        compared = Comparison(
            kind=found.kind,
            ratio=math.exp(ratio),
            low=None,
            high=None,
            pairs=0,
            confidence=confidence,
            why=why,
        )
        return Compared(comparison=compared, method=Method.WITHIN_RUNS)
    parts = [deviation(logs) ** 2 / len(logs) for logs in (one, two)]
    error = math.sqrt(sum(parts))
    below = parts[0] ** 2 / (len(one) - 1) + parts[1] ** 2 / (len(two) - 1)
    degrees = max(1, math.floor(sum(parts) ** 2 / below)) if below else min(len(one), len(two)) - 1
    mean = fmean(two) - fmean(one)
    half_width = two_sided_quantile(confidence, degrees) * error
    return Compared(
        comparison=_comparison(VerdictKind.INCONCLUSIVE, mean, half_width, confidence, why),
        method=Method.WITHIN_RUNS,
    )


def _logs(times_s: Sequence[float]) -> list[float]:
    return [math.log(time_s) for time_s in times_s if is_possible(time_s)]


def _kind(low: float, high: float, margin: float) -> VerdictKind:
    if high < 0.0:
        return VerdictKind.FASTER
    if low > 0.0:
        return VerdictKind.SLOWER
    if -margin <= low and high <= margin:
        return VerdictKind.NO_DIFFERENCE
    return VerdictKind.INCONCLUSIVE


def _comparison(
    kind: VerdictKind, log: float, half_width: float, confidence: float, why: str
) -> Comparison:
    return Comparison(
        kind=kind,
        ratio=math.exp(log),
        low=math.exp(max(-700.0, log - half_width)),
        high=math.exp(min(700.0, log + half_width)),
        pairs=0,
        confidence=confidence,
        why=why,
    )
