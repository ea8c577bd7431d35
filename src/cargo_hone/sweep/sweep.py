"""The sweep of target directories, from the first look to the record."""

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.errors import Busy
from cargo_hone.files import trash
from cargo_hone.files.failure import explained
from cargo_hone.files.walk import disk_usage
from cargo_hone.history.swept import GivenUp, RebuildTime, SweepRecord
from cargo_hone.proc import processors
from cargo_hone.sweep.budget import Budget, Demand
from cargo_hone.sweep.execute import execute
from cargo_hone.sweep.judged import Judged, Request, judged
from cargo_hone.sweep.live import Live
from cargo_hone.sweep.plan import SweepPlan, make_plan
from cargo_hone.sweep.rebuilt import Compiled
from cargo_hone.sweep.shortfall import untouched
from cargo_hone.sweep.space import read_space
from cargo_hone.target.attribution import Share, attribute
from cargo_hone.target.inventory import allocated_bytes
from cargo_hone.target.layout import Layout
from cargo_hone.target.locks import locked
from cargo_hone.target.premises import Premises
from cargo_hone.target.state import Untouchable, examine
from cargo_hone.target.uncollected import uncollected


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """The record for history, and the plan for whoever wants to see what went, what stayed and why.

    `times` are compilations that only this target directory knows of, for the next sweep's `recorded`; `compiled`
    says when units were compiled, `given_up` which units went that were not dead.
    """

    record: SweepRecord
    plan: SweepPlan
    times: tuple[RebuildTime, ...] = ()
    compiled: tuple[Compiled, ...] = ()
    given_up: tuple[GivenUp, ...] = ()
    shares: tuple[Share, ...] = ()
    """Where the space was, if that was asked for."""
    trash_bytes: int = 0
    """What a killed sweep had left in its trash, which goes in any case."""

    @property
    def takes_something(self) -> bool:
        """Whether anything goes."""
        return bool(self.plan.removals) or self.trash_bytes > 0

    @property
    def freed_bytes(self) -> int:
        """What comes back, or would."""
        return self.plan.freed_bytes + self.trash_bytes


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
    request = Request(
        target_dir=target_dir, premises=premises, live=Live(hashes=live), recorded=recorded
    )
    return sweep_one(request, dry_run=dry_run, wait_s=wait_s, budget=budget)


def sweep_one(
    request: Request,
    *,
    dry_run: bool,
    wait_s: float,
    budget: Budget | None,
    on_wait: Callable[[str], None] = lambda _: None,
) -> Swept:
    """Do what `sweep` does; `on_wait` is told for what it waits."""
    with explained("look through", request.target_dir), uncollected():
        found = opened(request, for_locks=True)
        if isinstance(found, Untouchable):
            return skipped(found, budget)
        with held(found, wait_s=wait_s, on_wait=on_wait):
            # What a build did between the first look and the lock counts.
            again = opened(request)
            if isinstance(again, Untouchable):
                return skipped(again, budget)
            trash_bytes = cleared(again, dry_run=dry_run)
            one = judged(again, request)
            plan = make_plan(
                one.state,
                one.judgement,
                one.in_use,
                demand=_demand(one, budget) if budget is not None else None,
                docs=one.docs,
            )
            return carried_out(one, plan, dry_run=dry_run, trash_bytes=trash_bytes)


def opened(request: Request, *, for_locks: bool = False) -> Layout | Untouchable:
    """Read how the target directory is laid out, or say why nothing in it may be judged. Raises OSError.

    `for_locks` is as for `target.layout.read_layout`.
    """
    premises, target_dir = request.premises, request.target_dir
    if premises.build_dir is not None and target_dir in {premises.build_dir, premises.target_dir}:
        root, final_root = premises.build_dir, premises.target_dir
        return examine(root, final_root=final_root, for_locks=for_locks)
    return examine(target_dir, for_locks=for_locks)


@contextlib.contextmanager
def held(layout: Layout, *, wait_s: float, on_wait: Callable[[str], None]) -> Iterator[None]:
    """Hold cargo's locks while the block runs. Raises as `target.locks.locked` does."""
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(locked(layout))
        except Busy as error:
            if wait_s <= 0:
                raise
            on_wait(f"waiting for a build: {error.message}")
            stack.enter_context(locked(layout, wait_s=wait_s))
        yield


def cleared(layout: Layout, *, dry_run: bool) -> int:
    """Delete what a killed sweep left in its trash, unless it is a `dry_run`; returns the allocated bytes of that.

    Raises Unavailable, or UsageProblem where the trash is not ours.
    """
    size_bytes = 0
    for root in layout.roots:
        size_bytes += disk_usage(root / trash.DIRECTORY_NAME).allocated_bytes
        if not dry_run:
            trash.empty_leftovers(root)
    return size_bytes


def carried_out(one: Judged, plan: SweepPlan, *, dry_run: bool, trash_bytes: int) -> Swept:
    """Delete what the plan names, unless it is a `dry_run`; the caller still holds the locks.

    `trash_bytes` is what `cleared` said of it.
    """
    if dry_run:
        before_bytes = plan.total_bytes
        after_bytes = before_bytes - plan.freed_bytes - trash_bytes
    else:
        before_bytes = after_bytes = plan.total_bytes
        before_bytes += trash_bytes
        if plan.removals:
            execute(plan, roots=one.layout.roots)
            after_bytes = allocated_bytes(one.layout)
    return Swept(
        record=SweepRecord(
            target_dir=one.layout.root,
            before_bytes=before_bytes,
            after_bytes=after_bytes,
            deleted_units=plan.deleted_units,
            kept_units=plan.kept_units,
            rebuilt_units=None,
        ),
        plan=plan,
        times=one.worth_recording() if one.request.wants_record else (),
        compiled=one.compiled() if one.request.wants_record else (),
        given_up=one.given_up(plan.given_up) if one.request.wants_record else (),
        shares=attribute(one.state) if one.request.wants_shares else (),
        trash_bytes=trash_bytes,
    )


def skipped(found: Untouchable, budget: Budget | None) -> Swept:
    """What there is to tell of a directory that nothing may be deleted from. Raises OSError."""
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


def jobs() -> int:
    """How many units cargo compiles at a time here."""
    return processors()


def _demand(one: Judged, budget: Budget) -> Demand:
    return Demand(
        budget=budget,
        costs=one.costs,
        free_bytes=read_space(one.layout.root).free_bytes,
        now_ns=time.time_ns(),
        jobs=jobs(),
        live=one.live,
    )
