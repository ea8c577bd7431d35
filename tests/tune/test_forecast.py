"""How long a round is thought to take."""

import pytest

from cargo_hone.model import AnyScenario, Scenario
from cargo_hone.tune import forecast
from cargo_hone.tune.fate import Ask, Stage
from cargo_hone.tune.judging import Point, Points

CLEAN, ROOT = Scenario.CLEAN_COLD, Scenario.EDIT_ROOT


def cost_s(
    scenario: AnyScenario,
    arms: tuple[str, ...],
    *points: Point,
    cached: frozenset[str] = frozenset(),
) -> float:
    ask = Ask(stage=Stage.SCREEN, scenario=scenario, arms=arms, repetition=9)
    return forecast.ask_s(ask, Points(points), clean_s=100.0, cached=cached)


def point(scenario: AnyScenario, arm: str, wall_s: float, repetition: int = 1) -> Point:
    return Point(scenario=scenario, arm=arm, repetition=repetition, wall_s=wall_s)


def test_a_clean_round_is_as_many_clean_builds() -> None:
    assert cost_s(CLEAN, ("baseline", "a")) == pytest.approx(200.0)


def test_an_arm_s_own_times_count_before_those_of_others() -> None:
    known = (point(CLEAN, "baseline", 80.0), point(CLEAN, "a", 60.0))
    assert cost_s(CLEAN, ("baseline", "a", "b"), *known) == pytest.approx(80 + 60 + 70)


def test_a_warm_build_follows_the_cold_one_of_a_cache() -> None:
    known = (point(CLEAN, "c", 90.0), point(Scenario.CLEAN_WARM, "c", 10.0))
    assert cost_s(CLEAN, ("c",), *known, cached=frozenset({"c"})) == pytest.approx(100.0)


def test_the_first_edit_of_an_arm_is_built_twice() -> None:
    built = point(CLEAN, "a", 60.0)
    # 12 % of a clean build is the guess for such an edit.
    assert cost_s(ROOT, ("a",), built) == pytest.approx(24.0)
    assert cost_s(ROOT, ("a",), built, point(ROOT, "a", 5.0)) == pytest.approx(5.0)


def test_an_arm_that_was_never_built_is_built_first() -> None:
    assert cost_s(ROOT, ("a",)) == pytest.approx(124.0)


def test_an_arm_that_missed_an_edit_has_to_catch_up() -> None:
    known = (point(ROOT, "a", 5.0), point(ROOT, "b", 5.0), point(ROOT, "b", 5.0, 2))
    assert cost_s(ROOT, ("a",), *known) == pytest.approx(10.0)
