"""The budgets of bytes: what a clean build leaves on the disk, and what the disk has left. Compared exactly."""

import shutil
from pathlib import Path

from cargo_hone.ci.gate_judged import Budget, Judged, Shown, Unit
from cargo_hone.ci.gate_known import Known, unmeasured
from cargo_hone.ci.gate_since import Since
from cargo_hone.measure.gate_budget import GateKind, GateVerdict, free_budget, size_budget
from cargo_hone.measure.meter import allocated_bytes
from cargo_hone.model import Scenario
from cargo_hone.quantity import parse_bytes, parse_share
from cargo_hone.report import figures
from cargo_hone.report.course_pages import target_bytes


def target(limit: str, known: Known, target_dir: Path) -> Judged:
    """Judge a clean build's size: against base's (`10%`), or against a limit in bytes (`12G`)."""
    base, _, now = known.row(known.of(Scenario.CLEAN_COLD))
    size = target_bytes(now) if now is not None else None
    if not limit.endswith("%"):
        return _target_at_most(limit, size, target_dir)
    if now is None or size is None:
        return unmeasured(Budget.TARGET, limit, Unit.BYTES)
    alike = [point for point in base if point.run.rustc == now.run.rustc and point.target_bytes]
    # Of the newest commit alone: the same build is as large, and growth that base has taken is no fault of head's.
    newest = alike[-1].run.commit if alike else None
    sizes = [found for p in alike if p.run.commit == newest if (found := target_bytes(p))]
    verdict = size_budget(sizes, size, allowed=parse_share(limit))
    since = None
    if verdict.kind is GateKind.FAIL and now.run.commit is not None:
        since = Since(commit=now.run.commit, after=newest, is_found=False)
    return Judged(
        budget=Budget.TARGET,
        limit=limit,
        verdict=verdict,
        shown=Shown.EXACT,
        unit=Unit.BYTES,
        base=float(sorted(sizes)[(len(sizes) - 1) // 2]) if sizes else None,
        head=float(size),
        since=since,
    )


def _target_at_most(limit: str, size: int | None, target_dir: Path) -> Judged:
    """A limit in bytes: of what a clean build leaves, or, where none was measured, of what is there now."""
    most = parse_bytes(limit)
    what = "a clean build takes"
    if size is None:
        size, what = allocated_bytes(target_dir), "the target directory takes"
    fails = size > most
    why = f"{what} {figures.size(size)}, {'more' if fails else 'no more'} than {figures.size(most)}"
    kind = GateKind.FAIL if fails else GateKind.PASS
    return Judged(
        budget=Budget.TARGET,
        limit=limit,
        verdict=GateVerdict(kind=kind, ratio=None, low=None, high=None, why=why),
        shown=Shown.EXACT,
        unit=Unit.BYTES,
        head=float(size),
    )


def free_disk(limit: str, target_dir: Path) -> Judged:
    """Judge what is free on the disk that holds the target directory, now."""
    place = next(path for path in (target_dir, *target_dir.parents) if path.exists())
    free = shutil.disk_usage(place).free
    return Judged(
        budget=Budget.FREE_DISK,
        limit=limit,
        verdict=free_budget(free, parse_bytes(limit)),
        shown=Shown.EXACT,
        unit=Unit.BYTES,
        head=float(free),
    )
