"""What sweeps write down for the next one, and for whoever wants to read of them."""

from pathlib import Path

from cargo_hone.history.database import Database, open_existing_history, open_history
from cargo_hone.history.stored import utc_now
from cargo_hone.history.sweeps import (
    OwnSweep,
    own_sweeps,
    record_proof,
    record_seen,
    record_sweep,
)
from cargo_hone.history.swept import Trigger
from cargo_hone.history.unit_times import record_unit_times
from cargo_hone.sweep.budget import Budget
from cargo_hone.sweep.parts import parts
from cargo_hone.sweep.rebuilt import seen
from cargo_hone.sweep.sweep import Swept

_LOOKED_BACK = 20
"""How many earlier sweeps may still learn what their price became."""


def remember(state_dir: Path, swept: Swept, *, budget: Budget | None, trigger: Trigger) -> OwnSweep:
    """Record a sweep, the times that it saw, and what earlier sweeps' prices became. Raises as `open_history` does."""
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
        given_up=swept.given_up,
    )
    with open_history(state_dir) as database:
        _look_back(database, swept)
        record_sweep(database, sweep)
        record_unit_times(database, sweep.target_dir, swept.times)
    return sweep


def look_back(state_dir: Path, swept: Swept) -> None:
    """Keep what earlier sweeps' prices became, as far as this look shows it. Raises as `open_existing_history`."""
    with open_existing_history(state_dir) as database:
        if database is not None:
            _look_back(database, swept)


def proven(state_dir: Path, sweep: OwnSweep, rebuilt_units: int) -> None:
    """Keep how many units the proof of a recorded sweep compiled although it was not to. Raises as `open_history`."""
    with open_history(state_dir) as database:
        record_proof(database, sweep, rebuilt_units)


def _look_back(database: Database, swept: Swept) -> None:
    for earlier in own_sweeps(database, swept.plan.target_dir.resolve(), limit=_LOOKED_BACK):
        found = seen(earlier, swept.compiled)
        # Later edits hide what was seen once.
        if found is not None and (earlier.seen is None or found.units > earlier.seen.units):
            record_seen(database, earlier, found)
