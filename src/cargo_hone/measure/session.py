"""A whole measuring session in a scratch copy: clean builds, edits, switches, builds with nothing to do."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from cargo_hone.cargo import metadata, timings
from cargo_hone.cargo.timings import UnitTime
from cargo_hone.measure.commits import CommitPair, commit_pair
from cargo_hone.measure.edited_crates import EditedCrate, Skipped, plan_edits
from cargo_hone.measure.graph import members_of
from cargo_hone.measure.meter import Arm, Reading, allocated_bytes, take_reading
from cargo_hone.measure.schedule import INCREMENTAL, Step, expected_s, plan_steps
from cargo_hone.measure.scratch import Scratch
from cargo_hone.measure.source_edit import PROBE_TEXT, EditSite, Reaction
from cargo_hone.model import Sample, Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be measured: timed builds of each variant, per scenario, in an order drawn from `seed`.

    `clean_s` is what a clean build of the base took just before, in another place: it has downloaded what is
    needed and filled the page cache, so that no warm-up has to be built. None: make one.
    """

    repetitions: Mapping[Scenario, int]
    seed: int
    clean_s: float | None = None
    cold_at_most: Mapping[str, int] = field(default_factory=dict)
    """Fewer cold clean builds for some variants, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What goes on now. `remaining_s` is an estimate for the timed builds to come; None before the warm-up.

    `units` counts the units that the present build has finished.
    """

    doing: str
    variant: str
    units: int
    elapsed_s: float
    remaining_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedEdit:
    """One more build after an edit, by the last variant, unit by unit; it is no sample."""

    scenario: Scenario
    wall_s: float
    units: tuple[UnitTime, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a session found: samples, which crates were edited, and scenarios that could not be run."""

    samples: tuple[Sample, ...]
    edited: tuple[EditedCrate, ...]
    skipped: tuple[Skipped, ...]
    timed: tuple[TimedEdit, ...]


def measure(
    scratch: Scratch,
    arms: Sequence[Arm],
    order: Order,
    *,
    flags: Sequence[str] = (),
    on_progress: Callable[[Progress], None],
    on_sample: Callable[[Sample], None],
) -> Measured:
    """Build each arm (the first is the base) as `order` wants it, in the scratch copy.

    `flags` go to every cargo call (`--locked`, `--offline`). `on_sample` gets each sample as soon as it is
    there, so that an interrupted session keeps what it has. Raises BuildFailed when a build fails, UsageProblem
    where the copy would build the original's sources, Unavailable for git or disk.
    """
    known = metadata.read(scratch.workspace / "Cargo.toml", env=scratch.environ, flags=flags)
    paths = [package.manifest_path for package in known.packages.values() if package.source is None]
    scratch.refuse_ways_back(paths)
    session = _Session(
        scratch, arms, order, flags=flags, on_progress=on_progress, on_sample=on_sample
    )
    if order.clean_s is None:
        session.warm_up()
    session.clean_builds()
    edits = plan_edits(
        members_of(known),
        {scenario for scenario, count in order.repetitions.items() if count},
        within=scratch.top,
        react=lambda _: session.react(),
    )
    session.leave_out({skipped.scenario for skipped in edits.skipped})
    session.incremental_builds(edits.sites)
    return Measured(
        samples=tuple(session.samples),
        edited=edits.edited,
        skipped=edits.skipped,
        timed=session.timed_edits(edits.sites),
    )


class _Session:
    """The state of one run; the methods are its stages."""

    def __init__(
        self,
        scratch: Scratch,
        arms: Sequence[Arm],
        order: Order,
        *,
        flags: Sequence[str],
        on_progress: Callable[[Progress], None],
        on_sample: Callable[[Sample], None],
    ) -> None:
        self.scratch = scratch
        self.arms = {arm.name: arm for arm in arms}
        self.base = arms[0]
        self.steps = plan_steps(
            [arm.variant for arm in arms],
            order.repetitions,
            seed=order.seed,
            cold_at_most=order.cold_at_most,
        )
        self.flags = tuple(flags)
        if (scratch.workspace / "Cargo.lock").exists() and "--locked" not in self.flags:
            self.flags += ("--locked",)  # nothing may change under way
        self.on_progress = on_progress
        self.on_sample = on_sample
        self.samples: list[Sample] = []
        self.clean_s = order.clean_s
        self.started_s = time.monotonic()
        # No two sessions make the same edit: a cache that outlives them would know it.
        self.next_edit = time.time_ns()

    def warm_up(self) -> None:
        """Build the base once, untimed: it downloads and fills the page cache."""
        reading = self.required(self.base, self.build(self.base, "warm-up"))
        self.clean_s = reading.outcome.wall_s

    def react(self) -> Reaction:
        """Build while a probe is in a source file, and say what came of it."""
        outcome = self.build(self.base, "looking for a function to edit").outcome
        if outcome.ok:
            return Reaction.IGNORED
        return Reaction.COMPILED if PROBE_TEXT in outcome.rendered else Reaction.BROKEN

    def leave_out(self, scenarios: Collection[Scenario]) -> None:
        """Drop the steps of scenarios that cannot be run."""
        self.steps = tuple(step for step in self.steps if step.scenario not in scenarios)

    def clean_builds(self) -> None:
        """Time the clean builds: with an emptied cache, then with a warm one."""
        for step in self.steps:
            if step.scenario in INCREMENTAL:
                continue
            arm = self.arms[step.variant]
            self.scratch.delete_target(arm.name)
            if step.scenario is Scenario.CLEAN_COLD and arm.probe is not None:
                arm.probe.prepare_cold()
            self.timed(step)

    def incremental_builds(self, sites: Mapping[Scenario, EditSite]) -> None:
        """Time what follows an edit, a switch, or nothing; each change is made once, for all variants."""
        steps = [step for step in self.steps if step.scenario in INCREMENTAL]
        if steps:
            self.settle()
        pair: CommitPair | None = None
        warmed: set[Scenario] = set()
        for (scenario, _), group in groupby(steps, key=lambda s: (s.scenario, s.repetition)):
            match scenario:
                case Scenario.EDIT_ROOT | Scenario.EDIT_LEAF:
                    if scenario not in warmed:
                        # The first build after an edit writes incremental state that later ones only amend.
                        warmed.add(scenario)
                        sites[scenario].edit(self.edit_number())
                        self.settle()
                    sites[scenario].edit(self.edit_number())
                case Scenario.SWITCH:
                    pair = pair or self.prepare_switch(tuple(sites.values()))
                    pair.switch_away_and_back()
                case _:
                    pass
            for step in group:
                self.timed(step)

    def timed_edits(self, sites: Mapping[Scenario, EditSite]) -> tuple[TimedEdit, ...]:
        """Edit once more and let cargo say how long each unit took, to see what bounds such a build."""
        arm = list(self.arms.values())[-1]
        done = []
        for scenario, site in sites.items():
            site.edit(self.edit_number())
            reading = self.required(arm, self.build(arm, f"{scenario}, unit by unit", "--timings"))
            units = timings.read(self.scratch.target_dir(arm.name))
            done.append(TimedEdit(scenario=scenario, wall_s=reading.outcome.wall_s, units=units))
        return tuple(done)

    def prepare_switch(self, sites: Sequence[EditSite]) -> CommitPair:
        """Make the commits; what looks at HEAD (vergen) is built anew before anything is timed."""
        pair = commit_pair(self.scratch, sites, number=self.edit_number())
        self.edit_number()  # the second commit's
        self.settle()
        return pair

    def settle(self) -> None:
        """Bring every variant's target directory up to the sources, untimed."""
        for arm in self.arms.values():
            self.required(arm, self.build(arm, "getting ready"))

    def timed(self, step: Step) -> None:
        """Make the build of `step` and hand on its sample."""
        arm = self.arms[step.variant]
        reading = self.required(arm, self.build(arm, f"{step.scenario} #{step.repetition}"))
        clean = step.scenario is Scenario.CLEAN_COLD
        sample = reading.sample(
            scenario=step.scenario,
            variant=step.variant,
            repetition=step.repetition,
            target_bytes=allocated_bytes(self.scratch.target_dir(arm.name)) if clean else None,
        )
        self.samples.append(sample)
        self.on_sample(sample)

    def build(self, arm: Arm, doing: str, *more_flags: str) -> Reading:
        """Build an arm and report progress at the start and at each finished unit."""
        self.report(doing, arm, 0)
        return take_reading(
            arm,
            workspace=self.scratch.workspace,
            target_dir=self.scratch.target_dir(arm.name),
            environ=self.scratch.environ,
            flags=(*self.flags, *more_flags),
            on_unit=lambda units: self.report(doing, arm, units),
        )

    def required(self, arm: Arm, reading: Reading) -> Reading:
        """Return the reading of a build that worked; raises BuildFailed with the variant's name."""
        words = [
            "cargo build --workspace",
            *(f"--config '{setting}'" for setting in arm.variant.config),
        ]
        left_out = "".join(
            f"; not copied: {item.path} ({item.why})" for item in self.scratch.left_out
        )
        reading.outcome.require_ok(
            f"the build of the variant {arm.name} in the scratch copy",
            next_step=f"see the errors; `{' '.join(words)}` should show the same{left_out}",
        )
        return reading

    def edit_number(self) -> int:
        """Return the number of the next edit."""
        self.next_edit += 1
        return self.next_edit

    def report(self, doing: str, arm: Arm, units: int) -> None:
        """Tell what goes on."""
        remaining_s = None
        if self.clean_s is not None:
            ahead = self.steps[len(self.samples) :]
            remaining_s = expected_s(ahead, self.samples, warm_up_s=self.clean_s)
        self.on_progress(
            Progress(
                doing=doing,
                variant=arm.name,
                units=units,
                elapsed_s=time.monotonic() - self.started_s,
                remaining_s=remaining_s,
            )
        )
