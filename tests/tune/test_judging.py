"""Rounds of many arms: the noise of all of them judges each."""

import math
import random

import pytest

from cargo_hone.model import Scenario, VerdictKind
from cargo_hone.tune.judging import Point, Points, base_s, compare, noise, pairs, ratio, saved_s

EDIT = Scenario.EDIT_ROOT


def points(*rounds: dict[str, float], scenario: Scenario = EDIT) -> Points:
    return Points(
        tuple(
            Point(scenario=scenario, arm=arm, repetition=number, wall_s=wall_s)
            for number, one in enumerate(rounds, 1)
            for arm, wall_s in one.items()
        )
    )


def drawn(rounds: int, arms: dict[str, float], deviation: float, seed: int) -> Points:
    """Rounds with levels of their own, and log-normal noise."""
    draw = random.Random(seed)  # noqa: S311
    return points(
        *(
            {
                arm: 5.0 * effect * math.exp(level + draw.gauss(0, deviation))
                for arm, effect in arms.items()
            }
            for level in (draw.gauss(0, 0.3) for _ in range(rounds))
        )
    )


def judged(found: Points, arm: str, confidence: float = 0.95) -> VerdictKind:
    return compare(found, EDIT, base="baseline", arm=arm, confidence=confidence, margin=0.05).kind


def test_the_noise_of_two_by_two_is_that_of_the_interaction() -> None:
    # Residuals of ±d/4 each, one degree of freedom: the deviation is d/2, d the difference of the differences.
    found = noise(points({"baseline": 1.0, "a": 1.0}, {"baseline": 1.0, "a": math.exp(0.2)}), EDIT)
    assert found is not None
    assert (found.degrees, found.deviation) == (1, pytest.approx(0.1))


def test_rounds_that_are_slow_as_a_whole_are_no_noise() -> None:
    found = noise(points({"baseline": 1.0, "a": 2.0}, {"baseline": 3.0, "a": 6.0}), EDIT)
    assert found is not None
    assert found.deviation == pytest.approx(0.0, abs=1e-6)


def test_one_round_says_nothing_of_the_noise() -> None:
    assert noise(points({"baseline": 1.0, "a": 2.0, "b": 3.0}), EDIT) is None


def test_rounds_without_a_common_arm_have_levels_of_their_own() -> None:
    apart = points({"a": 1.0, "b": 1.1}, {"a": 1.0, "b": 1.2}, {"c": 5.0, "d": 6.0})
    together = points({"a": 1.0, "b": 1.1}, {"a": 1.0, "b": 1.2})
    one, other = noise(apart, EDIT), noise(together, EDIT)
    assert one is not None
    assert other is not None
    assert (one.degrees, one.deviation) == (other.degrees, pytest.approx(other.deviation))


def test_two_rounds_of_eight_arms_are_worth_a_verdict() -> None:
    arms = {"baseline": 1.0, "fast": 0.7, **{f"other{n}": 1.0 for n in range(6)}}
    found = drawn(2, arms, 0.02, seed=3)
    assert judged(found, "fast", 0.99) is VerdictKind.FASTER
    assert judged(found, "other1", 0.99) is VerdictKind.INCONCLUSIVE


def test_the_estimate_deviation_is_the_true_one() -> None:
    arms = {"baseline": 1.0, "a": 0.7, "b": 1.3, "c": 1.0}
    found = [noise(drawn(4, arms, 0.05, seed=seed), EDIT) for seed in range(200)]
    mean = math.sqrt(sum(one.deviation**2 for one in found if one) / 200)
    assert mean == pytest.approx(0.05, rel=0.06)


def test_what_does_nothing_is_called_faster_or_slower_as_rarely_as_promised() -> None:
    arms = {"baseline": 1.0, "same": 1.0, "a": 0.7, "b": 1.3}
    kinds = [judged(drawn(3, arms, 0.05, seed=seed), "same") for seed in range(1000)]
    wrong = sum(kind in (VerdictKind.FASTER, VerdictKind.SLOWER) for kind in kinds)
    assert 25 <= wrong <= 75  # 5 %, ± 3.6 deviations


def test_times_that_cannot_be_are_left_out() -> None:
    found = points({"baseline": 1.0, "a": 0.0}, {"baseline": 1.0, "a": 2.0})
    assert pairs(found, EDIT, base="baseline", arm="a") == 1
    assert ratio(found, EDIT, base="baseline", arm="a") == pytest.approx(2.0)


def test_a_warm_clean_build_is_held_against_a_cold_one() -> None:
    cold = points({"baseline": 10.0, "cache": 12.0}, scenario=Scenario.CLEAN_COLD)
    warm = points({"cache": 2.0}, scenario=Scenario.CLEAN_WARM)
    both = cold.plus(warm)
    assert ratio(both, Scenario.CLEAN_WARM, base="baseline", arm="cache") == pytest.approx(0.2)
    weights = {Scenario.CLEAN_COLD: 1.0, Scenario.CLEAN_WARM: 2.0}
    # Costs 2 s once, saves 8 s twice.
    assert saved_s(both, weights, base="baseline", arm="cache") == pytest.approx(14.0)


def test_the_median_of_an_arm() -> None:
    found = points({"baseline": 1.0}, {"baseline": 5.0}, {"baseline": 2.0})
    assert base_s(found, EDIT, "baseline") == 2.0
    assert base_s(found, EDIT, "other") is None
