"""How long a round will take, in seconds: from the points so far, else as a share of a clean build. Pure."""

from collections.abc import Mapping
from statistics import fmean

from cargo_hone.model import AnyScenario, Scenario
from cargo_hone.tune.fate import Ask
from cargo_hone.tune.judging import Points
from cargo_hone.tune.screening import is_clean

_SHARE: Mapping[AnyScenario, float] = {
    Scenario.CLEAN_COLD: 1.0,
    Scenario.CLEAN_WARM: 0.5,
    Scenario.EDIT_ROOT: 0.12,
    Scenario.EDIT_LEAF: 0.07,
    Scenario.SWITCH: 0.15,
    Scenario.CHECK: 0.1,
    Scenario.TEST_BUILD: 0.2,
    Scenario.TEST_RUN: 0.3,
}
_OTHER_SHARE = 0.3
_FIRST: Mapping[AnyScenario, float] = {
    Scenario.CHECK: 0.7,
    Scenario.TEST_BUILD: 1.2,
    Scenario.TEST_RUN: 1.2,
}
"""What the first run of another command than `cargo build` takes."""


def ask_s(ask: Ask, points: Points, *, clean_s: float, cached: frozenset[str]) -> float:
    """Estimate a round, with the untimed builds that get its arms ready. `cached`: the arms with a compiler cache."""
    return sum(
        arm_s(ask.scenario, arm, points, clean_s=clean_s)
        + _ready_s(ask.scenario, arm, points, clean_s=clean_s)
        + (
            arm_s(Scenario.CLEAN_WARM, arm, points, clean_s=clean_s)
            if arm in cached and ask.scenario is Scenario.CLEAN_COLD
            else 0.0
        )
        for arm in ask.arms
    )


def arm_s(scenario: AnyScenario, arm: str, points: Points, *, clean_s: float) -> float:
    """Estimate one timed build."""
    alike = [point for point in points if point.scenario == scenario]
    same = [point for point in alike if point.arm == arm]
    if alike:
        return fmean(point.wall_s for point in same or alike)
    return clean_s * _SHARE.get(scenario, _OTHER_SHARE)


def _ready_s(scenario: AnyScenario, arm: str, points: Points, *, clean_s: float) -> float:
    """Estimate what comes before an arm's timed build: its first build, its first edit, or edits that it missed."""
    if is_clean(scenario):
        return 0.0
    own = [point for point in points if point.arm == arm]
    alike = [point for point in points if point.scenario == scenario]
    edit_s = arm_s(scenario, arm, points, clean_s=clean_s)
    if not any(point.scenario == scenario for point in own):
        if scenario in _FIRST:
            return edit_s + clean_s * _FIRST[scenario]
        return edit_s + (0.0 if own else clean_s)
    latest = max(point.repetition for point in alike)
    missed = not any(p.arm == arm and p.repetition == latest for p in alike)
    return edit_s if missed else 0.0
