"""In which order the builds run, and how long they will take: pure functions.

Variants are interleaved, in a random order within each repetition: what drifts (a warming machine, a filling
disk) hits all of them alike.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from cargo_hone.model import Sample, Scenario, Variant

INCREMENTAL = (Scenario.EDIT_ROOT, Scenario.EDIT_LEAF, Scenario.SWITCH, Scenario.NOOP)
"""After the clean builds, in this order; `noop` last, when nothing more changes."""
_GUESSED_SHARE = {
    Scenario.CLEAN_COLD: 1.0,
    Scenario.CLEAN_WARM: 0.6,
    Scenario.EDIT_ROOT: 0.15,
    Scenario.EDIT_LEAF: 0.05,
    Scenario.SWITCH: 0.15,
    Scenario.NOOP: 0.01,
}
"""Of the warm-up's time, until a sample of the scenario says better. Only the remaining time stands on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One timed build. `repetition` counts from 1."""

    scenario: Scenario
    variant: str
    repetition: int


def plan_steps(
    variants: Sequence[Variant],
    repetitions: Mapping[Scenario, int],
    *,
    seed: int,
    cold_at_most: Mapping[str, int] | None = None,
) -> tuple[Step, ...]:
    """Return the timed builds in their order.

    A clean build with a warm cache follows the cold one of the same variant, which fills the cache; so
    `clean-warm` is only for cached variants, and asking for it asks for as many cold ones. `cold_at_most` limits
    the cold ones of a variant, by name; its further warm ones go on with the cache that is there.
    """
    limits = cold_at_most or {}
    generator = random.Random(seed)  # noqa: S311 (an order, not a secret)
    steps: list[Step] = []
    warm = repetitions.get(Scenario.CLEAN_WARM, 0)
    for repetition in range(1, max(warm, repetitions.get(Scenario.CLEAN_COLD, 0)) + 1):
        for variant in _shuffled(variants, generator):
            cold = repetition <= max(1, limits.get(variant.name, repetition))
            scenarios = [Scenario.CLEAN_COLD] if cold else []
            if variant.cached and repetition <= warm:
                scenarios.append(Scenario.CLEAN_WARM)
            steps += _steps(scenarios, variant, repetition)
    for scenario in INCREMENTAL:
        for repetition in range(1, repetitions.get(scenario, 0) + 1):
            for variant in _shuffled(variants, generator):
                steps += _steps([scenario], variant, repetition)
    return tuple(steps)


def expected_s(steps: Iterable[Step], samples: Sequence[Sample], *, warm_up_s: float) -> float:
    """Estimate the wall time of `steps`, in seconds, from the samples so far.

    From those of the same scenario and variant; else of the scenario; else from the warm-up.
    """
    return sum(_expected_step_s(step, samples, warm_up_s) for step in steps)


def _expected_step_s(step: Step, samples: Sequence[Sample], warm_up_s: float) -> float:
    alike = [sample for sample in samples if sample.scenario is step.scenario]
    same = [sample for sample in alike if sample.variant == step.variant]
    if same or alike:
        return fmean(sample.wall_s for sample in same or alike)
    return warm_up_s * _GUESSED_SHARE[step.scenario]


def _shuffled(variants: Sequence[Variant], generator: random.Random) -> list[Variant]:
    return generator.sample(variants, len(variants))


def _steps(scenarios: Iterable[Scenario], variant: Variant, repetition: int) -> list[Step]:
    return [
        Step(scenario=scenario, variant=variant.name, repetition=repetition)
        for scenario in scenarios
    ]
