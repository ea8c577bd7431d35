"""What a few interleaved builds of many arms allow to be said of each: pure functions.

All arms of a round were built side by side, so a round is a block. The logarithm of a time is taken as the sum of what
the arm does, what the round did (a machine that is slow for a minute is slow for all) and noise; the noise of a
scenario is estimated from all its arms together (two-way analysis of variance: Montgomery, Design and Analysis of
Experiments, randomized complete blocks). That is what makes two rounds of eight arms worth a verdict, where two pairs
by themselves are worth none. It takes the noise to be alike in all arms.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import fmean, median

from cargo_hone.measure.statistics import is_possible
from cargo_hone.measure.student import two_sided_quantile
from cargo_hone.model import AnyScenario, Comparison, Scenario, VerdictKind

FEWEST_DEGREES = 2
"""Of freedom, that an interval is worth saying with."""
FEWEST_ROUNDS = 2
_MOST_STEPS = 60
_EXACT = 1e-7


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One timed build of an arm. `repetition` is the round; one number is never used twice in a scenario."""

    scenario: AnyScenario
    arm: str
    repetition: int
    wall_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """The standard deviation of the logarithm of one time beyond arm and round, with its degrees of freedom."""

    deviation: float
    degrees: int


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """All points so far, in their order. Two of these are never equal: what is worked out of one is kept with it."""

    content: tuple[Point, ...] = ()

    def __iter__(self) -> Iterator[Point]:
        return iter(self.content)

    def plus(self, points: Iterable[Point]) -> "Points":
        """Return these points and more."""
        return Points((*self.content, *points))


@lru_cache(maxsize=64)
def rounds_of(points: Points, scenario: AnyScenario) -> Mapping[int, Mapping[str, float]]:
    """Return the possible times (seconds) of a scenario: by round, by arm."""
    found: dict[int, dict[str, float]] = {}
    for point in points:
        if point.scenario == scenario and is_possible(point.wall_s):
            found.setdefault(point.repetition, {})[point.arm] = point.wall_s
    return found


@lru_cache(maxsize=64)
def noise(points: Points, scenario: AnyScenario) -> Noise | None:
    """Estimate the noise of a scenario; None where the rounds leave no degree of freedom for it."""
    rounds = [one for one in rounds_of(points, scenario).values() if len(one) > 1]
    times = [
        (arm, number, math.log(time_s))
        for number, one in enumerate(rounds)
        for arm, time_s in one.items()
    ]
    arms = {arm for arm, _, _ in times}
    degrees = len(times) - len(arms) - len(rounds) + _parts(rounds)
    if degrees < 1:
        return None
    arm_is, round_is = dict.fromkeys(arms, 0.0), [0.0] * len(rounds)
    for _ in range(_MOST_STEPS):
        before = dict(arm_is)
        for number in range(len(rounds)):
            round_is[number] = fmean(
                value - arm_is[arm] for arm, at, value in times if at == number
            )
        for arm in arms:
            arm_is[arm] = fmean(value - round_is[at] for name, at, value in times if name == arm)
        if max(abs(arm_is[arm] - before[arm]) for arm in arms) < _EXACT:
            break
    left = math.fsum((value - arm_is[arm] - round_is[at]) ** 2 for arm, at, value in times)
    return Noise(deviation=math.sqrt(left / degrees), degrees=degrees)


def ratio(points: Points, scenario: AnyScenario, *, base: str, arm: str) -> float | None:
    """Return the geometric mean of arm / base over the rounds that both were in; None for none."""
    logs = _logs(points, scenario, base=base, arm=arm, most=None)
    return math.exp(fmean(logs)) if logs else None


def pairs(points: Points, scenario: AnyScenario, *, base: str, arm: str) -> int:
    """Return in how many rounds of a scenario both were."""
    return len(_logs(points, scenario, base=base, arm=arm, most=None))


def compare(
    points: Points,
    scenario: AnyScenario,
    *,
    base: str,
    arm: str,
    confidence: float,
    margin: float,
    most: int | None = None,
) -> Comparison:
    """Judge an arm against another one with the noise of all; `most`: by the first so many rounds of the two only.

    The verdicts are those of `measure.statistics.compare`.
    """
    logs = _logs(points, scenario, base=base, arm=arm, most=most)
    # A warm clean build has no base among its own kind: its noise is taken to be that of clean builds.
    known = noise(points, stands_for(scenario))
    if len(logs) < FEWEST_ROUNDS or known is None or known.degrees < FEWEST_DEGREES:
        return Comparison(
            kind=VerdictKind.INCONCLUSIVE,
            ratio=math.exp(fmean(logs)) if logs else None,
            low=None,
            high=None,
            pairs=len(logs),
            confidence=confidence,
            why="too few rounds were measured",
        )
    mean = fmean(logs)
    half = two_sided_quantile(confidence, known.degrees) * _error(known, len(logs))
    low, high, bound = mean - half, mean + half, math.log1p(margin)
    kind = VerdictKind.INCONCLUSIVE
    if high < 0.0:
        kind = VerdictKind.FASTER
    elif low > 0.0:
        kind = VerdictKind.SLOWER
    elif -bound <= low and high <= bound:
        kind = VerdictKind.NO_DIFFERENCE
    return Comparison(
        kind=kind,
        ratio=math.exp(mean),
        low=math.exp(max(low, -700.0)),
        high=math.exp(min(high, 700.0)),
        pairs=len(logs),
        confidence=confidence,
        why="" if kind is not VerdictKind.INCONCLUSIVE else "the interval is too wide",
    )


def base_s(points: Points, scenario: AnyScenario, arm: str) -> float | None:
    """Return the median time of an arm, in seconds; None where it was not measured."""
    times_s = [one[arm] for one in rounds_of(points, scenario).values() if arm in one]
    return median(times_s) if times_s else None


def saved_s(points: Points, weights: Mapping[AnyScenario, float], *, base: str, arm: str) -> float:
    """Estimate what an arm saves a day, in seconds: over the scenarios, how often times how much.

    Where the arm has a warm compiler cache, that is what it is held against a plain clean build for.
    """
    total_s = 0.0
    for scenario, often in weights.items():
        usual_s = base_s(points, stands_for(scenario), base)
        found = ratio(points, scenario, base=base, arm=arm)
        if found is None and scenario is Scenario.CLEAN_WARM:
            # Without a cache a second clean build is as long as the first.
            found = ratio(points, Scenario.CLEAN_COLD, base=base, arm=arm)
        if usual_s is not None and found is not None:
            total_s += often * usual_s * (1.0 - found)
    return total_s


def stands_for(scenario: AnyScenario) -> AnyScenario:
    """Return the scenario of an arm without a cache that `scenario` of one with a cache is held against."""
    return Scenario.CLEAN_COLD if scenario is Scenario.CLEAN_WARM else scenario


def _logs(
    points: Points, scenario: AnyScenario, *, base: str, arm: str, most: int | None
) -> list[float]:
    own, other = rounds_of(points, scenario), rounds_of(points, stands_for(scenario))
    found = [
        math.log(own[number][arm])
        - math.log(own[number].get(base, 0.0) or other.get(number, {}).get(base, 0.0))
        for number in sorted(own)
        if arm in own[number] and (base in own[number] or base in other.get(number, {}))
    ]
    return found if most is None else found[:most]


def _error(known: Noise, count: int) -> float:
    """The standard error of a mean of `count` differences of two times."""
    return known.deviation * math.sqrt(2.0 / count)


def _parts(rounds: Sequence[Mapping[str, float]]) -> int:
    """Into how many parts the rounds fall that have no arm in common: each has a level of its own."""
    parts: list[set[str]] = []
    for one in rounds:
        touching = [part for part in parts if part & one.keys()]
        parts = [part for part in parts if not part & one.keys()]
        parts.append(set(one).union(*touching))
    return len(parts)
