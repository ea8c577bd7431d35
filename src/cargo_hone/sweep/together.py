"""The sweep of several target directories at once, for one budget that they share."""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.errors import HoneError
from cargo_hone.files.failure import explained
from cargo_hone.files.walk import disk_usage
from cargo_hone.sweep.budget import Budget
from cargo_hone.sweep.judged import Judged, Request, judged
from cargo_hone.sweep.plan import SweepPlan, make_plan
from cargo_hone.sweep.shared import Holding, share
from cargo_hone.sweep.shortfall import Shortfall
from cargo_hone.sweep.space import read_space
from cargo_hone.sweep.sweep import Swept, carried_out, cleared, held, jobs, opened, skipped
from cargo_hone.target.layout import Layout
from cargo_hone.target.state import Untouchable
from cargo_hone.target.uncollected import uncollected


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A target directory that could not be swept: a build is at work, the system refuses."""

    target_dir: Path
    error: HoneError


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """What was done, by the requests' directories in their order, and what could not be; sizes are those of all."""

    swept: Mapping[Path, Swept]
    refused: tuple[Refused, ...]
    before_bytes: int
    after_bytes: int
    shortfall: Shortfall | None


def sweep_together(
    requests: Sequence[Request],
    *,
    budget: Budget | None,
    dry_run: bool,
    wait_s: float = 0.0,
    on_wait: Callable[[str], None] = lambda _: None,
) -> Together:
    """Sweep all that can be swept. Whoever builds is waited for, `wait_s` seconds for all, and then left out."""
    _await_builds(requests, wait_s=wait_s, on_wait=on_wait)
    swept: dict[Path, Swept] = {}
    refused: list[Refused] = []
    with contextlib.ExitStack() as stack:
        stack.enter_context(uncollected())
        found: list[Judged] = []
        trash_bytes: dict[Path, int] = {}
        for request in requests:
            with _collected(refused, request):
                layout = _entered(stack, request)
                if isinstance(layout, Untouchable):
                    swept[request.target_dir] = skipped(layout, None)
                else:
                    trash_bytes[request.target_dir] = cleared(layout, dry_run=dry_run)
                    found.append(judged(layout, request))
        sizes = _sizes(requests, found)
        plans, shortfall = _plans(found, budget, total_bytes=sum(sizes.values()))
        for one, plan in zip(found, plans, strict=True):
            with _collected(refused, one.request):
                target_dir = one.request.target_dir
                swept[target_dir] = carried_out(
                    one, plan, dry_run=dry_run, trash_bytes=trash_bytes[target_dir]
                )
    ordered = {r.target_dir: swept[r.target_dir] for r in requests if r.target_dir in swept}
    before_bytes = sum(sizes.values())
    freed_bytes = sum(one.record.before_bytes - one.record.after_bytes for one in ordered.values())
    return Together(
        swept=ordered,
        refused=tuple(refused),
        before_bytes=before_bytes,
        after_bytes=before_bytes - freed_bytes,
        shortfall=shortfall,
    )


@contextlib.contextmanager
def _collected(refused: list[Refused], request: Request) -> Iterator[None]:
    """What goes wrong with one of them does not keep the others from it."""
    try:
        with explained("look through", request.target_dir):
            yield
    except HoneError as error:
        refused.append(Refused(target_dir=request.target_dir, error=error))


def _await_builds(
    requests: Sequence[Request], *, wait_s: float, on_wait: Callable[[str], None]
) -> None:
    """Wait, holding nothing: a build that waits for one of ours while we wait for it would wait for good."""
    give_up_s = time.monotonic() + wait_s
    for request in requests:
        with contextlib.suppress(
            HoneError, OSError
        ):  # It is met again, and told, when it is entered.
            layout = opened(request, for_locks=True)
            if not isinstance(layout, Untouchable):
                left_s = max(give_up_s - time.monotonic(), 0.0)
                with held(layout, wait_s=left_s, on_wait=on_wait):
                    pass


def _entered(stack: contextlib.ExitStack, request: Request) -> Layout | Untouchable:
    """Take the locks, for as long as the stack lives, and look again."""
    layout = opened(request, for_locks=True)
    if isinstance(layout, Untouchable):
        return layout
    stack.enter_context(held(layout, wait_s=0.0, on_wait=lambda _: None))
    return opened(request)


def _sizes(requests: Sequence[Request], found: Sequence[Judged]) -> dict[Path, int]:
    """What each takes; those that lie inside another one are in what that takes."""
    known = {one.request.target_dir: one.state.inventory.total_bytes for one in found}
    roots = [request.target_dir for request in requests]
    sizes: dict[Path, int] = {}
    for root in roots:
        if not any(other in root.parents for other in roots):
            sizes[root] = known[root] if root in known else _size_bytes(root)
    return sizes


def _size_bytes(root: Path) -> int:
    try:
        return disk_usage(root).allocated_bytes
    except OSError:
        return 0  # That it cannot be read is told where it was to be swept.


def _plans(
    found: Sequence[Judged], budget: Budget | None, *, total_bytes: int
) -> tuple[Sequence[SweepPlan], Shortfall | None]:
    if budget is None or not found:
        return [
            make_plan(one.state, one.judgement, one.in_use, docs=one.docs) for one in found
        ], None
    holdings = [Holding(judged=one, device=one.layout.root.stat().st_dev) for one in found]
    shared = share(
        holdings,
        budget,
        total_bytes=total_bytes,
        free_bytes={
            holding.device: read_space(holding.judged.layout.root).free_bytes
            for holding in holdings
        },
        now_ns=time.time_ns(),
        jobs=jobs(),
    )
    return shared.plans, shared.shortfall
