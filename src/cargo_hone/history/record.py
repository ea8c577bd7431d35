"""Writing down one run while it happens: what has been recorded stays, whatever comes after."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from cargo_hone.history.database import Database
from cargo_hone.history.environment import Environment
from cargo_hone.history.run import (
    FactKey,
    HowChanged,
    RunKind,
    RunOutcome,
    SharedTarget,
    Subject,
    TestPhase,
)
from cargo_hone.history.stored import utc_now
from cargo_hone.history.swept import SweepRecord
from cargo_hone.model import (
    FileChange,
    Goal,
    LeverOutcome,
    Plan,
    Sample,
    TestOutcome,
    Variant,
)


class Recorder:
    """The pen for one run. Each call is a transaction of its own, committed when it returns.

    As a context manager it also writes how the run ended: finished, interrupted (^C) or failed (any other
    exception, which goes on). All methods raise as `Database` does.
    """

    def __init__(self, database: Database, run_id: int, workspace_root: Path) -> None:
        self._database = database
        self._workspace_root = workspace_root
        self._ended = False
        self.run_id = run_id

    @classmethod
    def start(
        cls,
        database: Database,
        *,
        subject: Subject,
        environment: Environment,
        variants: Sequence[Variant],
        kind: RunKind = RunKind.OPTIMIZE,
        label: str = "",
    ) -> Self:
        """Begin a run; the first variant is the base of its comparisons."""
        with database.writing() as writer:
            run_id = writer.run(
                "INSERT INTO run (kind, label, outcome, started_at, workspace_root, git_commit, git_dirty,"
                " rustc_version, cargo_version, tool_version, seed, cpu_model, cores, memory_bytes, kernel,"
                " load) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                kind,
                label,
                RunOutcome.RUNNING,
                utc_now(),
                str(subject.workspace_root),
                subject.git_commit,
                subject.git_dirty,
                subject.rustc_version,
                subject.cargo_version,
                subject.tool_version,
                subject.seed,
                environment.cpu_model,
                environment.cores,
                environment.memory_bytes,
                environment.kernel,
                environment.load,
            )
            writer.run_each(
                "INSERT INTO variant (run_id, position, name, config, env, cached)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                [_variant_row(run_id, place, variant) for place, variant in enumerate(variants)],
            )
        return cls(database, run_id, subject.workspace_root)

    def variant(self, variant: Variant) -> None:
        """Add a variant that was only found during the run; it comes after the others."""
        with self._database.writing() as writer:
            (known,) = self._database.read(
                "SELECT count(*) FROM variant WHERE run_id = ?", self.run_id
            )
            writer.run(
                "INSERT INTO variant (run_id, position, name, config, env, cached)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                *_variant_row(self.run_id, int(known[0]), variant),
            )

    def sample(self, sample: Sample) -> None:
        """Keep one sample. Its variant must have been given to `start` or `variant`."""
        cache = sample.cache
        with self._database.writing() as writer:
            writer.run(
                "INSERT INTO sample (run_id, variant, scenario, repetition, started_at, wall_s, cpu_s,"
                " units_compiled, units_fresh, target_bytes, cache_hits, cache_misses,"
                " cache_not_cacheable, cache_errors, server_cpu_s, peak_memory_bytes, accounting,"
                " accounting_note, load_1m, clock_jump_s, suspended_s)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                self.run_id,
                sample.variant,
                sample.scenario,
                sample.repetition,
                sample.started_at,
                sample.wall_s,
                sample.cpu_s,
                sample.units_compiled,
                sample.units_fresh,
                sample.target_bytes,
                cache.hits if cache else None,
                cache.misses if cache else None,
                cache.not_cacheable if cache else None,
                cache.errors if cache else None,
                sample.server_cpu_s,
                sample.peak_memory_bytes,
                sample.accounting,
                sample.accounting_note,
                sample.load_1m,
                sample.clock_jump_s,
                sample.suspended_s,
            )

    def tests(self, phase: TestPhase, outcomes: Iterable[TestOutcome]) -> None:
        """Keep how the tests of one phase ended; a second call for the phase replaces the first."""
        rows = [(self.run_id, phase, t.binary, t.name, t.status) for t in outcomes]
        with self._database.writing() as writer:
            for table in ("test_outcome", "test_phase"):
                writer.run(
                    f"DELETE FROM {table} WHERE run_id = ? AND phase = ?",  # noqa: S608 - two literals
                    self.run_id,
                    phase,
                )
            writer.run("INSERT INTO test_phase (run_id, phase) VALUES (?, ?)", self.run_id, phase)
            # OR REPLACE: a binary may report one name twice (a custom harness); the last word counts.
            writer.run_each(
                "INSERT OR REPLACE INTO test_outcome (run_id, phase, binary, name, status)"
                " VALUES (?, ?, ?, ?, ?)",
                rows,
            )

    def levers(self, outcomes: Sequence[LeverOutcome]) -> None:
        """Keep what became of the levers, in this order; replaces what was kept before."""
        rows = [
            (self.run_id, place, o.name, o.title, o.standing, o.reason, o.gives_up)
            for place, o in enumerate(outcomes)
        ]
        with self._database.writing() as writer:
            writer.run("DELETE FROM lever_outcome WHERE run_id = ?", self.run_id)
            writer.run_each("INSERT INTO lever_outcome VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def goals(self, goals: Sequence[Goal]) -> None:
        """Keep the goals, in this order; replaces what was kept before."""
        rows = [(self.run_id, place, g.name, g.state, g.detail) for place, g in enumerate(goals)]
        with self._database.writing() as writer:
            writer.run("DELETE FROM goal WHERE run_id = ?", self.run_id)
            writer.run_each("INSERT INTO goal VALUES (?, ?, ?, ?, ?)", rows)

    def sweep(self, sweep: SweepRecord) -> None:
        """Keep one sweep."""
        with self._database.writing() as writer:
            writer.run(
                "INSERT INTO sweep (run_id, target_dir, before_bytes, after_bytes, deleted_units,"
                " kept_units, rebuilt_units, skipped) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                self.run_id,
                str(sweep.target_dir),
                sweep.before_bytes,
                sweep.after_bytes,
                sweep.deleted_units,
                sweep.kept_units,
                sweep.rebuilt_units,
                sweep.skipped,
            )

    def shared_target(self, shared: SharedTarget) -> None:
        """Keep what is known of the shared target directory; replaces what was kept before."""
        with self._database.writing() as writer:
            writer.run(
                "INSERT OR REPLACE INTO shared_target (run_id, standing, evidence, packages,"
                " separate_bytes, shared_bytes, same_name_binaries) VALUES (?, ?, ?, ?, ?, ?, ?)",
                self.run_id,
                shared.standing,
                shared.evidence,
                json.dumps(shared.packages),
                shared.separate_bytes,
                shared.shared_bytes,
                json.dumps(shared.same_name_binaries),
            )

    def plan(self, plan: Plan, *, diff: str) -> None:
        """Keep the plan that was applied: its files with their reasons, and the unified diff."""
        with self._database.writing() as writer:
            writer.run("DELETE FROM plan WHERE run_id = ?", self.run_id)
            writer.run(
                "INSERT INTO plan (run_id, title, diff) VALUES (?, ?, ?)",
                self.run_id,
                plan.title,
                diff,
            )
            writer.run_each(
                "INSERT INTO changed_file (run_id, position, path, how, why, step)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (
                        self.run_id,
                        place,
                        self._shown(change.path),
                        _how(change),
                        change.why,
                        change.step,
                    )
                    for place, change in enumerate(plan.changes)
                    if change.before != change.after
                ],
            )

    def warning(self, text: str) -> None:
        """Keep something that whoever reads the figures should know."""
        with self._database.writing() as writer:
            writer.run("INSERT INTO warning (run_id, text) VALUES (?, ?)", self.run_id, text)

    def fact(self, key: FactKey | str, value: str) -> None:
        """Keep one more fact; a second value for a key replaces the first."""
        with self._database.writing() as writer:
            writer.run("INSERT OR REPLACE INTO fact VALUES (?, ?, ?)", self.run_id, str(key), value)

    def finish(self, outcome: RunOutcome = RunOutcome.FINISHED) -> None:
        """Write down how the run ended, and when."""
        with self._database.writing() as writer:
            writer.run(
                "UPDATE run SET outcome = ?, finished_at = ? WHERE id = ?",
                outcome,
                utc_now(),
                self.run_id,
            )
        self._ended = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._ended:
            return
        if kind is None:
            self.finish(RunOutcome.FINISHED)
        elif issubclass(kind, KeyboardInterrupt):
            self.finish(RunOutcome.INTERRUPTED)
        else:
            self.finish(RunOutcome.FAILED)

    def _shown(self, path: Path) -> str:
        try:
            return path.relative_to(self._workspace_root).as_posix()
        except ValueError:
            return str(path)


def _variant_row(run_id: int, position: int, variant: Variant) -> tuple[object, ...]:
    return (
        run_id,
        position,
        variant.name,
        json.dumps(variant.config),
        json.dumps(variant.env),
        variant.cached,
    )


def _how(change: FileChange) -> HowChanged:
    if change.before is None:
        return HowChanged.CREATED
    return HowChanged.REMOVED if change.after is None else HowChanged.EDITED
