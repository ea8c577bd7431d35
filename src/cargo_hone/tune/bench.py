"""The builds that the search asks for, in the scratch copy; an arm is made when it is first asked for."""

from collections.abc import Callable, Mapping, Sequence

from cargo_hone.cargo import metadata
from cargo_hone.errors import BuildFailed, Unavailable
from cargo_hone.measure.builds import Builds, ClockMovedError
from cargo_hone.measure.edited_crates import EditedCrate, EditPlan, plan_edits
from cargo_hone.measure.graph import members_of
from cargo_hone.measure.meter import BUILD, Arm
from cargo_hone.measure.scenarios import BUILT_IN, Edit, Recipe, Start
from cargo_hone.measure.schedule import Step
from cargo_hone.measure.scratch import Scratch
from cargo_hone.measure.source_edit import PROBE_TEXT, Reaction
from cargo_hone.measure.sources import Sources
from cargo_hone.model import AnyScenario, Sample, Scenario
from cargo_hone.tune.fate import Ask
from cargo_hone.tune.judging import Point

_MOST_REPEATS = 3
"""A round that the clock has spoiled so often in a row will not do better."""


class Bench:
    """Measures rounds. `make` makes the arm of a name, the first time that it is asked for.

    `on_sample` gets each sample as soon as it is there, `report` what is done, in which arm, and how many units.
    """

    def __init__(
        self,
        place: Scratch,
        base: Arm,
        *,
        scenarios: Sequence[AnyScenario],
        flags: Sequence[str],
        make: Callable[[str], Arm],
        on_sample: Callable[[Sample], None],
        report: Callable[[str, str, int], None],
    ) -> None:
        if (place.workspace / "Cargo.lock").exists() and "--locked" not in flags:
            flags = (*flags, "--locked")  # nothing may change under way
        self.place = place
        self.flags = tuple(flags)
        self.recipes: Mapping[AnyScenario, Recipe] = {s: BUILT_IN[s] for s in scenarios}
        self.sources = Sources(place)
        self.builds = Builds(place, [base], flags=flags, keep_going=True, report=report)
        self.edits: EditPlan | None = None
        self._make = make
        self._on_sample = on_sample

    def warm_up(self) -> float:
        """Do each command once with the base, untimed; return what a clean build took, in seconds.

        Raises BuildFailed where the base does not build, UsageProblem where the copy would build original sources.
        """
        manifest = self.place.workspace / "Cargo.toml"
        known = metadata.read(manifest, env=self.place.environ, flags=self.flags)
        paths = [one.manifest_path for one in known.packages.values() if one.source is None]
        self.place.refuse_ways_back(paths)
        recipes = [*self.recipes.values()]
        self.builds.warm_up(recipes, version=self.sources.version)
        self._require_base()
        full_s = self.builds.full_s
        return full_s.get(BUILD, max(full_s.values()))

    def choose_edits(self) -> Mapping[AnyScenario, str]:
        """Find out which functions are edited; return the scenarios that have none, with the reason."""
        manifest = self.place.workspace / "Cargo.toml"
        known = metadata.read(manifest, env=self.place.environ, flags=self.flags)
        self.edits = plan_edits(
            members_of(known),
            [*self.recipes.values()],
            within=self.place.top,
            react=self._react,
            editor=self.place,
        )
        self.sources.sites = self.edits.sites
        return {skipped.scenario: skipped.why for skipped in self.edits.skipped}

    @property
    def edited(self) -> tuple[EditedCrate, ...]:
        """The functions that are edited."""
        return self.edits.edited if self.edits is not None else ()

    def run(self, ask: Ask) -> tuple[tuple[Point, ...], Mapping[str, str]]:
        """Build a round; return its times, and for each arm that does not build what cargo said.

        Raises BuildFailed where the base does not build, Unavailable for a clock that cannot be relied on.
        """
        for name in ask.arms:
            if name not in self.builds.arms:
                self.builds.arms = {**self.builds.arms, name: self._make(name)}
        recipe = self.recipes[ask.scenario]
        left = [*self._steps(ask)]
        samples: list[Sample] = []
        for _ in range(_MOST_REPEATS):
            try:
                self._attempt(recipe, ask, left, samples)
            except ClockMovedError as moved:
                if moved.jump_s < 0:
                    self.builds.start_over()
                    self.sources.renew()
            else:
                break
        else:
            raise Unavailable(
                "the clock of this machine is moved again and again, and cargo goes by the times of files",
                next_step="see what sets it (`timedatectl`, a virtual machine's tools), then run again",
            )
        self._require_base()
        failed = {one.variant: one.message for one in self.builds.failures}
        points = tuple(
            Point(
                scenario=one.scenario,
                arm=one.variant,
                repetition=one.repetition,
                wall_s=one.wall_s,
            )
            for one in samples
        )
        return points, {name: failed[name] for name in ask.arms if name in failed}

    def _attempt(self, recipe: Recipe, ask: Ask, left: list[Step], samples: list[Sample]) -> None:
        sources, builds = self.sources, self.builds
        if recipe.start is Start.BUILT:
            sources.prepare(recipe.change)
            builds.ready(recipe, ask.arms, version=sources.version)
            change = recipe.change
            if isinstance(change, Edit) and builds.take_unwarmed(recipe, ask.arms):
                sources.edit(change.crate)
                builds.ready(recipe, ask.arms, version=sources.version)
        with sources.changed(recipe.change):
            while left:
                step = left[0]
                if builds.alive(recipe.command, [step.variant]):
                    sample = builds.timed(recipe, step, version=sources.version)
                    if sample is not None:
                        samples.append(sample)
                        self._on_sample(sample)
                left.pop(0)

    def _steps(self, ask: Ask) -> list[Step]:
        """A warm clean build follows the cold one of an arm that has a compiler cache."""
        steps = []
        for name in ask.arms:
            scenarios = [ask.scenario]
            if ask.scenario is Scenario.CLEAN_COLD and self.builds.arms[name].variant.cached:
                scenarios.append(Scenario.CLEAN_WARM)
            steps += [
                Step(scenario=scenario, variant=name, repetition=ask.repetition)
                for scenario in scenarios
            ]
        return steps

    def _react(self, recipe: Recipe) -> Reaction:
        """Build while a probe is in a source file, and say what came of it."""
        base = self.builds.base
        outcome = self.builds.build(base, recipe.command, "looking for a function to edit").outcome
        self.builds.forget(base)
        if outcome.ok:
            return Reaction.IGNORED
        return Reaction.COMPILED if PROBE_TEXT in outcome.rendered else Reaction.BROKEN

    def _require_base(self) -> None:
        failed = next(
            (one for one in self.builds.failures if one.variant == self.builds.base.name), None
        )
        if failed is not None:
            raise BuildFailed(failed.message, next_step=failed.next_step, detail=failed.detail)
