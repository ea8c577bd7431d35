"""Sessions with a budget, with times drawn from a seeded generator instead of builds."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from cargo_hone.errors import UsageProblem
from cargo_hone.measure.forecast import Forecast
from cargo_hone.measure.results import cells
from cargo_hone.measure.scenarios import BUILT_IN
from cargo_hone.measure.spending import MOST_PAIRS, Budget, Standing
from cargo_hone.model import AnyScenario, Sample, Scenario, Variant, VerdictKind

from .test_forecast import sample

BASE, SAME, SLOW = Variant(name="baseline"), Variant(name="same"), Variant(name="slow")
BUILD = BUILT_IN[Scenario.NOOP].command
TIMES_S: Mapping[AnyScenario, float] = {
    Scenario.CLEAN_COLD: 40.0,
    Scenario.EDIT_ROOT: 8.0,
    Scenario.NOOP: 1.0,
}


@dataclass(kw_only=True)
class Simulated:
    """What a budget makes of builds that take the times of TIMES_S, half as long again for `slow`."""

    variants: Sequence[Variant]
    seconds: float
    deviation: float = 0.02
    wild: Mapping[AnyScenario, float] = field(default_factory=dict)
    scenarios: Sequence[Scenario] = (Scenario.CLEAN_COLD, Scenario.EDIT_ROOT, Scenario.NOOP)
    dead: Sequence[str] = ()
    seed: int = 1
    samples: list[Sample] = field(default_factory=list)
    rounds: list[tuple[AnyScenario, int, tuple[str, ...]]] = field(default_factory=list)
    elapsed_s: float = 0.0

    def run(self) -> "Simulated":
        generator = random.Random(self.seed)  # noqa: S311
        budget = Budget(
            seconds=self.seconds,
            recipes=[BUILT_IN[scenario] for scenario in self.scenarios],
            variants=self.variants,
            most=dict.fromkeys(self.scenarios, MOST_PAIRS),
            seed=self.seed,
        )
        built = frozenset((variant.name, BUILD) for variant in self.variants)
        while True:
            standing = Standing(
                samples=self.samples,
                elapsed_s=self.elapsed_s,
                built=built,
                forecast=Forecast(full_s={BUILD: 40.0}),
                alive=lambda _: [v for v in self.variants if v.name not in self.dead],
            )
            found = budget.next_round(standing, left_out=())
            if found is None:
                return self
            self.rounds.append((found.recipe.scenario, found.repetition, found.variants))
            for step in found.steps:
                deviation = self.wild.get(step.scenario, self.deviation)
                wall_s = TIMES_S[step.scenario] * generator.lognormvariate(0.0, deviation)
                wall_s *= 1.5 if step.variant == "slow" else 1.0
                self.elapsed_s += wall_s
                self.samples.append(sample(step.scenario, step.variant, wall_s, step.repetition))

    def counts(self) -> Counter[tuple[str, str]]:
        return Counter((str(s.scenario), s.variant) for s in self.samples)


def test_what_is_decided_is_not_measured_on() -> None:
    found = Simulated(variants=(BASE, SAME, SLOW), seconds=3000.0, deviation=0.1).run()
    counts = found.counts()
    for scenario in found.scenarios:
        assert counts[scenario, "slow"] < counts[scenario, "same"]
        assert counts[scenario, "baseline"] == counts[scenario, "same"]
    most = dict.fromkeys(found.scenarios, MOST_PAIRS)
    for cell in cells(found.samples, found.variants, most_pairs=most):
        if cell.variant == "slow" and cell.comparison is not None:
            assert cell.comparison.kind is VerdictKind.SLOWER


def test_a_session_ends_when_all_is_decided() -> None:
    found = Simulated(variants=(BASE, SLOW), seconds=1e6, deviation=0.01).run()
    assert found.elapsed_s < 1000.0
    assert max(found.counts().values()) < MOST_PAIRS


def test_the_budget_is_kept() -> None:
    found = Simulated(variants=(BASE, SAME), seconds=300.0, deviation=0.1).run()
    assert 200.0 < found.elapsed_s <= 300.0 * 1.1


def test_every_scenario_gets_its_first_round_before_any_gets_a_second() -> None:
    found = Simulated(variants=(BASE, SAME), seconds=400.0).run()
    assert [repetition for _, repetition, _ in found.rounds[:3]] == [1, 1, 1]
    assert len({scenario for scenario, _, _ in found.rounds[:3]}) == 3


def test_the_cheap_ones_get_the_fewest_pairs_for_a_verdict_before_the_dear_ones() -> None:
    found = Simulated(variants=(BASE, SAME), seconds=170.0, deviation=0.2).run()
    counts = found.counts()
    assert counts["noop", "same"] >= 3
    assert counts["edit-root", "same"] >= 3
    assert counts["clean-cold", "same"] < 3


def test_a_variant_that_fails_costs_nothing_more() -> None:
    found = Simulated(variants=(BASE, SAME, SLOW), seconds=500.0, dead=("slow",)).run()
    assert {variants for _, _, names in found.rounds for variants in names} == {"baseline", "same"}
    assert Simulated(variants=(BASE,), seconds=500.0, dead=("baseline",)).run().rounds == []


def test_without_a_comparison_the_widest_interval_is_next() -> None:
    found = Simulated(
        variants=(BASE,),
        seconds=1000.0,
        deviation=0.02,
        wild={Scenario.EDIT_ROOT: 0.4},
        scenarios=(Scenario.NOOP, Scenario.EDIT_ROOT),
    ).run()
    counts = found.counts()
    # Though it is the dearer one.
    assert counts["edit-root", "baseline"] == MOST_PAIRS
    first = [scenario for scenario, _, _ in found.rounds[6:12]]
    assert set(first) == {Scenario.EDIT_ROOT}


def test_without_a_comparison_a_narrow_interval_is_enough() -> None:
    found = Simulated(variants=(BASE,), seconds=1e6, deviation=0.001).run()
    assert set(found.counts().values()) == {3}


def test_the_order_within_a_round_is_that_of_the_seed() -> None:
    def orders(seed: int) -> dict[tuple[AnyScenario, int], tuple[str, ...]]:
        found = Simulated(variants=(BASE, SAME), seconds=1000.0, deviation=0.3, seed=seed).run()
        return {(scenario, number): names for scenario, number, names in found.rounds}

    assert orders(1) == orders(1)
    assert {*orders(1).values()} == {("baseline", "same"), ("same", "baseline")}


def test_a_budget_that_is_too_small_says_how_much_is_needed() -> None:
    budget = Budget(seconds=60.0, recipes=[], variants=[BASE], most={}, seed=1)
    budget.require(30.0, elapsed_s=30.0)
    with pytest.raises(UsageProblem, match="too small") as caught:
        budget.require(240.0, elapsed_s=30.0)
    assert "about 270 s" in caught.value.message
    assert "--budget 5m" in caught.value.next_step
