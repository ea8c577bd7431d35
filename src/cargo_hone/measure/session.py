"""A whole measuring session, in a scratch copy or in place: the rounds one after the other, and what they showed."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from cargo_hone.cargo import metadata, timings
from cargo_hone.errors import Unavailable
from cargo_hone.measure.builds import Builds, ClockMovedError
from cargo_hone.measure.edited_crates import EditedCrate, EditPlan, plan_edits, require_members
from cargo_hone.measure.forecast import Forecast
from cargo_hone.measure.graph import Member, members_of
from cargo_hone.measure.meter import BUILD, Arm
from cargo_hone.measure.order import Measured, Order, Progress, TimedEdit
from cargo_hone.measure.place import Place
from cargo_hone.measure.planning import budget_of, recipes_of, rounds_of
from cargo_hone.measure.scenarios import Edit, Pick, Recipe, Start
from cargo_hone.measure.schedule import Round, Step
from cargo_hone.measure.scratch import Scratch
from cargo_hone.measure.source_edit import PROBE_TEXT, Reaction
from cargo_hone.measure.sources import Sources
from cargo_hone.measure.spending import Standing
from cargo_hone.model import AnyScenario, Sample, Scenario, Variant

_MOST_REPEATS = 3
"""A round that the clock has spoiled so often in a row will not do better."""
_NOTHING_EDITED = EditPlan(sites={}, edited=(), skipped=())


def measure(
    place: Place,
    arms: Sequence[Arm],
    order: Order,
    *,
    flags: Sequence[str] = (),
    on_progress: Callable[[Progress], None],
    on_sample: Callable[[Sample], None],
    on_edited: Callable[[EditedCrate], None] = lambda _: None,
) -> Measured:
    """Measure each arm (the first is the base) as `order` wants it, in `place`.

    `flags` go to every cargo call (`--locked`, `--offline`). `on_sample` gets each sample as soon as it is
    there, so that an interrupted session keeps what it has; `on_edited` hears which crates are edited before the
    first edit is timed. Raises BuildFailed when a build fails (unless `order.keep_going`); UsageProblem where the
    copy would build the original's sources, for a crate, file or patch that is not there, and for a budget that is
    too small; Unavailable for git, disk, or a clock that cannot be relied on.
    """
    known = metadata.read(place.workspace / "Cargo.toml", env=place.environ, flags=flags)
    paths = [package.manifest_path for package in known.packages.values() if package.source is None]
    place.refuse_ways_back(paths)
    session = _Session(
        place, arms, order, flags=flags, on_progress=on_progress, on_sample=on_sample
    )
    members = members_of(known)
    require_members(members, session.recipes)
    session.sources.require(session.recipes)
    session.warm_up()
    for one in session.rounds():
        if one.recipe.start is Start.BUILT and session.edits is _NOTHING_EDITED:
            session.choose_edits(members, on_edited)
        if session.is_possible(one):
            session.measure_round(one)
    timed = session.timed_edits() if order.unit_times else ()
    session.finish()
    return Measured(
        samples=tuple(session.builds.samples),
        edited=session.edits.edited,
        skipped=session.edits.skipped,
        timed=timed,
        failures=tuple(session.builds.failures),
        notes=tuple(session.notes),
    )


class _Session:
    """The state of one run; the methods are its stages."""

    def __init__(
        self,
        place: Place,
        arms: Sequence[Arm],
        order: Order,
        *,
        flags: Sequence[str],
        on_progress: Callable[[Progress], None],
        on_sample: Callable[[Sample], None],
    ) -> None:
        if (place.workspace / "Cargo.lock").exists() and "--locked" not in flags:
            flags = (*flags, "--locked")  # nothing may change under way
        self.place = place
        self.order = order
        self.variants = [arm.variant for arm in arms]
        self.recipes = recipes_of(order)
        self.on_progress = on_progress
        self.on_sample = on_sample
        self.sources = Sources(place)
        self.edits = _NOTHING_EDITED
        self.notes: list[str] = []
        self.builds = Builds(
            place, arms, flags=flags, keep_going=order.keep_going, report=self.report
        )
        if order.clean_s is not None:
            self.builds.full_s[BUILD] = order.clean_s
        self.budget = budget_of(order, self.variants)
        self.ahead = [*rounds_of(order, self.variants)]
        self.present: Round | None = None
        self.left: list[Step] = []
        self.warming = False
        self.started_s = time.monotonic()

    def warm_up(self) -> None:
        """Do each command once with the base, untimed; then the budget must be enough for one round of all."""
        if self.order.clean_s is None:
            self.warming = True
            self.builds.warm_up(self.recipes, version=self.sources.version)
            self.warming = False
        if self.budget is not None:
            first = [one for one in self.ahead if self._alive(one.recipe)]
            needed_s = self.forecast.rounds_s(first, (), built=self.builds.built)
            self.budget.require(needed_s or 0.0, elapsed_s=self.elapsed_s)

    def rounds(self) -> Iterator[Round]:
        """Yield the rounds in their order, or as the budget chooses them."""
        while (one := self._next()) is not None:
            yield one

    def _next(self) -> Round | None:
        if self.budget is not None:
            standing = Standing(
                samples=self.builds.samples,
                elapsed_s=self.elapsed_s,
                built=self.builds.built,
                forecast=self.forecast,
                alive=self._alive,
            )
            return self.budget.next_round(standing, left_out=self.left_out)
        return self.ahead.pop(0) if self.ahead else None

    @property
    def left_out(self) -> set[AnyScenario]:
        """The scenarios that cannot be run here."""
        return {skipped.scenario for skipped in self.edits.skipped}

    def is_possible(self, one: Round) -> bool:
        """Whether a round is still to be measured: nothing has been found since it was planned that prevents it."""
        return one.recipe.scenario not in self.left_out and bool(self._alive(one.recipe))

    def choose_edits(
        self, members: Sequence[Member], on_edited: Callable[[EditedCrate], None]
    ) -> None:
        """Find out which functions are edited; a scenario without one is left out."""
        living = [recipe for recipe in self.recipes if self._alive(recipe)]
        self.edits = plan_edits(
            members, living, within=self.place.top, react=self._react, editor=self.place
        )
        self.sources.sites = self.edits.sites
        for edited in self.edits.edited:
            on_edited(edited)

    def _react(self, recipe: Recipe) -> Reaction:
        """Build while a probe is in a source file, and say what came of it."""
        doing = "looking for a function to edit"
        outcome = self.builds.build(self.builds.base, recipe.command, doing).outcome
        # A build that failed, and one of a source that is then put back, leave the directory unfinished.
        self.builds.forget(self.builds.base)
        if outcome.ok:
            return Reaction.IGNORED
        return Reaction.COMPILED if PROBE_TEXT in outcome.rendered else Reaction.BROKEN

    def measure_round(self, one: Round) -> None:
        """Measure a round; what is left of it is measured again where the clock was moved meanwhile."""
        self.left = [*one.steps]
        for _ in range(_MOST_REPEATS):
            self.present = replace(one, steps=tuple(self.left))
            try:
                self._attempt(self.present)
            except ClockMovedError as moved:
                self._after_jump(moved)
            else:
                self.present = None
                return
        raise Unavailable(
            "the clock of this machine is moved again and again, and cargo goes by the times of files",
            next_step="see what sets it (`timedatectl`, a virtual machine's tools), then run the command again",
        )

    def _attempt(self, one: Round) -> None:
        recipe, sources, builds = one.recipe, self.sources, self.builds
        if recipe.start is Start.BUILT:
            sources.prepare(recipe.change)
            builds.ready(recipe, one.variants, version=sources.version)
            change = recipe.change
            if isinstance(change, Edit) and builds.take_unwarmed(recipe, one.variants):
                sources.edit(change.crate)
                builds.ready(recipe, one.variants, version=sources.version)
        with sources.changed(recipe.change):
            while self.left:
                step = self.left[0]
                if builds.alive(recipe.command, [step.variant]):
                    sample = builds.timed(recipe, step, version=sources.version)
                    if sample is not None:
                        self.on_sample(sample)
                self.left.pop(0)

    def _after_jump(self, moved: ClockMovedError) -> None:
        if moved.jump_s < 0:
            if not isinstance(self.place, Scratch):
                raise Unavailable(
                    f"the clock was set back by {-moved.jump_s:.1f} s: what was built before it now lies in the "
                    "future, and cargo would miss changes",
                    next_step="wait until that time has passed (or run `cargo clean`), then run the command again",
                )
            self.builds.start_over()
            self.sources.renew()
        what = (
            f"the clock was set by {moved.jump_s:+.1f} s"
            if moved.jump_s
            else f"the machine slept for {moved.suspended_s:.1f} s"
        )
        self.notes.append(f"{what} during a build; it was measured again")

    def timed_edits(self) -> tuple[TimedEdit, ...]:
        """Edit once more and let cargo say how long each unit took, to see what bounds such a build."""
        arm = list(self.builds.arms.values())[-1]
        done = []
        for crate, scenario in ((Pick.ROOT, Scenario.EDIT_ROOT), (Pick.LEAF, Scenario.EDIT_LEAF)):
            if crate in self.edits.sites:
                self.sources.edit(crate)
                doing = f"{scenario}, unit by unit"
                reading = self.builds.build(arm, BUILD, doing, "--timings")
                self.builds.require(self.order.recipes[scenario], arm, reading)
                units = timings.read(self.place.target_dir(arm.name))
                wall_s = reading.outcome.wall_s
                done.append(TimedEdit(scenario=scenario, wall_s=wall_s, units=units))
        return tuple(done)

    def finish(self) -> None:
        """Put the user's tree back, and its target directory up to it, where it was measured in place."""
        measured = {sample.scenario for sample in self.builds.samples} | self.left_out
        late = [one.recipe for one in self.ahead if one.recipe.scenario not in measured]
        if any(self._alive(recipe) for recipe in late):
            names = ", ".join(recipe.scenario for recipe in late if self._alive(recipe))
            self.notes.append(f"no time was left for {names}")
        if self.sources.put_back():
            for recipe in {recipe.command: recipe for recipe in self.recipes}.values():
                self.builds.ready(recipe, [self.builds.base.name], version=self.sources.version)

    @property
    def elapsed_s(self) -> float:
        """How long the session has run."""
        return time.monotonic() - self.started_s

    @property
    def forecast(self) -> Forecast:
        """What is known of times by now."""
        return Forecast(full_s=self.builds.full_s, known_s=self.order.known_s)

    def _remaining_s(self) -> float | None:
        if self.budget is not None:
            return max(0.0, self.budget.seconds - self.elapsed_s)
        forecast, builds = self.forecast, self.builds
        commands = {recipe.command for recipe in self.recipes}
        warm_up_s = forecast.warm_up_s(commands) if self.warming else 0.0
        present = [replace(self.present, steps=tuple(self.left))] if self.present else []
        rounds_s = forecast.rounds_s([*present, *self.ahead], builds.samples, built=builds.built)
        return None if warm_up_s is None or rounds_s is None else warm_up_s + rounds_s

    def _alive(self, recipe: Recipe) -> list[Variant]:
        names = self.builds.alive(recipe.command, [variant.name for variant in self.variants])
        return [variant for variant in self.variants if variant.name in names]

    def report(self, doing: str, variant: str, units: int) -> None:
        """Tell what goes on."""
        self.on_progress(
            Progress(
                doing=doing,
                variant=variant,
                units=units,
                elapsed_s=self.elapsed_s,
                remaining_s=self._remaining_s(),
            )
        )
