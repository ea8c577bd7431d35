"""The search on recorded times of real builds: planted levers are left out."""

import math

import pytest
from benchmarks import tune_replay

from cargo_hone.model import Scenario
from cargo_hone.tune.fate import Fate
from cargo_hone.tune.replay import hear

ROUNDS = [{"baseline": 1.0, "a": 2.0}, {"baseline": 2.0, "a": 4.4}, {"baseline": 1.5, "a": 3.0}]


def test_a_recording_is_taken_apart() -> None:
    heard = hear(ROUNDS)
    assert heard.effects["a"] == pytest.approx(math.log(2.2 * 2 * 2) / 3)
    assert sum(heard.residuals) == pytest.approx(0.0)
    # The residuals are as wide as the noise: their sum of squares over six is that of the fit over its two degrees.
    whole = sum(residual**2 for residual in heard.residuals) / 6
    fitted = 2 * sum((math.log(r) - heard.effects["a"]) ** 2 / 4 for r in (2.0, 2.2, 2.0))
    assert whole == pytest.approx(fitted / 2)


def test_a_round_that_lacks_an_arm_is_refused() -> None:
    with pytest.raises(ValueError, match="same arms"):
        hear([*ROUNDS, {"baseline": 1.0}])


def test_the_recording_is_one_of_real_noise() -> None:
    heard = tune_replay.load()
    for scenario in tune_replay.SCENARIOS:
        assert len({*heard[scenario].residuals}) > 20
        # The wrapper that sleeps does harm everywhere.
        assert heard[scenario].effects[tune_replay.HARMFUL] > math.log(1.05)


def test_planted_levers_are_left_out() -> None:
    tally = tune_replay.replays(tune_replay.load(), count=100)
    assert tally.both_left_out >= 95
    assert Fate.KEPT not in tally.fates[tune_replay.HARMFUL]
    assert tally.overran == 0


def test_on_a_quieter_machine_harm_is_called_harm_and_a_small_gain_is_found() -> None:
    heard = tune_replay.load(noise=0.2)
    ratio = {scenario: math.log(0.85) for scenario in tune_replay.SCENARIOS}
    tally = tune_replay.replays(heard, count=30, more={"gains": ratio})
    assert tally.both_left_out >= 29
    assert tally.fates[tune_replay.HARMFUL][Fate.HARMFUL] >= 18
    assert tally.fates["gains"][Fate.KEPT] >= 20


def test_a_gain_on_the_same_recording_is_found() -> None:
    # The same machine, and a lever that halves the times: leaving everything out would be no art.
    heard = tune_replay.load()
    ratio = {scenario: math.log(0.5) for scenario in tune_replay.SCENARIOS}
    tally = tune_replay.replays(heard, count=20, more={"gains": ratio})
    assert tally.fates["gains"][Fate.KEPT] >= 13


def test_the_interval_of_a_share() -> None:
    tally = tune_replay.Tally(replays=100, fates={}, both_left_out=95, overran=0)
    low, high = tally.interval()
    assert (low, high) == (pytest.approx(0.8882, abs=1e-3), pytest.approx(0.9785, abs=1e-3))


def test_the_scenarios_of_a_recording_are_known() -> None:
    assert {*tune_replay.load()} == {Scenario.CLEAN_COLD, Scenario.EDIT_ROOT, Scenario.EDIT_LEAF}
