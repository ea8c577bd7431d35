"""One search for what pays, from the look at the workspace to the verdicts; nothing of the user's is written.

The story: which levers apply, a scratch copy, a warm-up, then round after round what the search asks for; when that
knows enough, one more edit of each kind says what bounds it now.
"""

import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from cargo_hone.cache.capacity import Capacity
from cargo_hone.cache.sccache import Sccache
from cargo_hone.cache.trial import without_engines
from cargo_hone.errors import HoneError
from cargo_hone.events import Emit, Event, EventKind
from cargo_hone.files.walk import disk_usage
from cargo_hone.history import environment
from cargo_hone.history.database import Database
from cargo_hone.history.record import Recorder
from cargo_hone.history.run import FactKey
from cargo_hone.history.stored import utc_now
from cargo_hone.levers.interface import Context, Lever, Nightly
from cargo_hone.measure import recording
from cargo_hone.measure.meter import Arm
from cargo_hone.measure.scenarios import BUILT_IN
from cargo_hone.measure.scratch import Scratch, remove_leftovers, scratch_copy
from cargo_hone.measure.variants import BASE
from cargo_hone.model import AnyScenario, Sample
from cargo_hone.settings.model import Tune
from cargo_hone.tune import candidates, result
from cargo_hone.tune.arms import make_arm
from cargo_hone.tune.bench import Bench
from cargo_hone.tune.bound import Bound
from cargo_hone.tune.bounding import BOUNDED, bounds
from cargo_hone.tune.fate import Ask, levers_of
from cargo_hone.tune.result import Tuned
from cargo_hone.tune.screening import Rules
from cargo_hone.tune.search import Search
from cargo_hone.workspace import facts, revision
from cargo_hone.workspace.facts import WorkspaceFacts
from cargo_hone.workspace.revision import Revision

LABEL = "tune"
_STEP = "tune"
_GUESS_BYTES_PER_PACKAGE = 10 * 10**6
_SPARE_BYTES = 200 * 10**6
_QUICK_LOOKS = (2, 4)
_BOUNDING_SHARE = 0.06
"""Of a clean build, for each edit that is looked into at the end, twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked for. `scenarios` in the order in which they are named; `margin` is a ratio (0.05)."""

    manifest: Path
    env: Mapping[str, str]
    flags: tuple[str, ...]
    levers: tuple[Lever, ...]
    scenarios: tuple[AnyScenario, ...]
    settings: Tune
    margin: float
    capacity: Capacity
    budget_s: float
    seed: int
    command: str
    quick: bool = False
    scratch_parent: Path | None = None
    nightly: Nightly | None = None


@dataclass(slots=True, kw_only=True)
class Tuning:
    """A search while it runs: what it has so far is there whenever and however it ends."""

    request: Request
    database: Database
    emit: Emit
    verbose: Callable[[str], None]
    search: Search | None = None
    samples: list[Sample] = field(default_factory=list)
    _facts: WorkspaceFacts | None = None
    _field: candidates.Field | None = None
    _at: Revision | None = None
    _bounds: tuple[Bound, ...] = ()
    _started_s: float = field(default_factory=time.monotonic)

    def run(self) -> Tuned:
        """Search. Errors as those of `workspace.facts.look`, `scratch_copy` and `Bench`."""
        request = self.request
        known = facts.look(request.manifest, env=request.env, flags=request.flags)
        context = Context(
            facts=known,
            capacity=request.capacity,
            engine=Sccache().locate(request.env),
            nightly=request.nightly,
        )
        self._facts, self._at = known, revision.read(known.root, env=known.env)
        self._field = candidates.field(request.levers, context, scenarios=request.scenarios)
        for caution in self._field.cautions:
            self.emit(Event(kind=EventKind.NOTED, step=_STEP, message=caution))
        if self._field.tried:
            self._search(known, context, self._field)
        return self.tuned(interrupted=False)

    def tuned(self, *, interrupted: bool) -> Tuned:
        """What there is now. Raises RuntimeError before the workspace was looked at."""
        if self._facts is None or self._field is None:
            raise RuntimeError("nothing was looked at yet")
        search, request = self.search, self.request
        complete = search is not None and not interrupted
        return Tuned(
            root=self._facts.root,
            commit=self._at.commit if self._at is not None else None,
            rustc=self._facts.toolchain.rustc,
            cargo=self._facts.toolchain.cargo,
            seed=request.seed,
            when=utc_now(),
            kept=search.chosen if search is not None and complete else (),
            levers=result.verdicts(search, self._field, request.levers),
            confirmed=result.confirmations(search) if search is not None and complete else (),
            bounds=self._bounds,
            notes=(*self._field.cautions, *(search.notes if search is not None else ())),
            saved_a_day_s=result.saved_s(search) if search is not None and complete else 0.0,
            margin=request.margin,
            budget_s=request.budget_s,
            elapsed_s=self.elapsed_s,
            builds=len(self.samples),
            interrupted=interrupted,
        )

    @property
    def elapsed_s(self) -> float:
        """How long it has run."""
        return time.monotonic() - self._started_s

    def _search(self, known: WorkspaceFacts, context: Context, tried: candidates.Field) -> None:
        request = self.request
        observed = environment.observe()
        remove_leftovers(known.target_dir)
        self._tell(EventKind.STARTED, "making the scratch copy")
        with (
            scratch_copy(
                known.root,
                target_dir=known.target_dir,
                environ=without_engines(known.env),
                room_bytes=_room_bytes(known, len(tried.tried)),
                parent=request.scratch_parent,
            ) as scratch,
            contextlib.ExitStack() as stack,
        ):
            by_name = {lever.name: lever for lever in tried.tried}
            arms: dict[str, Arm] = {}

            def make(name: str) -> Arm:
                chosen = [by_name[one] for one in levers_of(name)]
                arms[name] = make_arm(name, chosen, scratch=scratch, context=context, stack=stack)
                if name != BASE:
                    recorder.variant(arms[name].variant)
                return arms[name]

            base = make(BASE)
            recorder = stack.enter_context(self._recorder(known, base, observed))
            self._measure(scratch, base, make, recorder, tried)

    def _recorder(
        self, known: WorkspaceFacts, base: Arm, observed: environment.Environment
    ) -> Recorder:
        request = self.request
        recorder = recording.start(
            self.database,
            root=known.root,
            env=known.env,
            variants=[base.variant],
            label=LABEL,
            seed=request.seed,
            observed=observed,
        )
        recording.keep_settings(
            recorder,
            command=request.command,
            place="measured in the scratch copy",
            recipes=[BUILT_IN[scenario] for scenario in request.scenarios],
            configuration=known.configuration,
            root=known.root,
        )
        return recorder

    def _measure(
        self,
        scratch: Scratch,
        base: Arm,
        make: Callable[[str], Arm],
        recorder: Recorder,
        tried: candidates.Field,
    ) -> None:
        request = self.request

        def keep(sample: Sample) -> None:
            recorder.sample(sample)
            self.samples.append(sample)
            self.verbose(
                f"{sample.scenario} #{sample.repetition}, {sample.variant}: {sample.wall_s:.2f} s"
            )

        bench = Bench(
            scratch,
            base,
            scenarios=request.scenarios,
            flags=request.flags,
            make=make,
            on_sample=keep,
            report=self._progress,
        )
        clean_s = bench.warm_up()
        cached = any(one.cached for one in tried.candidates)
        edits = sum(1 for scenario in request.scenarios if scenario in BOUNDED)
        usual = Rules(
            weights=candidates.weights(request.scenarios, request.settings, cached=cached),
            margin=request.margin,
        )
        self.search = Search(
            candidates=tried.candidates,
            rules=replace(usual, looks=_QUICK_LOOKS) if request.quick else usual,
            budget_s=request.budget_s - edits * 2.0 * _BOUNDING_SHARE * clean_s,
            clean_s=clean_s,
            seed=request.seed,
        )
        for scenario, why in bench.choose_edits().items():
            self.search.leave_out(scenario, why)
        for edited in bench.edited:
            recording.keep_edited(recorder, edited)
        while (one := self.search.ask(self.elapsed_s)) is not None:
            self._round(bench, one)
        for note in self.search.notes:
            recorder.warning(note)
        recorder.fact(FactKey.APPLIED, BASE)
        self._bounds = bounds(bench, self.search)

    def _round(self, bench: Bench, one: Ask) -> None:
        search = self.search
        if search is None:
            raise RuntimeError("a round without a search")
        try:
            points, failed = bench.run(one)
        except HoneError as error:
            # An arm that cannot even be made is no end of the search; the base's own failures are.
            culprit = next((arm for arm in one.arms if arm not in bench.builds.arms), None)
            if culprit is None:
                raise
            points, failed = (), {culprit: error.message}
        search.told(one, points, failed=failed)

    def _progress(self, doing: str, variant: str, units: int) -> None:
        search = self.search
        text = f"{search.stage}: " if search is not None else ""
        counted = f": {units} units" if units else ""
        left_s = max(0.0, self.request.budget_s - self.elapsed_s)
        self.emit(
            Event(
                kind=EventKind.PROGRESS,
                step=_STEP,
                message=f"{text}{doing}, {variant}{counted}",
                expected_s=left_s if search is not None else None,
            )
        )

    def _tell(self, kind: EventKind, message: str) -> None:
        self.emit(Event(kind=kind, step=_STEP, message=message))


def _room_bytes(known: WorkspaceFacts, levers: int) -> int:
    built = disk_usage(known.target_dir / "debug").allocated_bytes
    guess = _GUESS_BYTES_PER_PACKAGE * len(known.metadata.packages)
    return (levers + 1) * max(built, guess) + _SPARE_BYTES
