import itertools
from collections import Counter

import pytest

from cargo_hone.measure.schedule import Step, expected_s, plan_steps
from cargo_hone.model import Sample, Scenario, Variant

BASE, CACHED, ALL = Variant(name="base"), Variant(name="cached", cached=True), Variant(name="all")
WANTED = {
    Scenario.CLEAN_COLD: 3,
    Scenario.CLEAN_WARM: 2,
    Scenario.EDIT_ROOT: 4,
    Scenario.NOOP: 1,
}


def test_each_variant_gets_its_repetitions() -> None:
    steps = plan_steps((BASE, CACHED, ALL), WANTED, seed=1)
    counts = Counter((step.scenario, step.variant) for step in steps)
    for variant in ("base", "cached", "all"):
        assert counts[Scenario.CLEAN_COLD, variant] == 3
        assert counts[Scenario.EDIT_ROOT, variant] == 4
        assert counts[Scenario.NOOP, variant] == 1
        assert counts[Scenario.SWITCH, variant] == 0
    assert counts[Scenario.CLEAN_WARM, "cached"] == 2
    assert counts[Scenario.CLEAN_WARM, "base"] == 0


def test_a_repetition_ends_before_the_next_begins_and_clean_comes_first() -> None:
    steps = plan_steps((BASE, CACHED, ALL), WANTED, seed=2)
    clean = {Scenario.CLEAN_COLD, Scenario.CLEAN_WARM}
    groups = [
        key for key, _ in itertools.groupby(steps, lambda s: (s.scenario in clean, s.repetition))
    ]
    assert groups == [
        *((True, n) for n in (1, 2, 3)),
        *((False, n) for n in (1, 2, 3, 4)),
        (False, 1),
    ]


def test_a_warm_build_follows_the_cold_one_that_fills_its_cache() -> None:
    steps = plan_steps((BASE, CACHED, ALL), {Scenario.CLEAN_WARM: 5}, seed=3)
    for before, step in itertools.pairwise(steps):
        if step.scenario is Scenario.CLEAN_WARM:
            assert before == Step(
                scenario=Scenario.CLEAN_COLD, variant=step.variant, repetition=step.repetition
            )


def test_the_order_is_random_and_repeatable() -> None:
    wanted = {Scenario.EDIT_LEAF: 30}
    steps = plan_steps((BASE, CACHED, ALL), wanted, seed=7)
    assert steps == plan_steps((BASE, CACHED, ALL), wanted, seed=7)
    assert steps != plan_steps((BASE, CACHED, ALL), wanted, seed=8)
    orders = {tuple(s.variant for s in steps[n : n + 3]) for n in range(0, len(steps), 3)}
    assert len(orders) == 6


def test_the_time_to_come_is_estimated_from_the_nearest_samples() -> None:
    def sample(scenario: Scenario, variant: str, wall_s: float) -> Sample:
        return Sample(
            scenario=scenario,
            variant=variant,
            repetition=1,
            wall_s=wall_s,
            cpu_s=0.0,
            units_compiled=0,
            units_fresh=0,
            target_bytes=None,
            cache=None,
            started_at="",
        )

    samples = [sample(Scenario.EDIT_ROOT, "base", 10.0), sample(Scenario.EDIT_ROOT, "all", 4.0)]
    ahead = [
        Step(scenario=Scenario.EDIT_ROOT, variant="base", repetition=2),
        Step(scenario=Scenario.EDIT_ROOT, variant="cached", repetition=2),
        Step(scenario=Scenario.CLEAN_COLD, variant="base", repetition=1),
    ]
    assert expected_s(ahead, samples, warm_up_s=100.0) == pytest.approx(10.0 + 7.0 + 100.0)


def test_fewer_cold_builds_of_one_variant_leave_its_warm_ones() -> None:
    wanted = {Scenario.CLEAN_COLD: 3, Scenario.CLEAN_WARM: 3}
    steps = plan_steps((BASE, CACHED, ALL), wanted, seed=4, cold_at_most={CACHED.name: 2})
    mine = [(s.scenario, s.repetition) for s in steps if s.variant == CACHED.name]
    assert mine == [
        (Scenario.CLEAN_COLD, 1),
        (Scenario.CLEAN_WARM, 1),
        (Scenario.CLEAN_COLD, 2),
        (Scenario.CLEAN_WARM, 2),
        (Scenario.CLEAN_WARM, 3),
    ]
    for other in (BASE, ALL):
        cold = [s for s in steps if s.variant == other.name and s.scenario is Scenario.CLEAN_COLD]
        assert len(cold) == 3
