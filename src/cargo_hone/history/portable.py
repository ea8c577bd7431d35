"""A run as it travels between machines: one line of JSON, and strict about what it takes.

What travels comes from whoever could write the file (another job, a fork's artifact), so everything is checked
before any of it is used: types, lengths, ranges, names. Paths are not written anywhere, texts only shown.
"""

import math
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from cargo_hone.errors import UsageProblem
from cargo_hone.history.environment import Environment
from cargo_hone.history.run import RunKind, RunOutcome, RunRecord, Subject
from cargo_hone.model import AccountingMethod, CacheCounts, Sample, Variant, scenario_named

SCHEMA = "cargo-hone/run/v1"
MOST_BYTES_A_RUN = 8 * 1024**2
MOST_BYTES = 256 * 1024**2
MOST_RUNS = 20_000

_Name = Annotated[str, Meta(min_length=1, max_length=200)]
_Text = Annotated[str, Meta(max_length=2_000)]
_Long = Annotated[str, Meta(max_length=200_000)]
_Uid = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}$")]
_Commit = Annotated[str, Meta(pattern=r"^[0-9a-f]{40}([0-9a-f]{24})?$")]
_Seconds = Annotated[float, Meta(ge=0.0, le=3e7)]
_Count = Annotated[int, Meta(ge=0, le=10**9)]
_Size = Annotated[int, Meta(ge=0, le=2**62)]
_Time = Annotated[
    str, Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$")
]


class _Wire(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class _Variant(_Wire, frozen=True, kw_only=True):
    name: _Name
    config: Annotated[tuple[_Text, ...], Meta(max_length=200)]
    env: Annotated[tuple[tuple[_Name, _Text], ...], Meta(max_length=200)]
    cached: bool


class _Cache(_Wire, frozen=True, kw_only=True):
    hits: _Count
    misses: _Count
    not_cacheable: _Count
    errors: _Count


class _Sample(_Wire, frozen=True, kw_only=True):
    scenario: Annotated[str, Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=100)]
    variant: _Name
    repetition: _Count
    wall_s: Annotated[float, Meta(ge=-3e7, le=3e7)]
    cpu_s: Annotated[float, Meta(ge=-3e7, le=3e7)]
    units_compiled: _Count
    units_fresh: _Count
    target_bytes: _Size | None
    cache: _Cache | None
    started_at: _Time
    server_cpu_s: _Seconds | None
    peak_memory_bytes: _Size | None
    accounting: AccountingMethod
    accounting_note: _Text
    load_1m: Annotated[float, Meta(ge=0.0, le=1e6)] | None
    clock_jump_s: Annotated[float, Meta(ge=-1e12, le=1e12)]
    suspended_s: Annotated[float, Meta(ge=0.0, le=1e12)]


class _Machine(_Wire, frozen=True, kw_only=True):
    cpu_model: _Text
    cores: Annotated[int, Meta(ge=1, le=100_000)]
    memory_bytes: _Size | None
    kernel: _Text
    load: Annotated[float, Meta(ge=0.0, le=1e6)] | None


class _Run(_Wire, frozen=True, kw_only=True):
    schema: Annotated[str, Meta(pattern=f"^{SCHEMA}$")]
    uid: _Uid
    label: Annotated[str, Meta(max_length=200)]
    outcome: RunOutcome
    started_at: _Time
    finished_at: _Time | None
    git_commit: _Commit | None
    git_dirty: bool | None
    rustc_version: _Text
    cargo_version: _Text
    tool_version: _Text
    seed: Annotated[int, Meta(ge=-(2**62), le=2**62)]
    machine: _Machine
    variants: Annotated[tuple[_Variant, ...], Meta(min_length=1, max_length=200)]
    samples: Annotated[tuple[_Sample, ...], Meta(min_length=1, max_length=20_000)]
    warnings: Annotated[tuple[_Long, ...], Meta(max_length=1_000)]
    facts: Annotated[dict[_Name, _Long], Meta(max_length=200)]


class PortableRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run that may travel, or has come: `record.id` means nothing, its workspace is only a name."""

    uid: str
    record: RunRecord


def encode(run: PortableRun) -> bytes:
    """Return one line of JSON, with its newline: the same bytes for the same run.

    The workspace's path stays here. Raises UsageProblem for a run that `decode` would refuse.
    """
    record, machine = run.record, run.record.environment
    wire = {
        "schema": SCHEMA,
        "uid": run.uid,
        "label": record.label,
        "outcome": record.outcome,
        "started_at": record.started_at,
        "finished_at": record.finished_at,
        "git_commit": record.subject.git_commit,
        "git_dirty": record.subject.git_dirty,
        "rustc_version": record.subject.rustc_version,
        "cargo_version": record.subject.cargo_version,
        "tool_version": record.subject.tool_version,
        "seed": record.subject.seed,
        "machine": _as_dict(machine),
        "variants": [_as_dict(variant) for variant in record.variants],
        "samples": [
            {
                **_as_dict(sample),
                "scenario": str(sample.scenario),
                "cache": _as_dict(sample.cache) if sample.cache else None,
            }
            for sample in record.samples
        ],
        "warnings": record.warnings,
        "facts": dict(record.facts),
    }
    line = msgspec.json.encode(wire) + b"\n"
    decode(line, where=f"run {record.id}")
    return line


def decode(line: bytes, *, where: str) -> PortableRun:
    """Read one run. Raises UsageProblem, naming `where`, for whatever is not exactly what `encode` writes."""
    if len(line) > MOST_BYTES_A_RUN:
        raise _refused(where, f"a run takes at most {MOST_BYTES_A_RUN // 1024**2} MiB")
    try:
        wire = msgspec.json.decode(line, type=_Run)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _refused(where, str(error)) from error
    except RecursionError as error:
        raise _refused(where, "it is nested too deeply") from error
    problem = next(_contradictions(wire), None)
    if problem is not None:
        raise _refused(where, problem)
    return PortableRun(uid=wire.uid, record=_record(wire))


def decode_lines(content: bytes, *, where: str) -> Iterator[PortableRun]:
    """Read the runs of a file, one a line; empty lines are passed over. Raises as `decode`, naming the line."""
    lines: Iterable[tuple[int, bytes]] = enumerate(content.splitlines(), start=1)
    count = 0
    for number, line in lines:
        if not line.strip():
            continue
        count += 1
        if count > MOST_RUNS:
            raise _refused(where, f"it holds more than {MOST_RUNS} runs")
        yield decode(line, where=f"{where}, line {number}")


def _contradictions(wire: _Run) -> Iterator[str]:
    """Yield what the types alone cannot say."""
    names = [variant.name for variant in wire.variants]
    if len(set(names)) != len(names):
        yield "two variants have one name"
    for sample in wire.samples:
        if sample.variant not in names:
            yield "a sample names a variant that the run has not"
        if not (math.isfinite(sample.wall_s) and math.isfinite(sample.cpu_s)):
            yield "a time is not a number"
    times = [wire.started_at, wire.finished_at, *(sample.started_at for sample in wire.samples)]
    for time in times:
        try:
            datetime.fromisoformat(time or wire.started_at)
        except ValueError:
            yield f"`{time}` is no time"
    shown = (wire.label, *names, wire.machine.cpu_model, wire.rustc_version.replace("\n", " "))
    if not all(text.isprintable() for text in shown):
        yield "a name holds characters that cannot be printed"
    if wire.outcome is RunOutcome.RUNNING:
        yield "the run has not ended"


def _record(wire: _Run) -> RunRecord:
    machine = wire.machine
    return RunRecord(
        id=0,
        kind=RunKind.MEASURE,
        label=wire.label,
        outcome=wire.outcome,
        started_at=wire.started_at,
        finished_at=wire.finished_at,
        subject=Subject(
            workspace_root=Path(),
            git_commit=wire.git_commit,
            git_dirty=wire.git_dirty,
            rustc_version=wire.rustc_version,
            cargo_version=wire.cargo_version,
            tool_version=wire.tool_version,
            seed=wire.seed,
        ),
        environment=Environment(
            cpu_model=machine.cpu_model,
            cores=machine.cores,
            memory_bytes=machine.memory_bytes,
            kernel=machine.kernel,
            load=machine.load,
        ),
        variants=tuple(Variant(**_fields(variant)) for variant in wire.variants),
        samples=tuple(_sample(sample) for sample in wire.samples),
        warnings=wire.warnings,
        facts=tuple(sorted(wire.facts.items())),
    )


def _sample(wire: _Sample) -> Sample:
    given = _fields(wire)
    cache = CacheCounts(**_fields(wire.cache)) if wire.cache is not None else None
    return Sample(**{**given, "scenario": scenario_named(wire.scenario), "cache": cache})


def _fields(wire: _Wire) -> dict[str, Any]:
    return {name: getattr(wire, name) for name in wire.__struct_fields__}


def _as_dict(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__slots__}


def _refused(where: str, why: str) -> UsageProblem:
    return UsageProblem(
        f"{where} holds no runs that can be taken over: {why}",
        next_step="get it again from where it was written: cargo hone history save FILE",
    )
