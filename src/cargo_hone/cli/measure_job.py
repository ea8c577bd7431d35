"""One call of `cargo hone measure`, put together: the place, the arms, history, the session."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from cargo_hone.cache import arms, capacity
from cargo_hone.cache.sccache import Sccache
from cargo_hone.cache.trial import without_sccache
from cargo_hone.cargo.metadata import Metadata
from cargo_hone.edit.journal import Journal
from cargo_hone.events import Emit, Event, EventKind
from cargo_hone.files.walk import disk_usage
from cargo_hone.history import environment
from cargo_hone.history.database import Database
from cargo_hone.history.query import last_times
from cargo_hone.history.record import Recorder
from cargo_hone.measure import recording
from cargo_hone.measure.edited_crates import EditedCrate
from cargo_hone.measure.in_place import InPlace, in_place
from cargo_hone.measure.meter import Arm
from cargo_hone.measure.order import Measured, Order, Progress
from cargo_hone.measure.place import Place
from cargo_hone.measure.results import cells
from cargo_hone.measure.scenarios import Recipe
from cargo_hone.measure.scratch import Scratch, remove_leftovers, scratch_copy
from cargo_hone.measure.session import measure
from cargo_hone.measure.surroundings import not_in_effect
from cargo_hone.model import AnyScenario, Sample, Variant
from cargo_hone.report.measured import Outcome, disturbances
from cargo_hone.workspace.configuration import Configuration

_GUESS_BYTES_PER_PACKAGE = 10 * 10**6
_SPARE_BYTES = 200 * 10**6
_STEP = "measure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What was asked for. `budget_s` is None for a fixed number of repetitions."""

    known: Metadata
    env: Mapping[str, str]
    flags: tuple[str, ...]
    configuration: Configuration
    recipes: Mapping[AnyScenario, Recipe]
    repetitions: Mapping[AnyScenario, int]
    variants: tuple[Variant, ...]
    budget_s: float | None
    seed: int
    label: str
    command: str
    in_place: bool
    scratch_parent: Path | None
    cache_size: str

    def order(self, known_s: Mapping[AnyScenario, float]) -> Order:
        """The order for the session; `known_s` is what scenarios took in earlier runs."""
        return Order(
            repetitions=self.repetitions,
            seed=self.seed,
            recipes=self.recipes,
            budget_s=self.budget_s,
            known_s=known_s,
            keep_going=True,
            unit_times=False,
        )

    @property
    def root(self) -> Path:
        """The workspace's root."""
        return self.known.workspace_root


@dataclass(slots=True, kw_only=True)
class Running:
    """A job while it runs: what it has so far is there whenever and however it ends."""

    job: Job
    database: Database
    journal: Journal
    emit: Emit
    verbose: Callable[[str], None]
    samples: list[Sample] = field(default_factory=list)
    edited: list[EditedCrate] = field(default_factory=list)
    variants: tuple[Variant, ...] = ()
    place: str = ""
    notes: list[str] = field(default_factory=list)
    measured: Measured | None = None
    _recorder: Recorder | None = None

    def run(self) -> None:
        """Measure. Errors as those of `session.measure`, `scratch_copy` and `in_place`."""
        job = self.job
        observed = environment.observe()
        remove_leftovers(job.known.target_directory)
        with contextlib.ExitStack() as stack:
            self._tell(
                "putting the workspace in place" if job.in_place else "making the scratch copy"
            )
            place = stack.enter_context(self._place())
            made = stack.enter_context(self._arms(place))
            self.variants = tuple(arm.variant for arm in made)
            self.place = f"measured in {place.described}"

            def keep(sample: Sample) -> None:
                if self._recorder is None:
                    self._recorder = stack.enter_context(self._start(observed))
                    for edited in self.edited:
                        recording.keep_edited(self._recorder, edited)
                self._recorder.sample(sample)
                self.samples.append(sample)
                self.verbose(
                    f"{sample.scenario} #{sample.repetition}, {sample.variant}: {sample.wall_s:.2f} s"
                )

            self.measured = measure(
                place,
                made,
                job.order(last_times(self.database, variant=job.variants[0].name)),
                flags=job.flags,
                on_progress=self._progress,
                on_sample=keep,
                on_edited=self._edited,
            )
            self.notes += self.measured.notes
            if self._recorder is not None:
                for skipped in self.measured.skipped:
                    self._recorder.warning(f"{skipped.scenario} was not measured: {skipped.why}")
                for failure in self.measured.failures:
                    self._recorder.warning(f"{failure.scenario}: {failure.message}")
                for note in self.notes:
                    self._recorder.warning(note)

    def outcome(self, *, interrupted: bool) -> Outcome:
        """What there is now."""
        job, measured = self.job, self.measured
        scenarios = dict.fromkeys(sample.scenario for sample in self.samples)
        return Outcome(
            run_id=self._recorder.run_id if self._recorder is not None else 0,
            label=job.label,
            seed=job.seed,
            place=self.place,
            interrupted=interrupted,
            recipes=tuple(job.recipes[scenario] for scenario in scenarios),
            variants=self.variants,
            samples=tuple(self.samples),
            cells=cells(
                self.samples,
                self.variants,
                most_pairs=job.repetitions if job.budget_s is not None else None,
            ),
            edited=tuple(self.edited),
            skipped=measured.skipped if measured else (),
            failures=measured.failures if measured else (),
            noise=disturbances(self.samples, cores=environment.observe().cores),
            notes=tuple(self.notes),
        )

    def _place(self) -> contextlib.AbstractContextManager[Place]:
        return self._in_place() if self.job.in_place else self._scratch()

    @contextlib.contextmanager
    def _scratch(self) -> Iterator[Scratch]:
        job = self.job
        with scratch_copy(
            job.root,
            target_dir=job.known.target_directory,
            environ=without_sccache(job.env),
            room_bytes=_room_bytes(job),
            parent=job.scratch_parent,
        ) as copy:
            manifests = [p.manifest_path for p in job.known.packages.values() if p.source is None]
            notes = not_in_effect(copy.original_top, copy.top.parent, manifests=manifests)
            notes += tuple(f"not copied: {item.path} ({item.why})" for item in copy.left_out)
            for note in notes:
                self.emit(Event(kind=EventKind.NOTED, step=_STEP, message=note))
            self.notes += notes
            yield copy

    @contextlib.contextmanager
    def _in_place(self) -> Iterator[InPlace]:
        job = self.job
        place: InPlace | None = None
        try:
            with in_place(
                job.root,
                target_dir=job.known.target_directory,
                base=job.variants[0].name,
                environ=without_sccache(job.env),
                journal=self.journal,
            ) as place:
                yield place
        finally:
            for file in place.refused if place is not None else ():
                message = f"{file.path} was not put back: {file.reason}"
                self.emit(Event(kind=EventKind.NOTED, step=_STEP, message=message))

    def _arms(self, place: Place) -> contextlib.AbstractContextManager[tuple[Arm, ...]]:
        job = self.job
        cached = any(variant.cached for variant in job.variants)
        engine = Sccache().locate(job.env) if cached else None
        return arms.arms(
            job.variants,
            place=place.builds_dir,
            environ=place.environ,
            engine=engine.path if engine else None,
            capacity=capacity.parse(job.cache_size),
        )

    def _start(self, observed: environment.Environment) -> Recorder:
        """Begin the run in history: with the first sample, so that one which never came that far leaves none."""
        job = self.job
        recorder = recording.start(
            self.database,
            root=job.root,
            env=job.env,
            variants=self.variants,
            label=job.label,
            seed=job.seed,
            observed=observed,
        )
        recording.keep_settings(
            recorder,
            command=job.command,
            place=self.place,
            recipes=[job.recipes[scenario] for scenario in job.repetitions],
            configuration=job.configuration,
            root=job.root,
        )
        return recorder

    def _edited(self, edited: EditedCrate) -> None:
        self.edited.append(edited)
        if self._recorder is not None:
            recording.keep_edited(self._recorder, edited)
        users = ", ".join(edited.used_by)
        self._tell(f"{users}: edits fn {edited.function} in {edited.path} ({edited.why})")

    def _progress(self, progress: Progress) -> None:
        units = f": {progress.units} units" if progress.units else ""
        self.emit(
            Event(
                kind=EventKind.PROGRESS,
                step=_STEP,
                message=f"{progress.doing}, {progress.variant}{units}",
                expected_s=progress.remaining_s,
            )
        )

    def _tell(self, message: str) -> None:
        self.emit(Event(kind=EventKind.STARTED, step=_STEP, message=message))


def marked(variants: Sequence[Variant], configuration: Configuration) -> tuple[Variant, ...]:
    """Return the variants, those marked that build through a compiler cache."""
    return tuple(replace(one, cached=arms.is_cached(one, configuration)) for one in variants)


def _room_bytes(job: Job) -> int:
    built = disk_usage(job.known.target_directory / "debug").allocated_bytes
    guess = _GUESS_BYTES_PER_PACKAGE * len(job.known.packages)
    return len(job.variants) * max(built, guess) + _SPARE_BYTES
