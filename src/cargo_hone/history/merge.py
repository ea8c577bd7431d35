"""Taking over runs from another copy of the history: each once, however often and from wherever it comes."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.history.database import Database, Writer
from cargo_hone.history.portable import PortableRun
from cargo_hone.history.query import load_run
from cargo_hone.history.run import RunKind, RunOutcome, RunRecord
from cargo_hone.history.stored import utc_now
from cargo_hone.model import CacheCounts, Sample

_AT_ONCE = 100
"""Runs a transaction: another writer waits for seconds at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """How many runs were new here, and how many were here already."""

    new: int
    known: int


def known_uids(database: Database) -> frozenset[str]:
    """Return what the runs here are known by. Raises as `Database.read` does."""
    return frozenset(row["uid"] for row in database.read("SELECT uid FROM run"))


def portable_ids(database: Database) -> tuple[tuple[str, int], ...]:
    """Return uid and id of the runs that may travel: those of `measure` that have ended, the oldest first.

    A run of the main job is about one machine's files (plans, tests), and would take the place of the last one there.
    """
    rows = database.read(
        "SELECT uid, id FROM run WHERE kind = ? AND outcome != ?"
        " AND EXISTS (SELECT 1 FROM sample WHERE run_id = run.id) ORDER BY id",
        RunKind.MEASURE,
        RunOutcome.RUNNING,
    )
    return tuple((row["uid"], row["id"]) for row in rows)


def load_portable(database: Database, uid: str, run_id: int) -> PortableRun:
    """Load one run to send it away. Raises as `load_run` does."""
    return PortableRun(uid=uid, record=load_run(database, run_id))


def merge(database: Database, runs: Iterable[PortableRun], *, workspace_root: Path) -> Merged:
    """Add those of `runs` that are not here yet; what is here is never changed.

    Two processes may merge the same runs at once: whether a run is there is looked up under the write lock. Raises
    as `Database.writing` does; what was added until then stays, and the next merge goes on.
    """
    given = list(runs)
    new = known = 0
    for first in range(0, len(given), _AT_ONCE):
        with database.writing() as writer:
            for run in given[first : first + _AT_ONCE]:
                if database.read("SELECT 1 FROM run WHERE uid = ?", run.uid):
                    known += 1
                else:
                    _insert(writer, run, workspace_root)
                    new += 1
    return Merged(new=new, known=known)


def _insert(writer: Writer, run: PortableRun, workspace_root: Path) -> None:
    record = run.record
    subject, machine = record.subject, record.environment
    run_id = writer.run(
        "INSERT INTO run (uid, imported_at, kind, label, outcome, started_at, finished_at, workspace_root,"
        " git_commit, git_dirty, rustc_version, cargo_version, tool_version, seed, cpu_model, cores,"
        " memory_bytes, kernel, load) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        run.uid,
        utc_now(),
        record.kind,
        record.label,
        record.outcome,
        record.started_at,
        record.finished_at,
        str(workspace_root),
        subject.git_commit,
        subject.git_dirty,
        subject.rustc_version,
        subject.cargo_version,
        subject.tool_version,
        subject.seed,
        machine.cpu_model,
        machine.cores,
        machine.memory_bytes,
        machine.kernel,
        machine.load,
    )
    _insert_variants(writer, run_id, record)
    _insert_samples(writer, run_id, record.samples)
    writer.run_each(
        "INSERT INTO warning (run_id, text) VALUES (?, ?)",
        [(run_id, text) for text in record.warnings],
    )
    writer.run_each(
        "INSERT INTO fact (run_id, key, value) VALUES (?, ?, ?)",
        [(run_id, key, value) for key, value in record.facts],
    )


def _insert_variants(writer: Writer, run_id: int, record: RunRecord) -> None:
    writer.run_each(
        "INSERT INTO variant (run_id, position, name, config, env, cached) VALUES (?, ?, ?, ?, ?, ?)",
        [
            (run_id, place, one.name, json.dumps(one.config), json.dumps(one.env), one.cached)
            for place, one in enumerate(record.variants)
        ],
    )


def _insert_samples(writer: Writer, run_id: int, samples: Sequence[Sample]) -> None:
    writer.run_each(
        "INSERT INTO sample (run_id, variant, scenario, repetition, started_at, wall_s, cpu_s,"
        " units_compiled, units_fresh, target_bytes, cache_hits, cache_misses, cache_not_cacheable,"
        " cache_errors, server_cpu_s, peak_memory_bytes, accounting, accounting_note, load_1m,"
        " clock_jump_s, suspended_s)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                run_id,
                one.variant,
                one.scenario,
                one.repetition,
                one.started_at,
                one.wall_s,
                one.cpu_s,
                one.units_compiled,
                one.units_fresh,
                one.target_bytes,
                *_cache(one.cache),
                one.server_cpu_s,
                one.peak_memory_bytes,
                one.accounting,
                one.accounting_note,
                one.load_1m,
                one.clock_jump_s,
                one.suspended_s,
            )
            for one in samples
        ],
    )


def _cache(counts: CacheCounts | None) -> tuple[int | None, ...]:
    if counts is None:
        return (None, None, None, None)
    return (counts.hits, counts.misses, counts.not_cacheable, counts.errors)
