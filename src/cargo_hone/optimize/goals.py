"""The seven goals that a run is held against; pure, from what was recorded."""

from collections.abc import Sequence
from dataclasses import dataclass

from cargo_hone.cache.interface import CacheState
from cargo_hone.history.run import FactKey, RunRecord
from cargo_hone.model import (
    Goal,
    GoalState,
    LeverOutcome,
    Scenario,
    Standing,
    TestOutcome,
    TestStatus,
)
from cargo_hone.optimize.bound import Bound
from cargo_hone.optimize.decision import BASE
from cargo_hone.report.table import Cell, build_table
from cargo_hone.workspace.facts import WorkspaceFacts

CLEAN_PERCENT = 25.0
INCREMENTAL_PERCENT = 40.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the goals are judged by, beside the samples."""

    facts: WorkspaceFacts
    crates_built: int
    crates: int
    tests_before: Sequence[TestOutcome]
    tests_after: Sequence[TestOutcome]
    lost: Sequence[TestOutcome]
    target_bytes: int
    threshold_bytes: int
    cache: CacheState | None
    cache_reason: str
    cap_bytes: int
    bounds: Sequence[Bound]
    pipeline: Sequence[LeverOutcome] = ()


def judge(run: RunRecord, evidence: Evidence) -> tuple[Goal, ...]:
    """Hold the run against its goals."""
    nothing_kept = run.fact(FactKey.APPLIED) == BASE
    return (
        _not_kept("clean build") if nothing_kept else _clean(run),
        _not_kept("incremental build") if nothing_kept else _incremental(run, evidence.bounds),
        _disk(evidence),
        _builds(evidence),
        _tests(evidence),
        _cache(evidence),
        _pipeline(evidence),
    )


def _not_kept(name: str) -> Goal:
    detail = "nothing that was tried was shown to pay, so builds are as they were"
    return Goal(name=name, state=GoalState.MISSED, detail=detail)


def _clean(run: RunRecord) -> Goal:
    cells = {
        "warm cache": _cell(run, Scenario.CLEAN_WARM),
        "cold": _cell(run, Scenario.CLEAN_COLD),
    }
    return _speed(
        "clean build",
        {name: cell for name, cell in cells.items() if cell is not None and cell.summary},
        wanted_percent=CLEAN_PERCENT,
        all_of_them=False,
        bounds=(),
    )


def _incremental(run: RunRecord, bounds: Sequence[Bound]) -> Goal:
    cells = {
        "edit root": _cell(run, Scenario.EDIT_ROOT),
        "edit leaf": _cell(run, Scenario.EDIT_LEAF),
        "switch": _cell(run, Scenario.SWITCH),
    }
    return _speed(
        "incremental build",
        {name: cell for name, cell in cells.items() if cell is not None and cell.summary},
        wanted_percent=INCREMENTAL_PERCENT,
        all_of_them=True,
        bounds=bounds,
    )


def _speed(
    name: str,
    cells: dict[str, Cell],
    *,
    wanted_percent: float,
    all_of_them: bool,
    bounds: Sequence[Bound],
) -> Goal:
    if not cells:
        return Goal(name=name, state=GoalState.PENDING, detail="not measured")
    reached = [
        cell.change_percent is not None and cell.change_percent <= -wanted_percent
        for cell in cells.values()
    ]
    ok = all(reached) if all_of_them else any(reached)
    shown = ", ".join(
        f"{label} {cell.change_text or cell.verdict_text}" for label, cell in cells.items()
    )
    if ok:
        return Goal(name=name, state=GoalState.OK, detail=shown)
    detail = f"{shown} (wanted: -{wanted_percent:.0f} %)"
    if bounds:
        detail += "; bound: " + "; ".join(bound.text for bound in bounds)
    return Goal(name=name, state=GoalState.MISSED, detail=detail)


def _disk(evidence: Evidence) -> Goal:
    size, limit = evidence.target_bytes, evidence.threshold_bytes
    shown = f"{size / 1e9:.2f} GB of {limit / 1e9:.0f} GB"
    state = GoalState.OK if size <= limit else GoalState.MISSED
    detail = shown if state is GoalState.OK else f"{shown}: the live artifacts alone take that much"
    return Goal(name="disk under threshold", state=state, detail=detail)


def _builds(evidence: Evidence) -> Goal:
    built, crates = evidence.crates_built, evidence.crates
    return Goal(
        name="all crates build",
        state=GoalState.OK if built == crates else GoalState.MISSED,
        detail=f"{built}/{crates}",
    )


def _tests(evidence: Evidence) -> Goal:
    after = _passed(evidence.tests_after)
    if evidence.lost:
        first = evidence.lost[0]
        return Goal(
            name="no test lost",
            state=GoalState.MISSED,
            detail=f"{len(evidence.lost)} passed before and don't now, first {first.binary} {first.name}",
        )
    detail = f"{after:,} pass as before"
    failing = sum(outcome.status is TestStatus.FAILED for outcome in evidence.tests_before)
    if failing:
        detail += f" ({failing} failed before as well)"
    return Goal(name="no test lost", state=GoalState.OK, detail=detail)


def _cache(evidence: Evidence) -> Goal:
    name = "sccache under its cap"
    cache = evidence.cache
    if cache is None:
        return Goal(name=name, state=GoalState.MISSED, detail=evidence.cache_reason)
    cap = cache.cap_bytes or 0
    used = f"{(cache.size_bytes or 0) / 1e9:.2f} GB of {cap / 1e9:.1f} GB"
    seen = f"{cache.counts.hits} hits, {cache.counts.misses} misses in your tree's build"
    if cap > evidence.cap_bytes:
        return Goal(name=name, state=GoalState.MISSED, detail=f"the running server's cap is {used}")
    state = GoalState.OK if cache.counts.hits + cache.counts.misses > 0 else GoalState.MISSED
    return Goal(name=name, state=state, detail=f"{used}; {seen}")


def _pipeline(evidence: Evidence) -> Goal:
    """The workflows as they are now; that they are right shows only where they run, which was not yet."""
    name = "CI integrated"
    found = next((outcome for outcome in evidence.pipeline if outcome.name == "ci"), None)
    names = ", ".join(path.name for path in evidence.facts.pipeline.workflows)
    if found is None:
        where = f"{names} was left as it is" if names else "no workflow here"
        return Goal(
            name=name, state=GoalState.PENDING, detail=f"{where}; `cargo hone ci init` does it"
        )
    match found.standing:
        case Standing.APPLIED | Standing.ALREADY:
            state = GoalState.OK
        case Standing.NOT_APPLICABLE | Standing.DID_NOT_PAY:
            state = GoalState.MISSED
    return Goal(
        name=name, state=state, detail=f"{names}: {found.reason}" if names else found.reason
    )


def _cell(run: RunRecord, scenario: Scenario) -> Cell | None:
    row = build_table(run).row(scenario)
    return row.verdict if row else None


def _passed(outcomes: Sequence[TestOutcome]) -> int:
    return sum(outcome.status is TestStatus.PASSED for outcome in outcomes)
