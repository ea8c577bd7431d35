"""Reading runs back, as the frozen records that reports are made of."""

import json
import sqlite3
from pathlib import Path
from statistics import median

from cargo_hone.errors import UsageProblem
from cargo_hone.history.database import Database
from cargo_hone.history.environment import Environment
from cargo_hone.history.run import (
    ChangedFile,
    HowChanged,
    RunKind,
    RunOutcome,
    RunRecord,
    RunSummary,
    SharedTarget,
    Subject,
    TestPhase,
)
from cargo_hone.history.swept import SweepRecord
from cargo_hone.model import (
    AccountingMethod,
    AnyScenario,
    CacheCounts,
    Goal,
    GoalState,
    LeverOutcome,
    Sample,
    Standing,
    TestOutcome,
    TestStatus,
    Variant,
    scenario_named,
)


def runs(database: Database, *, kind: RunKind | None = None) -> tuple[RunSummary, ...]:
    """List the runs, the newest first. Raises as `Database.read` does."""
    rows = database.read(
        "SELECT run.*, (SELECT count(*) FROM sample WHERE run_id = run.id) AS samples FROM run"
        " WHERE ?1 IS NULL OR kind = ?1 ORDER BY id DESC",
        kind,
    )
    return tuple(
        RunSummary(
            id=row["id"],
            kind=RunKind(row["kind"]),
            label=row["label"],
            outcome=RunOutcome(row["outcome"]),
            started_at=row["started_at"],
            finished_at=row["finished_at"],
            git_commit=row["git_commit"],
            git_dirty=_truth(row["git_dirty"]),
            samples=row["samples"],
        )
        for row in rows
    )


def latest_run(
    database: Database,
    *,
    kind: RunKind = RunKind.OPTIMIZE,
    outcome: RunOutcome | None = RunOutcome.FINISHED,
) -> RunRecord | None:
    """Load the newest run of a kind (with this outcome, None: with any); None where there is none."""
    found = database.read(
        "SELECT id FROM run WHERE kind = ?1 AND (?2 IS NULL OR outcome = ?2) ORDER BY id DESC LIMIT 1",
        kind,
        outcome,
    )
    return load_run(database, found[0]["id"]) if found else None


def last_times(database: Database, *, variant: str) -> dict[AnyScenario, float]:
    """Return what each scenario took here, in seconds, with `variant`: the median of the newest run that has it.

    Runs that came from other machines say nothing of this one.
    """
    rows = database.read(
        "SELECT scenario, run_id, wall_s FROM sample JOIN run ON run.id = run_id"
        " WHERE variant = ? AND wall_s > 0 AND imported_at IS NULL ORDER BY run_id DESC",
        variant,
    )
    newest: dict[str, int] = {}
    times: dict[AnyScenario, list[float]] = {}
    for row in rows:
        if newest.setdefault(row["scenario"], row["run_id"]) == row["run_id"]:
            times.setdefault(scenario_named(row["scenario"]), []).append(row["wall_s"])
    return {scenario: median(found) for scenario, found in times.items()}


def load_run(database: Database, run_id: int) -> RunRecord:
    """Load one run with everything in it. Raises UsageProblem where there is no such run."""
    found = database.read("SELECT * FROM run WHERE id = ?", run_id)
    if not found:
        raise UsageProblem(
            f"there is no run {run_id} in {database.path}",
            next_step="see which there are: cargo hone history",
        )
    row = found[0]
    plan = database.read("SELECT title, diff FROM plan WHERE run_id = ?", run_id)
    return RunRecord(
        id=run_id,
        kind=RunKind(row["kind"]),
        label=row["label"],
        outcome=RunOutcome(row["outcome"]),
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        subject=_subject(row),
        environment=_environment(row),
        variants=_variants(database, run_id),
        samples=_samples(database, run_id),
        tests_before=_tests(database, run_id, TestPhase.BEFORE),
        tests_after=_tests(database, run_id, TestPhase.AFTER),
        levers=_levers(database, run_id),
        goals=_goals(database, run_id),
        sweeps=_sweeps(database, run_id),
        shared_target=_shared_target(database, run_id),
        plan_title=plan[0]["title"] if plan else "",
        changed_files=_changed_files(database, run_id),
        diff=plan[0]["diff"] if plan else "",
        warnings=_warnings(database, run_id),
        facts=_facts(database, run_id),
    )


def _subject(row: sqlite3.Row) -> Subject:
    return Subject(
        workspace_root=Path(row["workspace_root"]),
        git_commit=row["git_commit"],
        git_dirty=_truth(row["git_dirty"]),
        rustc_version=row["rustc_version"],
        cargo_version=row["cargo_version"],
        tool_version=row["tool_version"],
        seed=row["seed"],
    )


def _environment(row: sqlite3.Row) -> Environment:
    return Environment(
        cpu_model=row["cpu_model"],
        cores=row["cores"],
        memory_bytes=row["memory_bytes"],
        kernel=row["kernel"],
        load=row["load"],
    )


def _variants(database: Database, run_id: int) -> tuple[Variant, ...]:
    rows = database.read("SELECT * FROM variant WHERE run_id = ? ORDER BY position", run_id)
    return tuple(
        Variant(
            name=row["name"],
            config=tuple(json.loads(row["config"])),
            env=tuple((key, value) for key, value in json.loads(row["env"])),
            cached=bool(row["cached"]),
        )
        for row in rows
    )


def _samples(database: Database, run_id: int) -> tuple[Sample, ...]:
    rows = database.read("SELECT * FROM sample WHERE run_id = ? ORDER BY id", run_id)
    return tuple(
        Sample(
            scenario=scenario_named(row["scenario"]),
            variant=row["variant"],
            repetition=row["repetition"],
            wall_s=row["wall_s"],
            cpu_s=row["cpu_s"],
            units_compiled=row["units_compiled"],
            units_fresh=row["units_fresh"],
            target_bytes=row["target_bytes"],
            cache=_cache(row),
            started_at=row["started_at"],
            server_cpu_s=row["server_cpu_s"],
            peak_memory_bytes=row["peak_memory_bytes"],
            accounting=AccountingMethod(row["accounting"]),
            accounting_note=row["accounting_note"],
            load_1m=row["load_1m"],
            clock_jump_s=row["clock_jump_s"],
            suspended_s=row["suspended_s"],
        )
        for row in rows
    )


def _cache(row: sqlite3.Row) -> CacheCounts | None:
    if row["cache_hits"] is None:
        return None
    return CacheCounts(
        hits=row["cache_hits"],
        misses=row["cache_misses"],
        not_cacheable=row["cache_not_cacheable"],
        errors=row["cache_errors"],
    )


def _tests(database: Database, run_id: int, phase: TestPhase) -> tuple[TestOutcome, ...] | None:
    ran = database.read("SELECT 1 FROM test_phase WHERE run_id = ? AND phase = ?", run_id, phase)
    if not ran:
        return None
    rows = database.read(
        "SELECT binary, name, status FROM test_outcome WHERE run_id = ? AND phase = ?"
        " ORDER BY binary, name",
        run_id,
        phase,
    )
    return tuple(
        TestOutcome(binary=row["binary"], name=row["name"], status=TestStatus(row["status"]))
        for row in rows
    )


def _levers(database: Database, run_id: int) -> tuple[LeverOutcome, ...]:
    rows = database.read("SELECT * FROM lever_outcome WHERE run_id = ? ORDER BY position", run_id)
    return tuple(
        LeverOutcome(
            name=row["name"],
            title=row["title"],
            standing=Standing(row["standing"]),
            reason=row["reason"],
            gives_up=row["gives_up"],
        )
        for row in rows
    )


def _goals(database: Database, run_id: int) -> tuple[Goal, ...]:
    rows = database.read("SELECT * FROM goal WHERE run_id = ? ORDER BY position", run_id)
    return tuple(
        Goal(name=row["name"], state=GoalState(row["state"]), detail=row["detail"]) for row in rows
    )


def _sweeps(database: Database, run_id: int) -> tuple[SweepRecord, ...]:
    rows = database.read("SELECT * FROM sweep WHERE run_id = ? ORDER BY id", run_id)
    return tuple(
        SweepRecord(
            target_dir=Path(row["target_dir"]),
            before_bytes=row["before_bytes"],
            after_bytes=row["after_bytes"],
            deleted_units=row["deleted_units"],
            kept_units=row["kept_units"],
            rebuilt_units=row["rebuilt_units"],
            skipped=row["skipped"],
        )
        for row in rows
    )


def _shared_target(database: Database, run_id: int) -> SharedTarget | None:
    for row in database.read("SELECT * FROM shared_target WHERE run_id = ?", run_id):
        return SharedTarget(
            standing=Standing(row["standing"]),
            evidence=row["evidence"],
            packages=tuple(json.loads(row["packages"])),
            separate_bytes=row["separate_bytes"],
            shared_bytes=row["shared_bytes"],
            same_name_binaries=tuple(json.loads(row["same_name_binaries"])),
        )
    return None


def _changed_files(database: Database, run_id: int) -> tuple[ChangedFile, ...]:
    rows = database.read("SELECT * FROM changed_file WHERE run_id = ? ORDER BY position", run_id)
    return tuple(
        ChangedFile(path=row["path"], how=HowChanged(row["how"]), why=row["why"], step=row["step"])
        for row in rows
    )


def _warnings(database: Database, run_id: int) -> tuple[str, ...]:
    rows = database.read("SELECT text FROM warning WHERE run_id = ? ORDER BY id", run_id)
    return tuple(row["text"] for row in rows)


def _facts(database: Database, run_id: int) -> tuple[tuple[str, str], ...]:
    rows = database.read("SELECT key, value FROM fact WHERE run_id = ? ORDER BY key", run_id)
    return tuple((row["key"], row["value"]) for row in rows)


def _truth(value: int | None) -> bool | None:
    return None if value is None else bool(value)
