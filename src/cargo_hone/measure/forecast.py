"""How long the builds to come will take, in seconds: from the samples so far, else from what is alike. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from statistics import fmean

from cargo_hone.measure.scenarios import Edit, Recipe, Start
from cargo_hone.measure.schedule import Round, Step
from cargo_hone.model import AnyScenario, Sample, Scenario

_GUESSED_SHARE: Mapping[AnyScenario, float] = {
    Scenario.CLEAN_COLD: 1.0,
    Scenario.CLEAN_WARM: 0.6,
    Scenario.EDIT_ROOT: 0.15,
    Scenario.EDIT_LEAF: 0.05,
    Scenario.SWITCH: 0.15,
    Scenario.CHECK: 0.1,
    Scenario.TEST_BUILD: 0.2,
    Scenario.TEST_RUN: 0.3,
    Scenario.FRESH_CHECKOUT: 0.3,
    Scenario.NOOP: 0.01,
}
"""Of a build from nothing, until a sample says better. Only the time that is shown stands on it."""
_OWN_SHARE = 0.3

Built = tuple[str, tuple[str, ...]]
"""A variant's name and the command that its target directory has been built with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What is known of the times. `full_s`: of each command into an empty directory; `known_s`: of earlier runs."""

    full_s: Mapping[tuple[str, ...], float]
    known_s: Mapping[AnyScenario, float] = field(default_factory=dict)

    def from_nothing_s(self, command: tuple[str, ...]) -> float | None:
        """Estimate a command's first build; None where nothing at all is known."""
        if command in self.full_s:
            return self.full_s[command]
        others = [*self.full_s.values()] or [
            self.known_s[scenario]
            for scenario in (Scenario.CLEAN_COLD,)
            if scenario in self.known_s
        ]
        return max(others) if others else None

    def warm_up_s(self, commands: Iterable[tuple[str, ...]]) -> float | None:
        """Estimate the warm-up by those of `commands` that were not done yet; None where nothing is known."""
        times_s = [
            self.from_nothing_s(command) for command in commands if command not in self.full_s
        ]
        return None if None in times_s else sum(time_s for time_s in times_s if time_s is not None)

    def step_s(self, recipe: Recipe, step: Step, samples: Sequence[Sample]) -> float | None:
        """Estimate one timed build: from the same variant's samples, the scenario's, an earlier run, a first build."""
        alike = [sample for sample in samples if sample.scenario == step.scenario]
        same = [sample for sample in alike if sample.variant == step.variant]
        if alike:
            return fmean(sample.wall_s for sample in same or alike)
        if step.scenario in self.known_s:
            return self.known_s[step.scenario]
        full_s = self.from_nothing_s(recipe.command)
        if full_s is None:
            return None
        own = 1.0 if recipe.start is Start.CLEAN else _OWN_SHARE
        return full_s * _GUESSED_SHARE.get(step.scenario, own)

    def rounds_s(
        self,
        rounds: Iterable[Round],
        samples: Sequence[Sample],
        *,
        built: AbstractSet[Built] = frozenset(),
    ) -> float | None:
        """Estimate `rounds`, with the untimed builds that get each variant ready for them.

        `built` are the directories that are there already. None where nothing is known.
        """
        there = set(built)
        total_s = 0.0
        for one in rounds:
            command = one.recipe.command
            for variant in one.variants:
                if one.recipe.start is Start.BUILT and (variant, command) not in there:
                    ready_s = self.from_nothing_s(command)
                    first = next(step for step in one.steps if step.variant == variant)
                    # The first edit's build is not timed, but has to be waited for.
                    edit_s = self.step_s(one.recipe, first, samples)
                    if ready_s is None or edit_s is None:
                        return None
                    total_s += ready_s + (edit_s if isinstance(one.recipe.change, Edit) else 0.0)
                there.add((variant, command))
            for step in one.steps:
                step_s = self.step_s(one.recipe, step, samples)
                if step_s is None:
                    return None
                total_s += step_s
        return total_s
