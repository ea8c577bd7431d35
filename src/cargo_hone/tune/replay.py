"""The search on recorded times instead of a machine, to see how often it finds what is there.

A recording has rounds in which all arms were built side by side. A replay draws times from it: what an arm does (the
mean of its logarithms against the base), the level of a recorded round, and a recorded residual, with replacement. The
noise is that of a real machine then, outliers too, and what is true is known.
"""

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from cargo_hone.measure.variants import BASE
from cargo_hone.model import AnyScenario
from cargo_hone.tune import forecast
from cargo_hone.tune.fate import Ask, levers_of
from cargo_hone.tune.judging import Point
from cargo_hone.tune.search import Search


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a scenario's recording holds, as logarithms of seconds: levels of rounds, effects of levers, residuals."""

    levels: tuple[float, ...]
    effects: Mapping[str, float]
    residuals: tuple[float, ...]


def hear(rounds: Sequence[Mapping[str, float]]) -> Heard:
    """Take a scenario's recording apart: `rounds` hold the seconds of each arm, of the same arms in each round.

    Raises ValueError where a round lacks an arm, or where there are less than two rounds.
    """
    if len(rounds) < 2 or any(one.keys() != rounds[0].keys() for one in rounds):
        raise ValueError("at least two rounds of the same arms are needed")
    logs = [{arm: math.log(time_s) for arm, time_s in one.items()} for one in rounds]
    levels = [fmean(one.values()) for one in logs]
    arms = {arm: fmean(one[arm] for one in logs) for arm in rounds[0]}
    middle = fmean(levels)
    residuals = [
        one[arm] - level - arms[arm] + middle
        for one, level in zip(logs, levels, strict=True)
        for arm in one
    ]
    # Residuals of a fit are smaller than the noise by the parameters that were fitted.
    count, parameters = len(residuals), len(levels) + len(arms) - 1
    scale = math.sqrt(count / (count - parameters))
    effects = {arm: arms[arm] - arms[BASE] for arm in arms if arm != BASE}
    return Heard(
        levels=tuple(level - middle + arms[BASE] for level in levels),
        effects=effects,
        residuals=tuple(residual * scale for residual in residuals),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """A search at its end, and how long it would have taken."""

    search: Search
    elapsed_s: float


def replay(
    search: Search,
    heard: Mapping[AnyScenario, Heard],
    *,
    seed: int,
    effects: Mapping[str, Mapping[AnyScenario, float]],
) -> Replayed:
    """Run a search to its end on times drawn with `seed`; levers together do what they do one by one.

    `effects` are those of levers that the recording has not, or that shall differ: logarithms of ratios.
    """
    generator = random.Random(seed)  # noqa: S311 (a simulation, not a secret)
    elapsed_s = 0.0
    while (one := search.ask(elapsed_s)) is not None:
        points = _draw(one, heard[one.scenario], generator, effects)
        elapsed_s += sum(point.wall_s for point in points) + _ready_s(search, one)
        search.told(one, points, failed={})
    return Replayed(search=search, elapsed_s=elapsed_s)


def _draw(
    one: Ask,
    known: Heard,
    generator: random.Random,
    effects: Mapping[str, Mapping[AnyScenario, float]],
) -> list[Point]:
    level = generator.choice(known.levels)
    points = []
    for arm in one.arms:
        effect = sum(
            effects[name].get(one.scenario, 0.0) if name in effects else known.effects[name]
            for name in levers_of(arm)
        )
        time_s = math.exp(level + effect + generator.choice(known.residuals))
        points.append(
            Point(scenario=one.scenario, arm=arm, repetition=one.repetition, wall_s=time_s)
        )
    return points


def _ready_s(search: Search, one: Ask) -> float:
    """The untimed builds of a round, as the search itself expects them."""
    whole_s = forecast.ask_s(one, search.points, clean_s=search.clean_s, cached=frozenset())
    timed_s = sum(
        forecast.arm_s(one.scenario, arm, search.points, clean_s=search.clean_s) for arm in one.arms
    )
    return whole_s - timed_s
