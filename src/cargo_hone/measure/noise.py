"""Were the samples taken in peace? Pure functions from samples to named warnings with advice.

A warning that cries wolf is not read. So each is a test with a false-alarm rate of at most one session in a hundred
where the noise is just noise (log-normal, independent; shown by simulation), and speaks only of what is large enough
to matter. A quiet report is no proof of a quiet machine: three builds show little.

A repetition that is slow for all variants alike cancels in the paired ratios. So drift and a slow beginning are looked
for in the mean of a repetition, and outliers between the builds of one variant.
"""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from statistics import fmean
from typing import assert_never

from cargo_hone.measure import trend
from cargo_hone.measure.statistics import deviation, is_possible
from cargo_hone.measure.student import upper_tail, upper_tail_of_f
from cargo_hone.model import AnyScenario, Sample

_RARE = 0.005
"""The false-alarm rate of a warning, per session: half of what is promised."""
_WORTH_SAYING = math.log(1.05)
"""A drift or a slow beginning of less than 5 % changes nobody's mind, as the pairs take most of it away."""
_OUTLYING = math.log(1.10)
_WAITING = 0.05
_FEWEST = 3
_OWN_LOAD = 1.25
"""The builds before have left their own load in the average: about one for each core."""
_CLOCK_S = 2.0
"""Time stamps are whole seconds, one at each end."""


class Disturbance(StrEnum):
    """What can be wrong with a session."""

    DRIFT = "drift"
    OUTLIER = "outlier"
    LOADED = "loaded machine"
    WAITING = "waiting"
    SLOW_START = "slow start"
    CLOCK = "clock"

    @property
    def advice(self) -> str:
        """What to do about it, as a sentence."""
        match self:
            case Disturbance.DRIFT:
                return (
                    "Let the machine settle (heat, battery, a filling disk, a background job), then measure again;"
                    " the verdicts stand on pairs and suffer little, the times themselves do."
                )
            case Disturbance.OUTLIER:
                return (
                    "Look what else ran at that time, and measure more pairs;"
                    " no sample was removed, so the interval is wide because of it."
                )
            case Disturbance.LOADED:
                return "Stop other builds, editors that index and virtual machines, then measure again."
            case Disturbance.WAITING:
                return (
                    "The builds did the same work but waited differently long for processors or the disk:"
                    " stop what else uses them, then measure again."
                )
            case Disturbance.SLOW_START:
                return (
                    "The first repetition filled caches of the system; measure more pairs,"
                    " or once more now that they are warm."
                )
            case Disturbance.CLOCK:
                return (
                    "The clock was set, or the machine slept, during the session: turn off suspend,"
                    " let the time service settle, and measure again."
                )
            case _:
                assert_never(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One warning: where it was seen (a scenario, or empty for the session) and the figures behind it."""

    disturbance: Disturbance
    where: str
    detail: str

    def __str__(self) -> str:
        place = f" in {self.where}" if self.where else ""
        return f"{self.disturbance}{place}: {self.detail}. {self.disturbance.advice}"


def judge(samples: Sequence[Sample], *, cores: int) -> tuple[Finding, ...]:
    """Return the warnings for one session: `samples` in the order in which the builds ran, on `cores` processors."""
    possible = [one for one in samples if is_possible(one.wall_s)]
    layouts = _layouts(possible)
    means = {scenario: means for scenario, cells in layouts.items() if (means := _means(cells))}
    slow = _slow_starts(means)
    found = [
        *_clock(samples),
        *_loaded(possible, cores),
        *slow,
        *_drift(means, {finding.where for finding in slow}),
        *_outliers(layouts, {finding.where for finding in slow}),
        *_waiting(possible),
    ]
    return tuple(found)


def _layouts(samples: Iterable[Sample]) -> dict[AnyScenario, dict[str, dict[int, float]]]:
    """Log times by scenario, variant and repetition."""
    found: dict[AnyScenario, dict[str, dict[int, float]]] = {}
    for one in samples:
        cells = found.setdefault(one.scenario, {}).setdefault(one.variant, {})
        cells[one.repetition] = math.log(one.wall_s)
    return found


def _means(cells: Mapping[str, Mapping[int, float]]) -> list[float]:
    """The mean log time of each repetition, in order, over the variants with three or more; else nothing."""
    rows = [row for row in cells.values() if len(row) >= _FEWEST]
    shared = sorted(set.intersection(*(set(row) for row in rows))) if rows else []
    means = [fmean(row[number] for row in rows) for number in shared]
    return means if len(means) >= _FEWEST else []


def _drift(means: Mapping[AnyScenario, Sequence[float]], slow: Collection[str]) -> list[Finding]:
    """Times that rise or fall from repetition to repetition, over all scenarios together."""
    series = [values[1:] if scenario in slow else values for scenario, values in means.items()]
    series = [values for values in series if len(values) > 1]
    if not series or trend.chance(series) > _RARE:
        return []
    grown = fmean(trend.slope(values) * (len(values) - 1) for values in series)
    if abs(grown) < _WORTH_SAYING:
        return []
    return [
        Finding(
            disturbance=Disturbance.DRIFT,
            where="",
            detail=f"from the first to the last repetition times changed by {_percent(grown)}",
        )
    ]


def _slow_starts(means: Mapping[AnyScenario, Sequence[float]]) -> list[Finding]:
    """A first repetition slower than the others let expect (a prediction interval, one-sided)."""
    found = []
    for scenario, values in means.items():
        first, rest = values[0], values[1:]
        more = first - fmean(rest)
        error = math.sqrt(deviation(rest) ** 2 * (1.0 + 1.0 / len(rest)))
        if more > _WORTH_SAYING and _is_rare(more, error, len(rest) - 1, _RARE / len(means)):
            detail = f"the first repetition took {_percent(more)} more than the others"
            found.append(Finding(disturbance=Disturbance.SLOW_START, where=scenario, detail=detail))
    return found


def _outliers(
    layouts: Mapping[AnyScenario, Mapping[str, Mapping[int, float]]], slow: Collection[str]
) -> list[Finding]:
    """Single builds that the others of their variant do not let expect.

    Deleted studentized residuals in a one-way layout (Cook and Weisberg 1982): the suspect has no part in the deviation
    that it is measured by. (Medians and MAD find an outlier in every fifth clean set of five.) Bonferroni over all.
    """
    found = []
    for scenario, cells in layouts.items():
        rows = {variant: row for variant, row in cells.items() if len(row) >= _FEWEST}
        builds = sum(len(row) for row in rows.values())
        squares = sum(deviation(list(row.values())) ** 2 * (len(row) - 1) for row in rows.values())
        level = _RARE / 2.0 / max(1, builds) / len(layouts)
        for variant, row in rows.items():
            mean, size = fmean(row.values()), len(row)
            for number, value in row.items():
                away = (value - mean) * size / (size - 1.0)
                if abs(away) <= _OUTLYING or (scenario in slow and number == min(row)):
                    continue
                without = max(0.0, squares - (value - mean) ** 2 * size / (size - 1.0))
                degrees = builds - len(rows) - 1
                error = math.sqrt(without / degrees * size / (size - 1.0))
                if _is_rare(away, error, degrees, level):
                    detail = f"build {number} of {variant} took {_percent(away)} against the others"
                    found.append(
                        Finding(disturbance=Disturbance.OUTLIER, where=scenario, detail=detail)
                    )
    return found


def _is_rare(away: float, error: float, degrees: int, level: float) -> bool:
    """Tell whether t lets a value lie so far away with less than this probability, on that side."""
    return abs(away) >= error * 1e6 or upper_tail(abs(away) / error, degrees) < level


def _loaded(samples: Sequence[Sample], cores: int) -> list[Finding]:
    """Load averages before builds that our own builds do not explain."""
    most = _OWN_LOAD * cores + 0.5
    loads = [one.load_1m for one in samples if one.load_1m is not None]
    high = [load for load in loads if load > most]
    if not high:
        return []
    detail = f"{len(high)} of {len(loads)} builds began at a load of up to {max(high):.1f} on {cores} cores"
    return [Finding(disturbance=Disturbance.LOADED, where="", detail=detail)]


def _waiting(samples: Sequence[Sample]) -> list[Finding]:
    """Wall times that vary while the CPU seconds do not: an F-test over the whole session."""
    walls: dict[tuple[AnyScenario, str], list[float]] = defaultdict(list)
    works: dict[tuple[AnyScenario, str], list[float]] = defaultdict(list)
    for one in samples:
        if is_possible(one.cpu_s):
            walls[one.scenario, one.variant].append(math.log(one.wall_s))
            works[one.scenario, one.variant].append(math.log(one.cpu_s))
    degrees = sum(len(values) - 1 for values in walls.values())
    if degrees < _FEWEST:
        return []
    wall, work = _pooled_variance(walls.values()), _pooled_variance(works.values())
    if math.sqrt(wall) < _WAITING or wall < 4.0 * work:
        return []
    if work > 0.0 and upper_tail_of_f(wall / work, degrees, degrees) > _RARE:
        return []
    detail = f"wall times vary by {math.sqrt(wall):.0%}, CPU seconds by {math.sqrt(work):.1%}"
    return [Finding(disturbance=Disturbance.WAITING, where="", detail=detail)]


def _pooled_variance(series: Collection[Sequence[float]]) -> float:
    squares = sum(
        deviation(values) ** 2 * (len(values) - 1) for values in series if len(values) > 1
    )
    return squares / sum(len(values) - 1 for values in series)


def _clock(samples: Sequence[Sample]) -> list[Finding]:
    """Times that cannot be, and builds that began before the one before them had ended."""
    wrong = [f"a build of {one.wall_s:g} s" for one in samples if not is_possible(one.wall_s)]
    wrong += [f"set by {one.clock_jump_s:+.1f} s in a build" for one in samples if one.clock_jump_s]
    wrong += [
        f"asleep for {one.suspended_s:.1f} s in a build" for one in samples if one.suspended_s
    ]
    ended_s = -math.inf
    for one in samples:
        if not is_possible(one.wall_s):
            continue
        started_s = datetime.fromisoformat(one.started_at).timestamp()
        if started_s < ended_s - _CLOCK_S:
            wrong.append(f"back by {ended_s - started_s:.0f} s between two builds")
        ended_s = started_s + one.wall_s
    if not wrong:
        return []
    more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
    return [Finding(disturbance=Disturbance.CLOCK, where="", detail=f"{wrong[0]}{more}")]


def _percent(log: float) -> str:
    return f"{math.expm1(log):+.0%}"
