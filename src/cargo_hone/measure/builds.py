"""The builds of one session: what each target directory holds, what failed, and the samples."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.errors import BuildFailed
from cargo_hone.measure import clocks
from cargo_hone.measure.meter import Arm, Reading, allocated_bytes, take_reading
from cargo_hone.measure.place import Place
from cargo_hone.measure.scenarios import Change, Recipe, Start
from cargo_hone.measure.schedule import Step
from cargo_hone.model import AnyScenario, Sample, Scenario

_SHOWN_LINES = 60
Command = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A command that failed in one variant, which is left out of all scenarios of that command from then on.

    `message` says what failed, `detail` holds what the compiler or the tests said.
    """

    scenario: AnyScenario
    variant: str
    command: Command
    message: str
    next_step: str
    detail: str

    def error(self) -> BuildFailed:
        """The failure as an error (exit 3)."""
        return BuildFailed(self.message, next_step=self.next_step, detail=self.detail)


class ClockMovedError(Exception):
    """The clock was set, or the machine slept, since the timed build before.

    `jump_s` is negative where it was set back; `suspended_s` how long the machine slept.
    """

    def __init__(self, moved: clocks.ClockCheck) -> None:
        super().__init__(moved)
        self.jump_s = moved.jump_s
        self.suspended_s = moved.suspended_s


class Builds:
    """Runs the builds of a session in its place.

    `keep_going`: a build that fails is kept as a Failure and the session goes on without it; else BuildFailed is
    raised. `report` hears what is being done, in which variant, and how many units are done.
    """

    def __init__(
        self,
        place: Place,
        arms: Sequence[Arm],
        *,
        flags: Sequence[str],
        keep_going: bool,
        report: Callable[[str, str, int], None],
    ) -> None:
        self.arms: Mapping[str, Arm] = {arm.name: arm for arm in arms}
        self.base = arms[0]
        self.samples: list[Sample] = []
        self.failures: list[Failure] = []
        self.full_s: dict[Command, float] = {}
        self._place = place
        self._flags = tuple(flags)
        self._keep_going = keep_going
        self._report = report
        self._moment = clocks.now()
        # The version of the sources that a variant's directory was last built from, by command.
        self._built: dict[tuple[str, Command], int] = {}
        self._warmed: set[tuple[str, Command, Change]] = set()

    @property
    def built(self) -> frozenset[tuple[str, Command]]:
        """Which variants have built which commands, in directories that are still there."""
        return frozenset(self._built)

    def alive(self, command: Command, variants: Iterable[str]) -> list[str]:
        """Return those variants that have not failed to do a command; none where the base has."""
        failed = {failure.variant for failure in self.failures if failure.command == command}
        return [] if self.base.name in failed else [name for name in variants if name not in failed]

    def warm_up(self, recipes: Sequence[Recipe], *, version: int) -> None:
        """Do each command once with the base, untimed: it downloads and fills the page cache."""
        for recipe in recipes:
            known = recipe.command in self.full_s
            if not known and self.alive(recipe.command, [self.base.name]):
                reading = self.build(self.base, recipe.command, "warm-up")
                if self._is_fine(recipe, self.base, reading):
                    self.full_s[recipe.command] = reading.outcome.wall_s
                    self._built[self.base.name, recipe.command] = version

    def ready(self, recipe: Recipe, variants: Collection[str], *, version: int) -> None:
        """Bring the directories of the variants up to the sources, untimed."""
        for name in self.alive(recipe.command, variants):
            key = (name, recipe.command)
            if self._built.get(key) != version:
                arm = self.arms[name]
                if self._is_fine(recipe, arm, self.build(arm, recipe.command, "getting ready")):
                    self._built[key] = version

    def take_unwarmed(self, recipe: Recipe, variants: Collection[str]) -> list[str]:
        """Return the variants that have not built such a change yet, and take it that they now will.

        The first build after an edit writes incremental state that later ones only amend: it is not timed.
        """
        alive = self.alive(recipe.command, variants)
        found = [
            name for name in alive if (name, recipe.command, recipe.change) not in self._warmed
        ]
        self._warmed |= {(name, recipe.command, recipe.change) for name in found}
        return found

    def timed(self, recipe: Recipe, step: Step, *, version: int) -> Sample | None:
        """Make the build of `step` and return its sample; None where it failed.

        Raises ClockMovedError where the clock cannot be trusted: what cargo took for fresh may be wrong.
        """
        arm = self.arms[step.variant]
        clean = recipe.start is Start.CLEAN
        if clean:
            self._empty(arm.name)
            if step.scenario is Scenario.CLEAN_COLD and arm.probe is not None:
                arm.probe.prepare_cold()
        doing = f"{step.scenario} #{step.repetition}"
        reading = self.build(arm, recipe.command, doing, clean=clean)
        self._check_clock()
        if not self._is_fine(recipe, arm, reading, timed=True):
            return None
        target = self._target_dir(arm.name, clean=clean)
        if target == self._place.target_dir(arm.name):
            self._built[arm.name, recipe.command] = version
        sized = clean and step.scenario is not Scenario.CLEAN_WARM
        sample = reading.sample(
            scenario=step.scenario,
            variant=step.variant,
            repetition=step.repetition,
            target_bytes=allocated_bytes(target) if sized else None,
        )
        self.samples.append(sample)
        return sample

    def require(self, recipe: Recipe, arm: Arm, reading: Reading) -> None:
        """Raise BuildFailed unless the build worked."""
        if not reading.outcome.ok:
            raise self._failed(recipe, arm, reading).error()

    def start_over(self) -> None:
        """Throw everything built away: the clock went back, and file times in it may lie in the future."""
        for name in self.arms:
            self._empty(name)

    def build(
        self, arm: Arm, command: Command, doing: str, *more_flags: str, clean: bool = False
    ) -> Reading:
        """Do a command and report progress at the start and at each finished unit."""
        self._report(doing, arm.name, 0)
        return take_reading(
            arm,
            workspace=self._place.workspace,
            target_dir=self._target_dir(arm.name, clean=clean),
            environ=self._place.environ,
            command=command,
            flags=(*self._flags, *more_flags),
            on_unit=lambda units: self._report(doing, arm.name, units),
        )

    def forget(self, arm: Arm) -> None:
        """Take it that an arm's directory is not up to any state of the sources."""
        self._built = {key: -1 if key[0] == arm.name else at for key, at in self._built.items()}

    def _target_dir(self, variant: str, *, clean: bool) -> Path:
        place = self._place
        return place.clean_target_dir(variant) if clean else place.target_dir(variant)

    def _empty(self, variant: str) -> None:
        self._place.delete_target(variant)
        if self._place.clean_target_dir(variant) == self._place.target_dir(variant):
            self._built = {key: at for key, at in self._built.items() if key[0] != variant}
            self._warmed = {key for key in self._warmed if key[0] != variant}

    def _check_clock(self) -> None:
        before, self._moment = self._moment, clocks.now()
        moved = clocks.check(before, self._moment)
        if moved.jump_s or moved.suspended_s:
            raise ClockMovedError(moved)

    def _is_fine(self, recipe: Recipe, arm: Arm, reading: Reading, *, timed: bool = False) -> bool:
        """Whether a build worked and was what it should be; a failure is kept, or raised."""
        failure = None
        if not reading.outcome.ok:
            failure = self._failed(recipe, arm, reading)
        elif timed and recipe.compiles and not reading.outcome.units_compiled:
            failure = Failure(
                scenario=recipe.scenario,
                variant=arm.name,
                command=recipe.command,
                message=f"{recipe.scenario}, {arm.name}: nothing was compiled, so this was not that scenario",
                next_step="look whether the file system keeps times to less than a second, and whether a "
                "wrapper or a daemon answers in cargo's place",
                detail="",
            )
        if failure is None:
            return True
        if not self._keep_going:
            raise failure.error()
        self.failures.append(failure)
        return False

    def _failed(self, recipe: Recipe, arm: Arm, reading: Reading) -> Failure:
        place = self._place
        words = [
            *(f"{name}={value}" for name, value in arm.variant.env),
            " ".join(["cargo", *recipe.command]),
            *(f"--config '{setting}'" for setting in arm.variant.config),
        ]
        left_out = "".join(f"; not copied: {item.path} ({item.why})" for item in place.left_out)
        kind = (
            "the build" if recipe.command[0] == "build" else f"`cargo {' '.join(recipe.command)}`"
        )
        said = reading.outcome.other_stdout.rstrip().splitlines()[-_SHOWN_LINES:]
        return Failure(
            scenario=recipe.scenario,
            variant=arm.name,
            command=recipe.command,
            message=f"{kind} of the variant {arm.name} in {place.described} failed "
            f"(cargo exited with {reading.outcome.returncode})",
            next_step=f"see the errors; `{' '.join(words)}` should show the same{left_out}",
            detail="\n".join(part for part in ("\n".join(said), reading.outcome.rendered) if part),
        )
