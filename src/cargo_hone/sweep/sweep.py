"""The sweep of one target directory, from the first look to the record."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.files import trash
from cargo_hone.files.failure import explained
from cargo_hone.files.walk import disk_usage
from cargo_hone.history.unit_times import RebuildTime
from cargo_hone.model import SweepRecord
from cargo_hone.sweep.budget import Budget, Demand
from cargo_hone.sweep.execute import execute
from cargo_hone.sweep.plan import SweepPlan, make_plan
from cargo_hone.sweep.price import compile_times, costs, worth_recording
from cargo_hone.sweep.shortfall import untouched
from cargo_hone.sweep.space import read_space
from cargo_hone.target.layout import Layout
from cargo_hone.target.liveness import judge
from cargo_hone.target.locks import locked
from cargo_hone.target.premises import Premises
from cargo_hone.target.running import read_in_use, units_in_use
from cargo_hone.target.state import Untouchable, examine, read_state


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """The record for history, and the plan for whoever wants to see what went, what stayed and why.

    `times` are compilations that only this target directory knows of, for the next sweep's `recorded`.
    """

    record: SweepRecord
    plan: SweepPlan
    times: tuple[RebuildTime, ...] = ()


def sweep(
    target_dir: Path,
    *,
    premises: Premises,
    live: frozenset[str] = frozenset(),
    dry_run: bool = False,
    wait_s: float = 0.0,
    budget: Budget | None = None,
    recorded: Sequence[RebuildTime] = (),
) -> Swept:
    """Delete what is proven dead in a target directory, while holding cargo's locks.

    `live` are hashes of units that commands named (target.named.named_units); they and what they need stay, or
    go last where a `budget` asks for more than the dead. `recorded` are compile times that earlier sweeps of it
    saw; they price what the target directory itself does not tell. A `dry_run` judges under the same locks and
    changes nothing. Where nothing may be judged, the record says why in `skipped`. Raises Busy where a build
    holds a lock for longer than `wait_s`, Unavailable where the system refuses.
    """
    task = _Task(
        target_dir=target_dir,
        premises=premises,
        live=live,
        dry_run=dry_run,
        wait_s=wait_s,
        budget=budget,
        recorded=recorded,
    )
    with explained("look through", target_dir):
        return _sweep(task)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """What `sweep` was asked for."""

    target_dir: Path
    premises: Premises
    live: frozenset[str]
    dry_run: bool
    wait_s: float
    budget: Budget | None
    recorded: Sequence[RebuildTime]


def _sweep(task: _Task) -> Swept:
    found = examine(task.target_dir)
    if isinstance(found, Untouchable):
        return _skipped(found, task.budget)
    real = Path(os.path.realpath(task.target_dir))
    if not real.is_relative_to(os.path.realpath(task.premises.root)):
        return _skipped(
            Untouchable(
                root=task.target_dir,
                reason=f"it lies outside {task.premises.root}, so other workspaces may build into it too",
            ),
            task.budget,
        )
    with locked(found, wait_s=task.wait_s):
        # What a build did between the first look and the lock counts.
        again = examine(task.target_dir)
        if isinstance(again, Untouchable):
            return _skipped(again, task.budget)
        return _sweep_locked(again, task)


def _sweep_locked(layout: Layout, task: _Task) -> Swept:
    if not task.dry_run:
        trash.empty_leftovers(layout.root)
    state = read_state(layout)
    in_use = read_in_use(layout.root)
    judgement = judge(
        state.graph, task.premises, live=task.live, in_use=units_in_use(state.units.units, in_use)
    )
    times = compile_times(state)
    demand = None
    if task.budget is not None:
        demand = Demand(
            budget=task.budget,
            costs=costs(state, times, task.recorded),
            free_bytes=read_space(layout.root).free_bytes,
            now_ns=time.time_ns(),
            jobs=len(os.sched_getaffinity(0)),
            live=task.live,
        )
    plan = make_plan(state, judgement, in_use, demand=demand)
    before_bytes = after_bytes = plan.total_bytes
    if not task.dry_run and plan.removals:
        execute(plan)
        after_bytes = disk_usage(layout.root).allocated_bytes
    record = SweepRecord(
        target_dir=layout.root,
        before_bytes=before_bytes,
        after_bytes=before_bytes - plan.freed_bytes if task.dry_run else after_bytes,
        deleted_units=plan.deleted_units,
        kept_units=plan.kept_units,
        rebuilt_units=None,
    )
    return Swept(record=record, plan=plan, times=worth_recording(state, times))


def _skipped(found: Untouchable, budget: Budget | None) -> Swept:
    is_there = found.root.is_dir() and not found.root.is_symlink()
    size_bytes = disk_usage(found.root).allocated_bytes if is_there else 0
    shortfall = None
    if budget is not None and is_there:
        shortfall = untouched(budget, size_bytes, read_space(found.root).free_bytes)
    plan = SweepPlan(
        target_dir=found.root,
        removals=(),
        stays=(),
        alive_units=0,
        kept_units=0,
        total_bytes=size_bytes,
        skipped=found.reason,
        shortfall=shortfall,
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
