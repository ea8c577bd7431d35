"""In which order the builds run: pure functions.

Variants are interleaved, in a random order within each repetition: what drifts (a warming machine, a filling
disk) hits all of them alike.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cargo_hone.measure.scenarios import BUILT_IN, Recipe, Start
from cargo_hone.model import AnyScenario, Scenario, Variant


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One timed build. `repetition` counts from 1."""

    scenario: AnyScenario
    variant: str
    repetition: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Timed builds that belong together: the variants of one scenario, after one and the same change.

    A clean build with a warm cache belongs to the cold one before it, which fills the cache.
    """

    recipe: Recipe
    repetition: int
    steps: tuple[Step, ...]

    @property
    def variants(self) -> tuple[str, ...]:
        """The names of the variants, in their order."""
        return tuple(dict.fromkeys(step.variant for step in self.steps))


def plan_rounds(
    variants: Sequence[Variant],
    repetitions: Mapping[AnyScenario, int],
    *,
    recipes: Mapping[AnyScenario, Recipe] = BUILT_IN,
    seed: int,
    cold_at_most: Mapping[str, int] | None = None,
) -> tuple[Round, ...]:
    """Return the timed builds in their order: what starts from nothing first, then in the order of `recipes`.

    `clean-warm` is only for cached variants, and asking for it asks for as many cold ones. `cold_at_most` limits
    the cold ones of a variant, by name; its further warm ones go on with the cache that is there.
    """
    limits = cold_at_most or {}
    generator = random.Random(seed)  # noqa: S311 (an order, not a secret)
    warm = repetitions.get(Scenario.CLEAN_WARM, 0)
    rounds = [
        clean_round(
            variants,
            repetition,
            generator=generator,
            warm=repetition <= warm,
            cold_at_most=limits,
        )
        for repetition in range(1, max(warm, repetitions.get(Scenario.CLEAN_COLD, 0)) + 1)
    ]
    others = [
        recipe
        for scenario, recipe in recipes.items()
        if scenario not in {Scenario.CLEAN_COLD, Scenario.CLEAN_WARM}
    ]
    for recipe in sorted(others, key=lambda r: r.start is not Start.CLEAN):
        rounds += [
            round_of(recipe, variants, repetition, generator=generator)
            for repetition in range(1, repetitions.get(recipe.scenario, 0) + 1)
        ]
    return tuple(rounds)


def clean_round(
    variants: Sequence[Variant],
    repetition: int,
    *,
    generator: random.Random,
    warm: bool = True,
    cold_at_most: Mapping[str, int] | None = None,
) -> Round:
    """Return one repetition of the clean builds: cold, and warm for the variants that have a cache."""
    limits = cold_at_most or {}
    steps: list[Step] = []
    for variant in shuffled(variants, generator):
        cold = repetition <= max(1, limits.get(variant.name, repetition))
        scenarios = [Scenario.CLEAN_COLD] if cold else []
        if variant.cached and warm:
            scenarios.append(Scenario.CLEAN_WARM)
        steps += [
            Step(scenario=scenario, variant=variant.name, repetition=repetition)
            for scenario in scenarios
        ]
    return Round(recipe=BUILT_IN[Scenario.CLEAN_COLD], repetition=repetition, steps=tuple(steps))


def round_of(
    recipe: Recipe, variants: Sequence[Variant], repetition: int, *, generator: random.Random
) -> Round:
    """Return one repetition of a scenario, the variants in an order that is drawn from `generator`."""
    steps = tuple(
        Step(scenario=recipe.scenario, variant=variant.name, repetition=repetition)
        for variant in shuffled(variants, generator)
    )
    return Round(recipe=recipe, repetition=repetition, steps=steps)


def shuffled(variants: Sequence[Variant], generator: random.Random) -> list[Variant]:
    """Return the variants in an order that is drawn from `generator`."""
    return generator.sample(variants, len(variants))
