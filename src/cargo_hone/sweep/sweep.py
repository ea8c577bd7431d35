"""The sweep of one target directory, from the first look to the record."""

import os
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.files import trash
from cargo_hone.files.walk import disk_usage
from cargo_hone.model import SweepRecord
from cargo_hone.sweep.execute import execute
from cargo_hone.sweep.plan import SweepPlan, make_plan
from cargo_hone.target.layout import Layout
from cargo_hone.target.liveness import judge
from cargo_hone.target.locks import locked
from cargo_hone.target.premises import Premises
from cargo_hone.target.running import read_in_use, units_in_use
from cargo_hone.target.state import Untouchable, examine, read_state


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """The record for history, and the plan for whoever wants to see what went, what stayed and why."""

    record: SweepRecord
    plan: SweepPlan


def sweep(
    target_dir: Path,
    *,
    premises: Premises,
    live: frozenset[str] = frozenset(),
    dry_run: bool = False,
    wait_s: float = 0.0,
) -> Swept:
    """Delete what is proven dead in a target directory, while holding cargo's locks.

    `live` are hashes of units that commands named (target.named.named_units); they and what they need stay.
    A `dry_run` judges under the same locks and changes nothing. Where nothing may be judged, the record says
    why in `skipped`. Raises Busy where a build holds a lock for longer than `wait_s`, Unavailable where the
    system refuses, OSError where a file that was listed cannot be read.
    """
    found = examine(target_dir)
    if isinstance(found, Untouchable):
        return _skipped(found)
    if not Path(os.path.realpath(target_dir)).is_relative_to(os.path.realpath(premises.root)):
        return _skipped(
            Untouchable(
                root=target_dir,
                reason=f"it lies outside {premises.root}, so other workspaces may build into it too",
            )
        )
    with locked(found, wait_s=wait_s):
        # What a build did between the first look and the lock counts.
        again = examine(target_dir)
        if isinstance(again, Untouchable):
            return _skipped(again)
        return _sweep_locked(again, premises=premises, live=live, dry_run=dry_run)


def _sweep_locked(
    layout: Layout, *, premises: Premises, live: frozenset[str], dry_run: bool
) -> Swept:
    if not dry_run:
        trash.empty_leftovers(layout.root)
    state = read_state(layout)
    in_use = read_in_use(layout.root)
    judgement = judge(
        state.graph, premises, live=live, in_use=units_in_use(state.units.units, in_use)
    )
    plan = make_plan(state, judgement, in_use)
    before_bytes = after_bytes = plan.total_bytes
    if not dry_run and plan.removals:
        execute(plan)
        after_bytes = disk_usage(layout.root).allocated_bytes
    record = SweepRecord(
        target_dir=layout.root,
        before_bytes=before_bytes,
        after_bytes=before_bytes - plan.freed_bytes if dry_run else after_bytes,
        deleted_units=plan.dead_units,
        kept_units=plan.kept_units,
        rebuilt_units=None,
    )
    return Swept(record=record, plan=plan)


def _skipped(found: Untouchable) -> Swept:
    is_there = found.root.is_dir() and not found.root.is_symlink()
    size_bytes = disk_usage(found.root).allocated_bytes if is_there else 0
    plan = SweepPlan(
        target_dir=found.root,
        removals=(),
        stays=(),
        alive_units=0,
        kept_units=0,
        total_bytes=size_bytes,
        skipped=found.reason,
    )
    record = SweepRecord(
        target_dir=found.root,
        before_bytes=size_bytes,
        after_bytes=size_bytes,
        deleted_units=0,
        kept_units=0,
        rebuilt_units=None,
        skipped=found.reason,
    )
    return Swept(record=record, plan=plan)
