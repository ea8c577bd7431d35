"""Runs with known figures, put into a history as they would come from another machine."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cargo_hone.history.database import Database
from cargo_hone.history.environment import Environment
from cargo_hone.history.merge import merge
from cargo_hone.history.portable import PortableRun
from cargo_hone.history.run import RunKind, RunOutcome, RunRecord, Subject
from cargo_hone.model import Sample, Variant, scenario_named

CPU = "Example CPU"
RUSTC = "rustc 1.95.0 (abc 2026-04-14)"
Times = Mapping[tuple[str, str], Sequence[float]]


def commit(number: int) -> str:
    """A commit's hash, different in every digit that is shown."""
    return hashlib.sha1(str(number).encode(), usedforsecurity=False).hexdigest()


def measured(
    times: Times,
    *,
    at: str | None,
    day: int = 1,
    label: str = "",
    cpu: str = CPU,
    cores: int = 2,
    rustc: str = RUSTC,
    dirty: bool = False,
    configs: Mapping[str, tuple[str, ...]] | None = None,
    cached: Sequence[str] = (),
    facts: Mapping[str, str] | None = None,
    target_bytes: int | None = None,
    outcome: RunOutcome = RunOutcome.FINISHED,
) -> PortableRun:
    """A run of `times` (seconds, by scenario and variant) at a commit, on a day since the first of November."""
    started = datetime(2026, 11, 1, 12, tzinfo=UTC) + timedelta(days=day - 1)
    started_at = started.isoformat(timespec="milliseconds")
    variants = dict.fromkeys(variant for _, variant in times)
    record = RunRecord(
        id=0,
        kind=RunKind.MEASURE,
        label=label,
        outcome=outcome,
        started_at=started_at,
        finished_at=started_at,
        subject=Subject(
            workspace_root=Path(),
            git_commit=at,
            git_dirty=dirty if at is not None else None,
            rustc_version=rustc,
            cargo_version="cargo 1.95.0",
            tool_version="0.1.0",
            seed=7,
        ),
        environment=Environment(
            cpu_model=cpu, cores=cores, memory_bytes=1 << 30, kernel="Linux 6.1.0", load=0.5
        ),
        variants=tuple(
            Variant(name=name, config=(configs or {}).get(name, ()), cached=name in cached)
            for name in variants
        ),
        samples=tuple(
            Sample(
                scenario=scenario_named(scenario),
                variant=variant,
                repetition=number,
                wall_s=wall_s,
                cpu_s=wall_s * 1.5,
                units_compiled=3,
                units_fresh=0,
                target_bytes=target_bytes if scenario == "clean-cold" else None,
                cache=None,
                started_at=started_at,
            )
            for (scenario, variant), values in times.items()
            for number, wall_s in enumerate(values)
        ),
        facts=tuple(sorted((facts or {}).items())),
    )
    seen = repr(record).encode()
    return PortableRun(uid=hashlib.blake2b(seen, digest_size=16).hexdigest(), record=record)


def put(database: Database, *runs: PortableRun) -> None:
    """Take the runs over, in this order."""
    merged = merge(database, runs, workspace_root=Path("/code/shop"))
    assert merged.new == len(runs)
