"""What a job says at its end: what its target directory takes, what was swept, whether the cache helped."""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import msgspec

from cargo_hone.cache.sccache import Sccache
from cargo_hone.errors import HoneError
from cargo_hone.files.walk import disk_usage
from cargo_hone.model import CacheCounts
from cargo_hone.quantity import parse_bytes, parse_share
from cargo_hone.report import figures
from cargo_hone.settings.model import CiThresholds


class JobCache(StrEnum):
    """Which cache the job has: one that cargo-hone's steps keep, the job's own, or none."""

    TARGET = "target"
    SCCACHE = "sccache"
    THEIRS = "theirs"
    NONE = "none"


class SweepResult(msgspec.Struct, frozen=True, kw_only=True):
    """What `cargo hone sweep --format json` wrote, as far as it is shown here."""

    before_bytes: int
    after_bytes: int
    deleted_units: int
    skipped: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSummary:
    """Sizes in bytes. `sweep` is None where nothing was swept, `counts` where no compiler cache was asked.

    `key` is the key of the cache that was restored ("" for none), `is_hit` whether it was the wanted one.
    """

    target_dir: Path
    target_bytes: int
    free_bytes: int
    disk_bytes: int
    cache: JobCache
    key: str
    is_hit: bool
    sweep: SweepResult | None
    counts: CacheCounts | None
    thresholds: CiThresholds

    @property
    def warnings(self) -> tuple[str, ...]:
        """The thresholds that were passed, as sentences."""
        return tuple(_warnings(self))


def look(
    target_dir: Path,
    *,
    thresholds: CiThresholds,
    cache: JobCache,
    key: str,
    is_hit: bool,
    sweep: SweepResult | None,
    env: Mapping[str, str],
) -> JobSummary:
    """Measure the target directory and its disk, and ask sccache where that is the cache.

    Raises PermissionError where a directory cannot be listed.
    """
    place = next(p for p in (target_dir, *target_dir.parents) if p.exists())
    disk = shutil.disk_usage(place)
    return JobSummary(
        target_dir=target_dir,
        target_bytes=disk_usage(target_dir).allocated_bytes,
        free_bytes=disk.free,
        disk_bytes=disk.total,
        cache=cache,
        key=key,
        is_hit=is_hit,
        sweep=sweep,
        counts=_counts(env) if cache is JobCache.SCCACHE else None,
        thresholds=thresholds,
    )


def read_sweep(path: Path | None) -> SweepResult | None:
    """Read a sweep's JSON; None where there is no such file, or where the sweep did not get so far."""
    if path is None or not path.is_file():
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=SweepResult)
    except msgspec.MsgspecError:
        return None


def markdown(summary: JobSummary) -> str:
    """Return the summary as GitHub shows it."""
    rows = [("cache", _cache(summary)), *_sweep(summary.sweep)]
    size = f"{figures.size(summary.target_bytes)} ({figures.exact_bytes(summary.target_bytes)})"
    rows.append(("target directory", size))
    disk = f"{figures.size(summary.free_bytes)} of {figures.size(summary.disk_bytes)}"
    rows.append(("disk free", disk))
    if summary.counts is not None:
        rows.append(("sccache", _sccache(summary.counts)))
    lines = ["### Build cache", "", "| | |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in rows]
    if summary.warnings:
        lines += ["", "> [!WARNING]", *(f"> {warning}" for warning in summary.warnings)]
    return "\n".join(lines) + "\n"


def _cache(summary: JobSummary) -> str:
    match summary.cache:
        case JobCache.TARGET if summary.is_hit:
            return f"target directory, hit: `{_code(summary.key)}`"
        case JobCache.TARGET if summary.key:
            return f"target directory, an older one: `{_code(summary.key)}`"
        case JobCache.TARGET:
            return "target directory, miss"
        case JobCache.SCCACHE:
            return "sccache"
        case JobCache.THEIRS:
            return "the workflow's own"
        case JobCache.NONE:
            return "none"


def _sweep(result: SweepResult | None) -> list[tuple[str, str]]:
    if result is None:
        return [("swept", "nothing: no older artifacts were there, or nothing is saved")]
    if result.skipped:
        return [("swept", f"nothing: {_code(result.skipped)}")]
    before, after = figures.size(result.before_bytes), figures.size(result.after_bytes)
    units = figures.count(result.deleted_units, "unit")
    return [("swept", f"{before} to {after}, {units} deleted")]


def _sccache(counts: CacheCounts) -> str:
    asked = counts.hits + counts.misses
    said = f"{figures.count(counts.hits)} of {figures.count(asked, 'request')} hit"
    if asked:
        said += f" ({figures.share(counts.hits, asked)})"
    said += f", {figures.count(counts.not_cacheable)} not cacheable"
    return f"{said}, {figures.count(counts.errors, 'error')}" if counts.errors else said


def _counts(env: Mapping[str, str]) -> CacheCounts | None:
    try:
        state = Sccache().state(env)
    except HoneError:
        # It was not installed, or does not answer: the row is left out, the job goes on.
        return None
    return state.counts if state.running else None


def _warnings(summary: JobSummary) -> Iterator[str]:
    thresholds, size = summary.thresholds, summary.target_bytes
    passed = next(
        (
            (name, limit)
            for name, limit in (("sweep", thresholds.sweep), ("warn", thresholds.warn))
            if size > parse_bytes(limit)
        ),
        None,
    )
    if passed is not None:
        name, limit = passed
        yield f"The target directory takes {figures.size(size)}, more than `disk.ci.{name}` ({limit})."
    used = 1 - summary.free_bytes / summary.disk_bytes if summary.disk_bytes else 0.0
    if used > parse_share(thresholds.fail):
        yield f"The disk is {used:.0%} full, more than `disk.ci.fail` ({thresholds.fail})."


def _code(text: str) -> str:
    return "".join(c if c.isprintable() and c not in "`|" else " " for c in text)
