"""Rounds of a session with a budget of time: which one is next, until all is decided or the time is over. Pure."""

import math
import random
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from cargo_hone.errors import UsageProblem
from cargo_hone.measure import allocation
from cargo_hone.measure.allocation import Choice
from cargo_hone.measure.forecast import Built, Forecast
from cargo_hone.measure.pairs import base_scenario, times_of
from cargo_hone.measure.scenarios import Recipe
from cargo_hone.measure.schedule import Round, clean_round, round_of
from cargo_hone.measure.sequential import Design
from cargo_hone.measure.statistics import paired_times
from cargo_hone.model import AnyScenario, Sample, Scenario, Variant

MOST_PAIRS = 20
"""A comparison that so many pairs do not decide is left as it is: more of them would cost more than they tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a session stands: its samples, how long it has run, what it has built, what time is known of.

    `alive` returns those of some variants that can still do a recipe's command.
    """

    samples: Sequence[Sample]
    elapsed_s: float
    built: frozenset[Built]
    forecast: Forecast
    alive: Callable[[Recipe], Sequence[Variant]]


@dataclass(slots=True, kw_only=True)
class Budget:
    """`seconds` to spend on `recipes`; the first of `variants` is the base. Each recipe gets at most its `most`."""

    seconds: float
    recipes: Sequence[Recipe]
    variants: Sequence[Variant]
    most: Mapping[AnyScenario, int]
    seed: int
    _rounds: dict[AnyScenario, int] = field(default_factory=dict)

    def first_rounds(self) -> tuple[Round, ...]:
        """Return one round of each recipe with all variants: the least that a session is worth."""
        return tuple(self._round(recipe, self.variants, 1) for recipe in self.recipes)

    def require(self, needed_s: float, *, elapsed_s: float = 0.0) -> None:
        """Raise UsageProblem where what is left is not enough for `needed_s`: one round of each scenario."""
        if elapsed_s + needed_s > self.seconds:
            raise too_small(self.seconds, elapsed_s + needed_s)

    def next_round(self, standing: Standing, *, left_out: Collection[AnyScenario]) -> Round | None:
        """Return the round that is worth most now; None where all is decided, or nothing open fits the time left."""
        candidates = {}
        for recipe in self.recipes:
            variants = self._open(recipe, standing)
            if recipe.scenario not in left_out and variants:
                one = self._round(recipe, variants, self._rounds.get(recipe.scenario, 0) + 1)
                candidates[str(recipe.scenario)] = (one, self._choice(one, variants, standing))
        chosen = allocation.choose(
            [choice for _, choice in candidates.values()],
            left_s=self.seconds - standing.elapsed_s,
            per_second=len(self.variants) > 1,
        )
        if chosen is None:
            return None
        found = candidates[chosen.name][0]
        self._rounds[found.recipe.scenario] = found.repetition
        return found

    def design(self, scenario: AnyScenario) -> Design:
        """Return the looks for the comparisons of a scenario."""
        return Design.up_to(self.most[scenario])

    def _open(self, recipe: Recipe, standing: Standing) -> list[Variant]:
        """The variants that another round is for: the base, and those whose comparison with it is open."""
        alive = standing.alive(recipe)
        if not alive or len(self.variants) == 1 or not self._rounds.get(recipe.scenario):
            return [*alive]
        base, *others = alive
        still = [other for other in others if self._worth(recipe, other, standing) > 0.0]
        return [base, *still] if still else []

    def _choice(self, one: Round, variants: Sequence[Variant], standing: Standing) -> Choice:
        recipe = one.recipe
        cost_s = standing.forecast.rounds_s([one], standing.samples, built=standing.built)
        base, *others = variants
        if others:
            gain = sum(self._worth(recipe, other, standing) for other in others)
        else:
            gain = allocation.width(
                times_of(standing.samples, recipe.scenario, base.name),
                most=self.most[recipe.scenario],
            )
        return Choice(
            name=str(recipe.scenario), rounds=one.repetition - 1, gain=gain, cost_s=cost_s or 0.0
        )

    def _worth(self, recipe: Recipe, other: Variant, standing: Standing) -> float:
        scenarios: list[AnyScenario] = [recipe.scenario]
        if recipe.scenario is Scenario.CLEAN_COLD and other.cached:
            scenarios.append(Scenario.CLEAN_WARM)
        base = self.variants[0]
        return sum(
            allocation.worth(
                self.design(recipe.scenario),
                *paired_times(
                    standing.samples,
                    base=(base.name, base_scenario(scenario, base)),
                    other=(other.name, scenario),
                ),
            )
            for scenario in scenarios
        )

    def _round(self, recipe: Recipe, variants: Sequence[Variant], repetition: int) -> Round:
        # The order within a round is that of the seed, whichever rounds came before.
        generator = random.Random(f"{self.seed} {recipe.scenario} {repetition}")  # noqa: S311
        if recipe.scenario is Scenario.CLEAN_COLD:
            return clean_round(variants, repetition, generator=generator)
        return round_of(recipe, variants, repetition, generator=generator)


def too_small(budget_s: float, needed_s: float) -> UsageProblem:
    """The error for a budget that is not enough for a single pair of each comparison."""
    minutes = math.ceil(needed_s / 60.0)
    return UsageProblem(
        f"a budget of {budget_s:.0f} s is too small: the warm-up and one round of each scenario would take "
        f"about {needed_s:.0f} s",
        next_step=f"give more time (--budget {minutes}m; three rounds are the fewest that allow a verdict), "
        "or measure fewer scenarios and variants",
    )
