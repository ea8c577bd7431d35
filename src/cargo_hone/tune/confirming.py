"""The confirmation: how many fresh pairs, and what they say of the whole. Pure."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from cargo_hone.measure.statistics import CONFIDENCE, FEWEST_PAIRS, compare
from cargo_hone.model import AnyScenario, Comparison, VerdictKind
from cargo_hone.tune import judging
from cargo_hone.tune.screening import Trying, is_clean, percent

_FEW = 4
_MOST, _MOST_CLEAN = 10, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """What the fresh pairs show; `refusal` says why the whole is not kept (empty: it is), `harms`: it hurts."""

    compared: Mapping[AnyScenario, Comparison]
    refusal: str
    harms: bool


def fewest(scenario: AnyScenario) -> int:
    """Return how many pairs of a scenario a confirmation has at least; short builds are noisier."""
    return FEWEST_PAIRS if is_clean(scenario) else _FEW


def rounds(
    cost_s: Mapping[AnyScenario, float], *, left_s: float, quick: bool
) -> dict[AnyScenario, int]:
    """Return how many pairs each scenario gets: as many as fit, in proportion, from the fewest to 5 clean and 10 else.

    `cost_s` is what a pair takes. Fixed before the first of them, so that no verdict depends on when it stopped.
    """
    least_s = sum(fewest(scenario) * each_s for scenario, each_s in cost_s.items())
    factor = 1.0 if quick or least_s <= 0.0 else max(1.0, left_s / least_s)
    return {
        scenario: min(
            _MOST_CLEAN if is_clean(scenario) else _MOST,
            math.floor(fewest(scenario) * factor),
        )
        for scenario in cost_s
    }


def judged(
    trying: Trying, since: Mapping[AnyScenario, int], scenarios: Collection[AnyScenario]
) -> Confirmation:
    """Judge the pairs after the rounds `since`, by themselves; `trying` is the whole against the base."""
    fresh = replace(
        trying,
        points=judging.Points(
            tuple(
                point
                for point in trying.points
                if point.repetition > since.get(judging.stands_for(point.scenario), 0)
            )
        ),
    )
    compared = {
        scenario: _compared(fresh, scenario)
        for scenario in fresh.judged
        if judging.stands_for(scenario) in scenarios
    }
    harmed = [
        scenario
        for scenario, found in compared.items()
        if found.kind is VerdictKind.SLOWER and fresh.is_suspected(scenario)
    ]
    gained = [
        scenario
        for scenario, found in compared.items()
        if found.kind is VerdictKind.FASTER and fresh.is_noticeable(found, scenario)
    ]
    refusal = ""
    if harmed:
        said = ", ".join(f"{s} {percent(compared[s])}" for s in harmed)
        refusal = f"it makes {said}"
    elif not gained:
        refusal = "no scenario was shown to be faster by the fresh pairs"
    return Confirmation(compared=compared, refusal=refusal, harms=bool(harmed))


def _compared(fresh: Trying, scenario: AnyScenario) -> Comparison:
    """By these pairs alone: nothing is pooled, nothing was looked at before."""
    own = judging.rounds_of(fresh.points, scenario)
    other = judging.rounds_of(fresh.points, judging.stands_for(scenario))
    times = [
        (other[number][fresh.base], own[number][fresh.arm])
        for number in sorted(own)
        if fresh.arm in own[number] and fresh.base in other.get(number, {})
    ]
    return compare(
        [base_s for base_s, _ in times],
        [arm_s for _, arm_s in times],
        confidence=CONFIDENCE,
        margin=fresh.rules.margin,
    )
