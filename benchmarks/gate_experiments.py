"""Runs of a pipeline with known truth, judged by the functions that `ci gate` judges with."""

import math
from dataclasses import dataclass
from functools import partial
from random import Random

from benchmarks.simulation import Experiment, Figure
from cargo_hone.measure.base_history import Run, against_history, needs_proof
from cargo_hone.measure.change_point import Change, changes, worse_since
from cargo_hone.measure.gate_budget import (
    ALLOWED,
    GATE_LOOKS,
    GateKind,
    allowed_growth,
    free_budget,
    paired_budget,
    size_budget,
    still_paid,
)

WORSE = 1.25
SAMPLES = 3
"""Builds in each run of the base, and of head before any pairs."""
SIZE_NOISE = 0.005
NEIGHBOUR = 1.3
"""How much slower a whole job is beside a busy neighbour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """The truth: noise within a job and between jobs (deviations of logarithms), how many runs the base has.

    `neighbours` is the chance of a job beside a busy neighbour, `kinds` of a job on another kind of machine.
    """

    runs: int = 20
    within: float = 0.05
    between: float = 0.05
    neighbours: float = 0.0
    other_kind: float = 0.0

    def job(self, generator: Random) -> tuple[str, float]:
        """The kind of the machine and how slow the job is on it."""
        slow = math.exp(generator.gauss(0.0, self.between))
        if self.neighbours and generator.random() < self.neighbours:
            slow *= NEIGHBOUR
        if self.other_kind and generator.random() < self.other_kind:
            return "other", slow * NEIGHBOUR
        return "usual", slow

    def times(self, generator: Random, mean_s: float, count: int) -> list[float]:
        """Times within a job, in seconds."""
        return [mean_s * math.exp(generator.gauss(0.0, self.within)) for _ in range(count)]

    def run(self, generator: Random, ratio: float) -> Run:
        """One job of `SAMPLES` builds."""
        machine, slow = self.job(generator)
        times = self.times(generator, 100.0 * slow * ratio, SAMPLES)
        return Run(machine=machine, times_s=tuple(times))

    def shares(self, generator: Random, ratio: float) -> Run:
        """The same for what a cache leaves to pay, of builds that take half the time with it."""
        machine, slow = self.job(generator)
        cold = self.times(generator, 100.0 * slow, SAMPLES)
        warm = self.times(generator, 50.0 * slow * ratio, SAMPLES)
        return Run(machine=machine, times_s=tuple(still_paid(cold, warm)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the gate said of one budget on times, and how many pairs it built for that."""

    failed: bool
    pairs: int


def pairs_of(
    generator: Random, pipeline: Pipeline, *, ratio: float, cached: bool, allowed: float = ALLOWED
) -> Outcome:
    """Base and head side by side in one job, look by look, until the budget is decided."""
    _, slow = pipeline.job(generator)
    most = GATE_LOOKS[-1]

    def builds(mean_s: float) -> list[float]:
        return pipeline.times(generator, mean_s * slow, most)

    if cached:
        base = still_paid(builds(100.0), builds(50.0))
        head = still_paid(builds(100.0), builds(50.0 * ratio))
    else:
        base, head = builds(100.0), builds(100.0 * ratio)
    for look in GATE_LOOKS:
        found = paired_budget(base[:look], head[:look], allowed=allowed)
        if found.kind is not GateKind.INCONCLUSIVE:
            return Outcome(failed=found.kind is GateKind.FAIL, pairs=look)
    return Outcome(failed=False, pairs=most)


def budget(
    generator: Random, pipeline: Pipeline, *, ratio: float, cached: bool
) -> tuple[bool, Outcome]:
    """History first, then pairs where that shows no pass: whether pairs were asked for, and what came of it."""
    one = pipeline.shares if cached else pipeline.run
    history = [one(generator, 1.0) for _ in range(pipeline.runs)]
    allowed = ALLOWED
    if cached:
        allowed = allowed_growth([share for run in history for share in run.times_s], ALLOWED)
    if not needs_proof(against_history(history, one(generator, ratio), allowed=allowed)):
        return False, Outcome(failed=False, pairs=0)
    return True, pairs_of(generator, pipeline, ratio=ratio, cached=cached, allowed=allowed)


def size_fails(generator: Random, pipeline: Pipeline, *, ratio: float) -> bool:
    """The budget of bytes against the runs of the base."""
    base = [round(1e9 * math.exp(generator.gauss(0.0, SIZE_NOISE))) for _ in range(pipeline.runs)]
    now = round(1e9 * ratio * math.exp(generator.gauss(0.0, SIZE_NOISE)))
    return size_budget(base, now).kind is GateKind.FAIL


def free_fails(generator: Random, *, ratio: float) -> bool:
    """The budget of free disk: of 30 GB the build takes 20, of the 10 that are left 6 are wanted."""
    taken = 20e9 * ratio * math.exp(generator.gauss(0.0, SIZE_NOISE))
    return free_budget(round(30e9 - taken), 6_000_000_000).kind is GateKind.FAIL


def gate(generator: Random, *, pipeline: Pipeline) -> tuple[float, ...]:
    """A pull request that makes nothing worse, and one that makes each thing worse by a quarter."""
    asked, clean = budget(generator, pipeline, ratio=1.0, cached=False)
    _, incremental = budget(generator, pipeline, ratio=1.0, cached=False)
    _, cache = budget(generator, pipeline, ratio=1.0, cached=True)
    alarms = [
        clean.failed,
        incremental.failed,
        cache.failed,
        size_fails(generator, pipeline, ratio=1.0),
        free_fails(generator, ratio=1.0),
    ]
    return (
        float(any(alarms)),
        float(budget(generator, pipeline, ratio=WORSE, cached=False)[1].failed),
        float(budget(generator, pipeline, ratio=WORSE, cached=True)[1].failed),
        float(size_fails(generator, pipeline, ratio=WORSE) and free_fails(generator, ratio=WORSE)),
        float(asked),
        float(clean.pairs) if asked else math.nan,
    )


def history_alone(generator: Random, *, pipeline: Pipeline) -> tuple[float, ...]:
    """The verdicts by history alone: a false alarm, a quarter found, a pass for what is not worse."""
    history = [pipeline.run(generator, 1.0) for _ in range(pipeline.runs)]
    same = against_history(history, pipeline.run(generator, 1.0)).kind
    worse = against_history(history, pipeline.run(generator, WORSE)).kind
    return (
        float(same is GateKind.FAIL),
        float(worse is GateKind.FAIL),
        float(same is GateKind.PASS),
    )


def change(
    generator: Random, *, runs: int, at: int, ratio: float, neighbours: float
) -> tuple[float, ...]:
    """A row of runs that gets worse at one of them (0: at none): said so; that very run; the range holds it."""
    pipeline = Pipeline(neighbours=neighbours)
    times = []
    for number in range(runs):
        _, slow = pipeline.job(generator)
        times.append(100.0 * slow * (ratio if at and number >= at else 1.0))
    if not at:
        return float(bool(changes(times))), math.nan, math.nan
    found: Change | None = worse_since(times)
    if found is None:
        return 0.0, math.nan, math.nan
    return 1.0, float(found.first == at), float(found.earliest <= at <= found.latest)


_CALM = Pipeline(within=0.02, between=0.02)
_USUAL = Pipeline()
_NEIGHBOURS = Pipeline(neighbours=0.05)
_KINDS = Pipeline(other_kind=0.3)
_ROUGH = Pipeline(within=0.05, between=0.25)
_LOUD = Pipeline(within=0.10, between=0.10)


def _gate() -> list[Experiment]:
    lines = (
        ("noise in a job 2%, between jobs 2%", _CALM, True),
        ("5%, 5%", _USUAL, True),
        ("5%, 5%, one job in twenty 30% slower", _NEIGHBOURS, True),
        ("5%, 5%, three jobs in ten on another machine", _KINDS, True),
        ("5%, 25%", _ROUGH, True),
        ("10%, 10%", _LOUD, False),
    )
    return [
        Experiment(
            section="The gate: history of 20 runs first, then up to ten pairs (`against_history`, `paired_budget`)",
            line=line,
            figures=(
                Figure(name="false alarm of any budget", at_most=0.005),
                Figure(name="time +25% found", at_least=0.95 if promised else None),
                Figure(name="cache saves 25% less, found", at_least=0.95 if promised else None),
                Figure(name="bytes +25% found", at_least=0.95),
                Figure(name="pairs asked for"),
                Figure(name="and built", percent=False),
            ),
            trial=partial(gate, pipeline=pipeline),
        )
        for line, pipeline, promised in lines
    ]


def _history() -> list[Experiment]:
    lines = (
        ("8 runs, in a job 3%, between jobs 2%", Pipeline(runs=8, within=0.03, between=0.02)),
        ("20 runs, 3%, 2%", Pipeline(within=0.03, between=0.02)),
        ("20 runs, 5%, 5%", _USUAL),
        ("20 runs, 5%, 10%", Pipeline(between=0.10)),
        (
            "20 runs, 3%, 2%, one job in twenty 30% slower",
            Pipeline(within=0.03, between=0.02, neighbours=0.05),
        ),
    )
    return [
        Experiment(
            section="One budget by the history alone (`against_history`)",
            line=line,
            figures=(
                Figure(name="false alarm", at_most=None if pipeline.neighbours else 0.003),
                Figure(
                    name="+25% found",
                    at_least=0.95 if pipeline.between == 0.02 and not pipeline.neighbours else None,
                ),
                Figure(name="pass where nothing is worse"),
            ),
            trial=partial(history_alone, pipeline=pipeline),
        )
        for line, pipeline in lines
    ]


def _changes() -> list[Experiment]:
    lines = (
        ("20 runs, no change", 20, 0, 1.0, 0.0),
        ("20 runs, no change, one job in twenty 30% slower", 20, 0, 1.0, 0.05),
        ("20 runs, +25% from the 11th on", 20, 10, WORSE, 0.0),
        ("20 runs, +25% from the 16th on", 20, 15, WORSE, 0.0),
        ("20 runs, +10% from the 11th on", 20, 10, 1.1, 0.0),
        ("20 runs, +25% from the 11th on, one job in twenty 30% slower", 20, 10, WORSE, 0.05),
    )
    return [
        Experiment(
            section="Since when it is worse (`change_point`), noise between jobs 5 %",
            line=line,
            figures=(
                Figure(name="a change is found", at_most=None if at else 0.01),
                Figure(name="at that very run"),
                Figure(name="the range holds it"),
            ),
            trial=partial(change, runs=runs, at=at, ratio=ratio, neighbours=neighbours),
        )
        for line, runs, at, ratio, neighbours in lines
    ]


EXPERIMENTS = (*_gate(), *_history(), *_changes())
