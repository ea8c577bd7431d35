"""The gate: budgets held against what the base branch's history shows. Nothing is built here."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from cargo_hone.ci import gate_sizes
from cargo_hone.ci.gate_judged import Budget, GateResult, Judged, Shown, Unit
from cargo_hone.ci.gate_known import Known, comparable, unmeasured
from cargo_hone.ci.gate_runs import GateRuns
from cargo_hone.ci.gate_since import Valued, worse_from
from cargo_hone.history.course import Point
from cargo_hone.measure.base_history import Run, against_history
from cargo_hone.measure.change_point import worse_since
from cargo_hone.measure.gate_budget import GateKind, allowed_growth, still_paid, unknown
from cargo_hone.measure.statistics import is_possible
from cargo_hone.model import Scenario
from cargo_hone.quantity import parse_share
from cargo_hone.report import figures
from cargo_hone.settings.model import Gate

_OFF = "off"


def judge(
    runs: GateRuns, points: Sequence[Point], settings: Gate, *, target_dir: Path
) -> GateResult:
    """Judge every budget by history, and the disk as it is now. `points` are those of all runs in `runs`.

    Raises UsageProblem for a limit that is none.
    """
    judged: list[Judged] = []
    off: list[tuple[Budget, str]] = []
    limits = {
        Budget.CLEAN: settings.clean,
        Budget.INCREMENTAL: settings.incremental,
        Budget.TARGET: settings.target,
        Budget.CACHE_SAVED: settings.cache_saved,
        Budget.FREE_DISK: settings.free_disk,
    }
    known = Known(runs, points)
    for budget, limit in limits.items():
        if limit == _OFF:
            off.append((budget, "off"))
            continue
        match budget:
            case Budget.CLEAN | Budget.INCREMENTAL:
                judged.append(_times(budget, limit, known))
            case Budget.TARGET:
                judged.append(gate_sizes.target(limit, known, target_dir))
            case Budget.CACHE_SAVED:
                saved = _cache_saved(limit, known)
                if saved is None:
                    off.append((budget, "no build with a compiler cache was measured"))
                else:
                    judged.append(saved)
            case Budget.FREE_DISK:
                judged.append(gate_sizes.free_disk(limit, target_dir))
    return GateResult(runs=runs, judged=tuple(judged), off=tuple(off), notes=runs.notes)


def incremental_scenario(points: Sequence[Point], head_id: int) -> Scenario:
    """Return the scenario that stands for incremental builds: the root's edit, else the leaf's where only that is."""
    measured = {point.scenario for point in points if point.run.id == head_id}
    only_leaf = Scenario.EDIT_ROOT not in measured and Scenario.EDIT_LEAF in measured
    return Scenario.EDIT_LEAF if only_leaf else Scenario.EDIT_ROOT


def _times(budget: Budget, limit: str, known: Known) -> Judged:
    head = known.runs.head
    scenario: Scenario = Scenario.CLEAN_COLD
    if budget is Budget.INCREMENTAL and head is not None:
        scenario = incremental_scenario(known.points, head.id)
    base, way, now = known.row(known.of(scenario))
    if now is None:
        return unmeasured(budget, limit, Unit.SECONDS)
    values = {point.run.id: point.times_s for point in (*base, *way, now)}
    return _by_history(
        budget, limit, (base, way, now), values, allowed=parse_share(limit), unit=Unit.SECONDS
    )


def _by_history(
    budget: Budget,
    limit: str,
    row: tuple[list[Point], list[Point], Point],
    values: Mapping[int, Sequence[float]],
    *,
    allowed: float,
    unit: Unit,
) -> Judged:
    """Judge head's values against base's, run for run; `values` has them by the id of the run."""
    base, way, now = row
    kind = comparable(now)

    def valued(points: Sequence[Point]) -> list[Valued]:
        return [
            Valued(run=point.run, value=median(times))
            for point in points
            if comparable(point) == kind
            and (times := [value for value in values[point.run.id] if is_possible(value)])
        ]

    earlier = [Run(machine=comparable(one), times_s=tuple(values[one.run.id])) for one in base]
    verdict = against_history(
        earlier, Run(machine=kind, times_s=tuple(values[now.run.id])), allowed=allowed
    )
    before, between, heads = valued(base), valued(way), valued([now])
    middle = median(one.value for one in before[-_RECENT:]) if before else None
    since, note = None, ""
    most = middle * (1.0 + allowed) if middle is not None else None
    # Also where history does not show it: the proof may.
    if heads and verdict.kind is not GateKind.PASS and most is not None and heads[0].value > most:
        since = worse_from(before, between, heads[0], most=most, fork=_last_commit(before))
    if (grown := worse_since([one.value for one in before])) is not None:
        first = before[grown.first].run.commit or "a run without a commit"
        note = f"base itself is worse since {first[:12]}: {figures.change((grown.ratio - 1) * 100)}"
    return Judged(
        budget=budget,
        limit=limit,
        verdict=verdict,
        shown=Shown.HISTORY,
        unit=unit,
        base=middle,
        head=heads[0].value if heads else None,
        since=since,
        note=note,
    )


_RECENT = 8
"""Runs of base whose middle is shown as what base takes."""


def _last_commit(before: Sequence[Valued]) -> str | None:
    return before[-1].run.commit if before else None


def _cache_saved(limit: str, known: Known) -> Judged | None:
    """Judge what is paid in spite of the cache; None where head was not measured with one."""
    head = known.runs.head
    variant = next(iter(head.cached), None) if head is not None else None
    if variant is None:
        return None
    cold, warm = known.of(Scenario.CLEAN_COLD, variant), known.of(Scenario.CLEAN_WARM, variant)
    base, way, now = known.row(cold)
    if now is None or now.run.id not in warm:
        return None
    base = [point for point in base if point.run.id in warm]
    way = [point for point in way if point.run.id in warm]
    shares = {point.run.id: _shares(point, warm[point.run.id]) for point in (*base, *way, now)}
    kind = comparable(now)
    there = [share for p in base if comparable(p) == kind for share in shares[p.run.id]]
    try:
        allowed = allowed_growth(there, parse_share(limit))
    except ValueError:
        why = "the base's cache saves nothing that could be lost" if there else _NO_BASE
        return Judged(
            budget=Budget.CACHE_SAVED,
            limit=limit,
            verdict=unknown(why),
            shown=Shown.HISTORY,
            unit=Unit.SHARE,
        )
    return _by_history(
        Budget.CACHE_SAVED, limit, (base, way, now), shares, allowed=allowed, unit=Unit.SHARE
    )


_NO_BASE = "no comparable run of the base has measured the cache"


def _shares(cold: Point, warm: Point) -> list[float]:
    before = dict(zip(cold.repetitions, cold.times_s, strict=True))
    after = dict(zip(warm.repetitions, warm.times_s, strict=True))
    shared = sorted(before.keys() & after.keys())
    return still_paid([before[number] for number in shared], [after[number] for number in shared])
