import math
import random
from datetime import UTC, datetime, timedelta

import pytest

from cargo_hone.measure.noise import Disturbance, judge
from cargo_hone.model import Sample, Scenario

COLD, EDIT = Scenario.CLEAN_COLD, Scenario.EDIT_ROOT
MIDNIGHT = datetime(2026, 1, 1, tzinfo=UTC)


def sample(
    wall_s: float,
    *,
    scenario: Scenario = COLD,
    variant: str = "base",
    repetition: int = 1,
    cpu_s: float | None = None,
    started_s: float = 0.0,
    load_1m: float | None = None,
    clock_jump_s: float = 0.0,
    suspended_s: float = 0.0,
) -> Sample:
    return Sample(
        scenario=scenario,
        variant=variant,
        repetition=repetition,
        wall_s=wall_s,
        cpu_s=wall_s if cpu_s is None else cpu_s,
        units_compiled=1,
        units_fresh=0,
        target_bytes=None,
        cache=None,
        started_at=(MIDNIGHT + timedelta(seconds=started_s)).isoformat(timespec="seconds"),
        load_1m=load_1m,
        clock_jump_s=clock_jump_s,
        suspended_s=suspended_s,
    )


def session(
    times: dict[str, list[float]], *, scenario: Scenario = COLD, cpu: float | None = None
) -> list[Sample]:
    """Samples of some variants that took turns, one after the other."""
    found, now_s = [], 0.0
    for number in range(max(map(len, times.values()))):
        for variant, values in times.items():
            if number < len(values):
                found.append(
                    sample(
                        values[number],
                        scenario=scenario,
                        variant=variant,
                        repetition=number + 1,
                        cpu_s=cpu,
                        started_s=now_s,
                    )
                )
                now_s += values[number] + 1.0
    return found


def kinds(samples: list[Sample], cores: int = 4) -> list[Disturbance]:
    return [finding.disturbance for finding in judge(samples, cores=cores)]


def noisy(values: list[float], seed: int, noise: float = 0.01) -> list[float]:
    generator = random.Random(seed)  # noqa: S311
    return [value * math.exp(generator.gauss(0.0, noise)) for value in values]


def test_quiet_samples_give_no_warning() -> None:
    assert kinds(session({"base": noisy([60.0] * 6, 1), "all": noisy([40.0] * 6, 2)})) == []


@pytest.mark.parametrize("samples", [[], session({"base": [3.0]}), session({"base": [3.0, 9.0]})])
def test_too_few_samples_say_nothing(samples: list[Sample]) -> None:
    assert kinds(samples) == []


def test_times_that_grow_all_along_are_a_drift() -> None:
    growing = [60.0 * 1.04**n for n in range(6)]
    found = judge(session({"base": noisy(growing, 3), "all": noisy(growing, 4)}), cores=4)
    assert [finding.disturbance for finding in found] == [Disturbance.DRIFT]
    assert "+2" in found[0].detail
    assert "settle" in str(found[0])


def test_a_drift_of_three_percent_is_not_worth_a_word() -> None:
    growing = [60.0 * 1.006**n for n in range(6)]
    assert kinds(session({"base": growing, "all": growing})) == []


def test_few_repetitions_show_a_drift_where_several_scenarios_agree() -> None:
    growing = [1.0, 1.1, 1.2, 1.3]
    one = session({"base": growing})
    assert Disturbance.DRIFT not in kinds(one)
    more = [one, session({"base": growing}, scenario=EDIT)]
    more.append(session({"base": growing}, scenario=Scenario.SWITCH))
    samples = [found for part in more for found in part]
    assert Disturbance.DRIFT in kinds(samples)


def test_a_slow_first_repetition_is_told_from_a_drift() -> None:
    times = {"base": noisy([80.0] + [60.0] * 5, 5), "all": noisy([55.0] + [40.0] * 5, 6)}
    found = judge(session(times), cores=4)
    assert [finding.disturbance for finding in found] == [Disturbance.SLOW_START]
    assert found[0].where == COLD
    assert "+3" in found[0].detail


def test_slow_first_repetitions_make_no_drift_of_what_is_even_afterwards() -> None:
    samples = []
    for scenario in (COLD, EDIT, Scenario.SWITCH, Scenario.NOOP):
        samples += session({"base": [60.0, 40.02, 40.01, 40.0]}, scenario=scenario)
    assert Disturbance.SLOW_START in kinds(samples)
    assert Disturbance.DRIFT not in kinds(samples)


def test_a_fast_first_repetition_is_no_slow_start() -> None:
    times = {"base": noisy([40.0] + [60.0] * 5, 5), "all": noisy([27.0] + [40.0] * 5, 6)}
    assert Disturbance.SLOW_START not in kinds(session(times))


@pytest.mark.parametrize("factor", [1.6, 0.5])
def test_one_build_unlike_the_others_of_its_variant_is_named(factor: float) -> None:
    times = {"base": noisy([60.0] * 5, 7), "all": noisy([40.0] * 5, 8)}
    times["all"][2] *= factor
    found = judge(session(times), cores=4)
    assert [finding.disturbance for finding in found] == [Disturbance.OUTLIER]
    assert "build 3 of all" in found[0].detail


def test_a_repetition_that_is_slow_for_all_is_no_outlier_of_one() -> None:
    times = {"base": noisy([60.0] * 5, 7), "all": noisy([40.0] * 5, 8)}
    for values in times.values():
        values[2] *= 1.6
    assert kinds(session(times)) == []


def test_builds_that_are_exactly_alike_divide_by_nothing() -> None:
    assert kinds(session({"base": [60.0] * 4, "all": [40.0] * 4})) == []
    assert kinds(session({"base": [60.0] * 4 + [90.0], "all": [40.0] * 5})) == [Disturbance.OUTLIER]


def test_variants_measured_once_take_no_part() -> None:
    growing = [60.0 * 1.04**n for n in range(6)]
    assert kinds(session({"base": growing, "all": growing, "once": [9.0]})) == [Disturbance.DRIFT]


def test_load_that_is_not_our_own_is_said() -> None:
    own = [sample(60.0, repetition=n, load_1m=4.4, started_s=100.0 * n) for n in range(4)]
    assert kinds(own) == []
    foreign = [sample(60.0, repetition=n, load_1m=7.5, started_s=100.0 * n) for n in range(4)]
    found = judge([*foreign, sample(60.0, repetition=9, started_s=900.0)], cores=4)
    assert [finding.disturbance for finding in found] == [Disturbance.LOADED]
    assert "4 of 4 builds began at a load of up to 7.5 on 4 cores" in found[0].detail


def test_the_same_work_in_other_times_is_waiting() -> None:
    times = [60.0, 85.0, 64.0, 92.0, 70.0, 61.0]
    assert kinds(session({"base": times}, cpu=200.0)) == [Disturbance.WAITING]
    assert kinds(session({"base": times})) == []


def test_work_that_varies_nearly_as_much_is_no_waiting_however_sure_that_is() -> None:
    walls, works = noisy([60.0] * 120, 1, noise=0.09), noisy([60.0] * 120, 2, noise=0.06)
    samples = [
        sample(wall_s, repetition=number, cpu_s=cpu_s, started_s=100.0 * number)
        for number, (wall_s, cpu_s) in enumerate(zip(walls, works, strict=True))
    ]
    assert kinds(samples) == []


@pytest.mark.parametrize("wrong", [0.0, -3.0, math.nan, 1e9])
def test_a_time_that_cannot_be_is_the_clock(wrong: float) -> None:
    samples = [*session({"base": noisy([60.0] * 4, 1)}), sample(wrong, repetition=9)]
    assert kinds(samples) == [Disturbance.CLOCK]


def test_a_clock_that_was_set_or_slept_during_a_build_is_said() -> None:
    jumped = judge([sample(60.0, clock_jump_s=-3600.0)], cores=4)
    assert [str(finding.disturbance) for finding in jumped] == ["clock"]
    assert "-3600.0 s" in jumped[0].detail
    assert "asleep for 30.0 s" in judge([sample(60.0, suspended_s=30.0)], cores=4)[0].detail


def test_a_clock_that_went_back_between_builds_is_said() -> None:
    forth = [sample(60.0, repetition=1), sample(60.0, repetition=2, started_s=61.0)]
    assert kinds(forth) == []
    back = [sample(60.0, repetition=1), sample(60.0, repetition=2, started_s=30.0)]
    found = judge(back, cores=4)
    assert [finding.disturbance for finding in found] == [Disturbance.CLOCK]
    assert "back by 30 s" in found[0].detail


@pytest.mark.parametrize("disturbance", Disturbance)
def test_each_warning_has_advice_that_is_a_sentence(disturbance: Disturbance) -> None:
    assert disturbance.advice[0].isupper()
    assert disturbance.advice.endswith(".")
