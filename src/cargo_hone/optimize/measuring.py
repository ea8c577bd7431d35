"""The measurements in the scratch copy, and what follows from them."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from cargo_hone.cache.trial import without_engines
from cargo_hone.errors import HoneError
from cargo_hone.events import Emit, Event, EventKind
from cargo_hone.history.record import Recorder
from cargo_hone.history.run import FactKey, SharedTarget
from cargo_hone.levers.interface import Lever
from cargo_hone.levers.shared_target import separate
from cargo_hone.measure import noise
from cargo_hone.measure.meter import Arm
from cargo_hone.measure.order import Measured, Order, Progress
from cargo_hone.measure.scratch import Scratch, scratch_copy
from cargo_hone.measure.session import measure
from cargo_hone.model import AnyScenario, LeverOutcome, Sample, Scenario, Standing, Variant
from cargo_hone.optimize import bound, handover, preflight, rivals, steps, trials
from cargo_hone.optimize.bound import Bound
from cargo_hone.optimize.decision import ALL, BASE, CACHE_ONLY, KEPT, Decision, decide
from cargo_hone.optimize.proposal import Proposal
from cargo_hone.optimize.rivals import RivalArm
from cargo_hone.optimize.sharing import measure_sharing
from cargo_hone.report.sharing import shared_target_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the measurements showed."""

    decision: Decision
    shared: SharedTarget | None
    bounds: tuple[Bound, ...]

    @property
    def shares(self) -> bool:
        """Whether the excluded packages build into the workspace's target from now on."""
        return any(lever.step == "target_dir" for lever in self.decision.kept)


def measure_and_decide(
    proposal: Proposal, *, recorder: Recorder, emit: Emit, clean_s: float
) -> Found:
    """Measure the columns side by side, then say which levers pay. Samples go to history as they come."""
    facts, request = proposal.facts, proposal.request
    emit(Event(kind=EventKind.STARTED, step="metrics", message="making the scratch copy"))
    with scratch_copy(
        facts.root,
        target_dir=facts.target_dir,
        environ=without_engines(facts.env),
        room_bytes=preflight.scratch_bytes(proposal),
        parent=request.scratch_parent,
    ) as scratch:
        columns = _columns(proposal.tried)
        trying = _Trying(proposal, scratch=scratch, recorder=recorder, emit=emit, clean_s=clean_s)
        with (
            trials.arms(columns, scratch=scratch, context=proposal.context) as arms,
            rivals.rival_arms(proposal, scratch=scratch) as beside,
        ):
            # Rivals stand before what may be kept: the last column is what the table's verdicts are about.
            trying.record(arms[0].variant, *(one.recorded for one in beside))
            measured = trying.session(arms, offset=0)
            trying.note(measured)
            shared = _shared(proposal, scratch=scratch, arm=arms[-1])
            if shared is not None:
                recorder.shared_target(shared)
            decision = decide(
                trying.samples,
                proposal.tried,
                shared_saving_bytes=shared.saved_bytes if shared else None,
                shared_evidence=shared_target_text(shared) if shared else "",
            )
            trying.rivals(beside, arms)
            kept = [lever for lever in decision.kept if lever.step != "target_dir"]
            measured_as = [name for name, levers in columns.items() if list(levers) == kept]
            for arm in arms:
                if arm.name in measured_as:
                    handover.hand_over(arm, proposal, emit)
        recorder.fact(FactKey.APPLIED, (measured_as or [KEPT])[0] if kept else BASE)
        if kept and not measured_as:
            # What stays was not measured as such: its own column, against the baseline.
            with trials.arms(
                {BASE: (), KEPT: kept}, scratch=scratch, context=proposal.context
            ) as arms:
                trying.session(arms, offset=1000)
    steps.finished("metrics", f"{len(trying.samples)} builds were measured", emit=emit)
    return Found(decision=decision, shared=shared, bounds=_bounds(measured))


def _columns(levers: Sequence[Lever]) -> Mapping[str, Sequence[Lever]]:
    measured = [lever for lever in levers if lever.step != "target_dir"]
    cache = [lever for lever in measured if lever.step == "sccache"]
    content = {BASE: [], CACHE_ONLY: cache, ALL: measured}
    return {name: content[name] for name in trials.variant_names(levers)}


def _shared(proposal: Proposal, *, scratch: Scratch, arm: Arm) -> SharedTarget | None:
    settled = {outcome.name: outcome for outcome in proposal.settled}
    if "shared-target" in settled:
        return _without_measuring(settled["shared-target"], proposal)
    return measure_sharing(proposal.facts, scratch=scratch, arm=arm, flags=proposal.request.flags)


def _without_measuring(outcome: LeverOutcome, proposal: Proposal) -> SharedTarget:
    names = tuple(package.name for package in proposal.facts.excluded if not package.problem)
    already = outcome.standing is Standing.ALREADY
    return SharedTarget(
        standing=outcome.standing,
        evidence=outcome.reason,
        packages=names if already and not separate(proposal.facts) else (),
    )


def _bounds(measured: Measured) -> tuple[Bound, ...]:
    found = (
        bound.find(timed.scenario.value.replace("-", " "), timed.units, wall_s=timed.wall_s)
        for timed in measured.timed
    )
    return tuple(one for one in found if one is not None)


class _Trying:
    """Sessions of one run: their samples go to the history and are kept for the decision."""

    def __init__(
        self,
        proposal: Proposal,
        *,
        scratch: Scratch,
        recorder: Recorder,
        emit: Emit,
        clean_s: float,
    ) -> None:
        self.proposal = proposal
        self.scratch = scratch
        self.recorder = recorder
        self.emit = emit
        self.clean_s = clean_s
        self.samples: list[Sample] = []
        self.recorded: set[str] = set()

    def record(self, *variants: Variant) -> None:
        """Make these the next columns, each once."""
        for variant in variants:
            if variant.name not in self.recorded:
                self.recorded.add(variant.name)
                self.recorder.variant(variant)

    def session(self, arms: Sequence[Arm], *, offset: int) -> Measured:
        """Measure these arms as the request wants it; `offset` keeps the repetitions of two sessions apart."""
        request = self.proposal.request
        order = Order(
            repetitions=trials.repetitions(
                quick=request.quick,
                budget_s=request.budget_s,
                clean_s=self.clean_s,
                variants=len(arms),
            ),
            seed=request.seed + offset,
            clean_s=self.clean_s,
            cold_at_most=trials.QUICK_COLD_AT_MOST if request.quick else {},
        )
        return self._measured(arms, order, offset=offset)

    def rivals(self, beside: Sequence[RivalArm], arms: Sequence[Arm]) -> None:
        """Measure the rivals against the baseline and the default, and note what came of it.

        No failure of theirs ends the job.
        """
        if not beside:
            return
        request = self.proposal.request
        needed_s = rivals.expected_s(self.clean_s, len(beside))
        if needed_s > request.budget_s:
            self.recorder.warning(
                f"the rivals of sccache were not measured: that may take {needed_s / 60:.0f} minutes, and --budget"
                f" is {request.budget_s / 60:.0f}"
            )
            return
        order = rivals.order(seed=request.seed, clean_s=self.clean_s, quick=request.quick)
        ours = [arm for arm in arms if arm.name in {BASE, CACHE_ONLY}]
        try:
            measured = self._measured(
                [*ours, *(one.arm for one in beside)], order, offset=rivals.OFFSET
            )
        except HoneError as error:
            self.recorder.warning(f"the rivals of sccache were not measured: {error.message}")
            return
        for note in rivals.judge(measured, [one.rival for one in beside]):
            self.recorder.warning(note)
            self.emit(Event(kind=EventKind.MEASURED, step="metrics", message=note))

    def _measured(self, arms: Sequence[Arm], order: Order, *, offset: int) -> Measured:
        self.record(*(arm.variant for arm in arms))
        measured = measure(
            self.scratch,
            arms,
            order,
            flags=self.proposal.request.flags,
            on_progress=self._progress,
            on_sample=lambda sample: self._keep(sample, offset),
        )
        for finding in noise.judge(measured.samples, cores=os.cpu_count() or 1):
            self.recorder.warning(str(finding))
        return measured

    def _keep(self, sample: Sample, offset: int) -> None:
        numbered = replace(sample, repetition=sample.repetition + offset)
        self.samples.append(numbered)
        self.recorder.sample(numbered)
        text = f"{sample.scenario} #{sample.repetition}, {sample.variant}: {sample.wall_s:.1f} s"
        self.emit(Event(kind=EventKind.MEASURED, step="metrics", message=text))

    def _progress(self, progress: Progress) -> None:
        self.emit(
            Event(
                kind=EventKind.PROGRESS,
                step="metrics",
                message=f"measuring {progress.doing}, {progress.variant}: {progress.units} units",
                expected_s=progress.remaining_s,
            )
        )

    def note(self, measured: Measured) -> None:
        """Keep what was edited, and say what could not be measured."""
        keys: Mapping[AnyScenario, FactKey] = {
            Scenario.EDIT_ROOT: FactKey.EDIT_ROOT,
            Scenario.EDIT_LEAF: FactKey.EDIT_LEAF,
        }
        for edited in measured.edited:
            self.recorder.fact(keys[edited.scenario], edited.member)
            self.recorder.fact(
                f"{edited.scenario} edits",
                f"function {edited.function} in {edited.path}: {edited.why}",
            )
        for skipped in measured.skipped:
            self.recorder.warning(f"{skipped.scenario} was not measured: {skipped.why}")
