"""What sweeps remember for the next one, and for whoever wants to read of them."""

from collections.abc import Iterable
from pathlib import Path

from cargo_hone.history.database import open_existing_history, open_history
from cargo_hone.history.record import utc_now
from cargo_hone.history.sweeps import OwnSweep, SweptPart, Trigger, record_sweep
from cargo_hone.history.unit_times import RebuildTime, record_unit_times, unit_times
from cargo_hone.sweep.budget import Budget
from cargo_hone.sweep.plan import Removal, SweepPlan
from cargo_hone.sweep.sweep import Swept


def recall(state_dir: Path, target_dir: Path) -> tuple[RebuildTime, ...]:
    """Return the compile times that earlier sweeps saw; makes no file. Raises as `open_existing_history` does."""
    with open_existing_history(state_dir) as database:
        return unit_times(database, target_dir.resolve()) if database else ()


def remember(state_dir: Path, swept: Swept, *, budget: Budget | None, trigger: Trigger) -> OwnSweep:
    """Record a sweep, and the compile times that it saw. Raises as `open_history` does."""
    plan, record = swept.plan, swept.record
    asked = budget or Budget()
    sweep = OwnSweep(
        target_dir=plan.target_dir.resolve(),
        swept_at=utc_now(),
        trigger=trigger,
        before_bytes=record.before_bytes,
        after_bytes=record.after_bytes,
        deleted_units=record.deleted_units,
        kept_units=record.kept_units,
        max_bytes=asked.max_bytes,
        min_free_bytes=asked.min_free_bytes,
        older_than_s=asked.older_than_s,
        rebuild_s=plan.price.rebuild_s,
        compile_s=plan.price.compile_s,
        missing_bytes=plan.shortfall.missing_bytes if plan.shortfall else 0,
        skipped=record.skipped,
        parts=parts(plan),
    )
    with open_history(state_dir) as database:
        record_sweep(database, sweep)
        record_unit_times(database, sweep.target_dir, swept.times)
    return sweep


def parts(plan: SweepPlan) -> tuple[SweptPart, ...]:
    """Return what goes, by step and reason: steps in their order, within each the most bytes first."""
    found: dict[tuple[str, str], list[Removal]] = {}
    for removal in plan.removals:
        found.setdefault((removal.step, removal.reason), []).append(removal)
    steps = list(dict.fromkeys(step for step, _ in found))
    summed = [
        SweptPart(step=step, reason=reason, pieces=len(of), freed_bytes=_freed(of))
        for (step, reason), of in found.items()
    ]
    return tuple(sorted(summed, key=lambda part: (steps.index(part.step), -part.freed_bytes)))


def _freed(removals: Iterable[Removal]) -> int:
    return sum(removal.freed_bytes for removal in removals)
