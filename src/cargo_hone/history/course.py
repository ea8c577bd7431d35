"""What was measured over time: every run of a scenario and a variant, as rows that can be compared."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cargo_hone.history.database import Database
from cargo_hone.history.run import FactKey, RunKind, RunOutcome
from cargo_hone.model import AnyScenario, Scenario, scenario_named

_CRATE_FACTS = (FactKey.EDIT_ROOT, FactKey.EDIT_LEAF)
BRANCH_FACT = "branch"
"""The branch whose newest commit a run was made at, where that is known."""
LOOKED_FACT = "looked after"
"""Present where measuring stopped as soon as its samples had decided: after how many pairs it looked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredRun:
    """One run that has samples, as far as it must be known to compare it with others.

    `uid` is the same in every copy of the history. `rustc` is the first line of `rustc -vV`. `imported`: it was made
    elsewhere. `variants` are in the order of the run: the first is its base.
    """

    id: int
    uid: str
    kind: RunKind
    label: str
    outcome: RunOutcome
    started_at: str
    commit: str | None
    dirty: bool
    rustc: str
    cpu_model: str
    cores: int
    imported: bool
    variants: tuple[str, ...]
    cached: tuple[str, ...]
    """Those of them that build through a compiler cache."""
    configs: tuple[tuple[str, ...], ...]
    edits: tuple[tuple[str, str], ...]
    """Scenario and crate: what was edited."""
    branch: str | None
    had_budget: bool
    """Measuring looked at the samples as it went on, and stopped where all was decided."""

    @property
    def machine(self) -> str:
        """What must be the same for times to be comparable: the processor, and how many cores of it."""
        return f"{self.cpu_model}, {self.cores} core{'s' if self.cores != 1 else ''}"

    def edited(self, scenario: AnyScenario) -> str:
        """Return the crate that is edited in a scenario; nothing where none is, or none is known."""
        return dict(self.edits).get(str(scenario), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One run of one scenario with one variant. `times_s[i]` was measured in repetition `repetitions[i]`.

    `target_bytes` are the sizes of the target directory that were taken, in no order.
    """

    run: MeasuredRun
    scenario: AnyScenario
    variant: str
    repetitions: tuple[int, ...]
    times_s: tuple[float, ...]
    target_bytes: tuple[int, ...]

    @property
    def config(self) -> tuple[str, ...]:
        """The variant's settings."""
        return dict(zip(self.run.variants, self.run.configs, strict=True)).get(self.variant, ())

    @property
    def is_cached(self) -> bool:
        """Whether it was built through a compiler cache."""
        return self.variant in self.run.cached


def measured_runs(database: Database) -> tuple[MeasuredRun, ...]:
    """Return the runs that have samples, the oldest first. Raises as `Database.read` does."""
    variants = _variants(database)
    facts = _facts(database)
    rows = database.read(
        "SELECT id, uid, kind, label, outcome, started_at, git_commit, git_dirty, rustc_version, cpu_model,"
        " cores, imported_at FROM run WHERE EXISTS (SELECT 1 FROM sample WHERE run_id = run.id)"
        " ORDER BY julianday(started_at), id"
    )
    return tuple(_run(row, variants.get(row["id"], []), facts.get(row["id"], {})) for row in rows)


def course(database: Database, runs: Sequence[MeasuredRun]) -> tuple[Point, ...]:
    """Return what each of `runs` measured, in their order; within a run by scenario, then variant.

    Raises as `Database.read` does.
    """
    wanted = {run.id for run in runs}
    found: dict[int, dict[tuple[str, str], list[sqlite3.Row]]] = {}
    for row in database.read(
        "SELECT run_id, scenario, variant, repetition, wall_s, target_bytes FROM sample"
        " ORDER BY run_id, repetition, id"
    ):
        if row["run_id"] in wanted:
            cell = (row["scenario"], row["variant"])
            found.setdefault(row["run_id"], {}).setdefault(cell, []).append(row)
    return tuple(
        _point(run, scenario, variant, rows)
        for run in runs
        for (scenario, variant), rows in sorted(
            found.get(run.id, {}).items(), key=lambda cell: _place(run, *cell[0])
        )
    )


def _place(run: MeasuredRun, scenario: str, variant: str) -> tuple[int, str, int]:
    known = [*Scenario]
    own = scenario_named(scenario)
    return (
        known.index(own) if isinstance(own, Scenario) else len(known),
        scenario,
        run.variants.index(variant),
    )


def _point(run: MeasuredRun, scenario: str, variant: str, rows: Sequence[sqlite3.Row]) -> Point:
    return Point(
        run=run,
        scenario=scenario_named(scenario),
        variant=variant,
        repetitions=tuple(row["repetition"] for row in rows),
        times_s=tuple(row["wall_s"] for row in rows),
        target_bytes=tuple(r["target_bytes"] for r in rows if r["target_bytes"] is not None),
    )


def _run(
    row: sqlite3.Row, variants: Sequence[sqlite3.Row], facts: Mapping[str, str]
) -> MeasuredRun:
    return MeasuredRun(
        id=row["id"],
        uid=row["uid"],
        kind=RunKind(row["kind"]),
        label=row["label"],
        outcome=RunOutcome(row["outcome"]),
        started_at=row["started_at"],
        commit=row["git_commit"],
        dirty=bool(row["git_dirty"]),
        rustc=next(iter(row["rustc_version"].splitlines()), ""),
        cpu_model=row["cpu_model"],
        cores=row["cores"],
        imported=row["imported_at"] is not None,
        variants=tuple(variant["name"] for variant in variants),
        cached=tuple(variant["name"] for variant in variants if variant["cached"]),
        configs=tuple(tuple(json.loads(variant["config"])) for variant in variants),
        edits=tuple((str(key), facts[key]) for key in _CRATE_FACTS if key in facts),
        branch=facts.get(BRANCH_FACT),
        had_budget=LOOKED_FACT in facts
        or _had_budget(RunKind(row["kind"]), facts.get(FactKey.COMMAND, "")),
    )


def _had_budget(kind: RunKind, command: str) -> bool:
    """The main job's `--budget` fixes the number of samples before the first one; that of `measure` does not."""
    return kind is RunKind.MEASURE and any(
        word == "--budget" or word.startswith("--budget=") for word in command.split()
    )


def _variants(database: Database) -> dict[int, list[sqlite3.Row]]:
    found: dict[int, list[sqlite3.Row]] = {}
    for row in database.read(
        "SELECT run_id, name, config, cached FROM variant ORDER BY run_id, position"
    ):
        found.setdefault(row["run_id"], []).append(row)
    return found


def _facts(database: Database) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = {}
    keys = (*_CRATE_FACTS, BRANCH_FACT, LOOKED_FACT, FactKey.COMMAND)
    for row in database.read(
        "SELECT run_id, key, value FROM fact WHERE key IN (?, ?, ?, ?, ?)", *map(str, keys)
    ):
        found.setdefault(row["run_id"], {})[row["key"]] = row["value"]
    return found
