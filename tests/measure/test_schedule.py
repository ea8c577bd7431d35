import itertools
from collections import Counter
from typing import Any

from cargo_hone.measure.schedule import Step, plan_rounds
from cargo_hone.model import Scenario, Variant

BASE, CACHED, ALL = Variant(name="base"), Variant(name="cached", cached=True), Variant(name="all")
WANTED = {
    Scenario.CLEAN_COLD: 3,
    Scenario.CLEAN_WARM: 2,
    Scenario.EDIT_ROOT: 4,
    Scenario.NOOP: 1,
}


def plan_steps(*args: Any, **keywords: Any) -> list[Step]:
    return [step for one in plan_rounds(*args, **keywords) for step in one.steps]


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
