import pytest

from cargo_hone.measure.forecast import Forecast
from cargo_hone.measure.order import Order
from cargo_hone.measure.planning import expected_s
from cargo_hone.measure.scenarios import BUILT_IN, CHECK
from cargo_hone.measure.schedule import Round, Step, plan_rounds
from cargo_hone.model import AnyScenario, Sample, Scenario, Variant

BASE, OTHER = Variant(name="base"), Variant(name="other")
BUILD = BUILT_IN[Scenario.NOOP].command


def sample(scenario: AnyScenario, variant: str, wall_s: float, repetition: int = 1) -> Sample:
    return Sample(
        scenario=scenario,
        variant=variant,
        repetition=repetition,
        wall_s=wall_s,
        cpu_s=0.0,
        units_compiled=0,
        units_fresh=0,
        target_bytes=None,
        cache=None,
        started_at="",
    )


def rounds(scenario: Scenario, count: int = 1) -> tuple[Round, ...]:
    return plan_rounds((BASE, OTHER), {scenario: count}, seed=1)


def test_the_time_to_come_is_estimated_from_the_nearest_samples() -> None:
    samples = [sample(Scenario.NOOP, "base", 10.0), sample(Scenario.NOOP, "base", 12.0)]
    forecast = Forecast(full_s={BUILD: 100.0}, known_s={Scenario.NOOP: 77.0})
    recipe = BUILT_IN[Scenario.NOOP]

    def step(variant: str) -> Step:
        return Step(scenario=Scenario.NOOP, variant=variant, repetition=2)

    assert forecast.step_s(recipe, step("base"), samples) == 11.0
    assert forecast.step_s(recipe, step("other"), samples) == 11.0
    samples.append(sample(Scenario.NOOP, "other", 20.0))
    assert forecast.step_s(recipe, step("other"), samples) == 20.0
    assert forecast.step_s(recipe, step("base"), []) == 77.0
    assert Forecast(full_s={BUILD: 100.0}).step_s(recipe, step("base"), []) == pytest.approx(1.0)
    assert Forecast(full_s={}).step_s(recipe, step("base"), []) is None


def test_getting_ready_counts_once_and_only_what_is_not_there() -> None:
    forecast = Forecast(full_s={BUILD: 100.0})
    both = rounds(Scenario.NOOP, 5)
    assert forecast.rounds_s(both, ()) == pytest.approx(2 * 100.0 + 10 * 1.0)
    built = frozenset({("base", BUILD)})
    assert forecast.rounds_s(both, (), built=built) == pytest.approx(100.0 + 10 * 1.0)
    # A clean build leaves a directory that needs nothing more.
    clean = rounds(Scenario.CLEAN_COLD)
    assert forecast.rounds_s([*clean, *both], ()) == pytest.approx(2 * 100.0 + 10 * 1.0)


def test_the_first_edit_is_built_twice() -> None:
    forecast = Forecast(full_s={BUILD: 100.0})
    built = frozenset({("base", BUILD)})
    edits = rounds(Scenario.EDIT_ROOT, 3)
    assert forecast.rounds_s(edits, (), built=built) == pytest.approx(100.0 + 15.0 + 6 * 15.0)


def test_before_the_warm_up_earlier_runs_tell() -> None:
    known_s = {Scenario.CLEAN_COLD: 50.0, Scenario.NOOP: 2.0}
    order = Order(repetitions={Scenario.NOOP: 4}, seed=1, known_s=known_s)
    assert expected_s(order, [BASE]) == pytest.approx(50.0 + 4 * 2.0)
    assert expected_s(order, [BASE, OTHER]) == pytest.approx(2 * 50.0 + 8 * 2.0)
    assert expected_s(Order(repetitions={Scenario.NOOP: 4}, seed=1), [BASE]) is None


def test_each_command_has_its_own_first_build() -> None:
    forecast = Forecast(full_s={BUILD: 100.0, CHECK: 30.0})
    assert forecast.warm_up_s([BUILD, CHECK, ("doc",)]) == 100.0
    assert forecast.from_nothing_s(CHECK) == 30.0
    assert Forecast(full_s={}).warm_up_s([BUILD]) is None
