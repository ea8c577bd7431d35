"""A sweep as people read it: what goes and why, what the budget takes and its price, what stays."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cargo_hone.errors import Exit, HoneError
from cargo_hone.report import figures
from cargo_hone.sweep.commands import Commands
from cargo_hone.sweep.draft import Step
from cargo_hone.sweep.parts import parts
from cargo_hone.sweep.plan import SweepPlan
from cargo_hone.sweep.price import Source
from cargo_hone.sweep.shortfall import Shortfall
from cargo_hone.sweep.sweep import Swept
from cargo_hone.target.attribution import Share
from cargo_hone.ui.console import Console

if TYPE_CHECKING:
    from cargo_hone.sweep.verify import Checked

_ROWS_SHOWN = 10
_DOUBTS_SHOWN = 3

_WORDS = {
    Step.DEAD: "dead",
    Step.OLD: "old",
    Step.SESSIONS: "sessions",
    Step.LIVE: "rebuild",
}
_SOURCES = {
    Source.TARGET: "the target directory's own",
    Source.RECORDED: "recorded by an earlier sweep",
    Source.ESTIMATED: "estimated from the size",
}


def show_plan(swept: Swept, console: Console, *, named: bool) -> None:
    """Print what goes by reason, what it costs, and what stays; `named` says whose target directory it is."""
    plan = swept.plan
    if named:
        console.print(f"{plan.target_dir}:")
    if plan.skipped:
        console.print(f"nothing was judged: {plan.skipped}")
    if swept.shares:
        _show_shares(swept, console)
    if swept.trash_bytes:
        size = figures.size(swept.trash_bytes)
        console.print(f"trash            {size:>8}  what a sweep left that was killed")
    for part in parts(plan):
        word = _WORDS[Step(part.step)]
        console.print(
            f"{word:<8}  {part.pieces:>5}  {figures.size(part.freed_bytes):>8}  {part.reason}"
        )
    for stay in plan.stays:
        console.print(
            f"stays     {stay.units:>5}  {figures.size(stay.size_bytes):>8}  {stay.reason}"
        )
    console.print(f"alive     {plan.alive_units:>5}")
    for doubt in plan.doubts[:_DOUBTS_SHOWN]:
        console.print(f"doubt     {doubt}")
    if len(plan.doubts) > _DOUBTS_SHOWN:
        console.print(f"doubt     and {len(plan.doubts) - _DOUBTS_SHOWN} more (--format json)")
    if plan.price.units:
        console.print(price_text(plan))
    if plan.shortfall is not None:
        console.print(shortfall_text(plan.shortfall))


def _show_shares(swept: Swept, console: Console) -> None:
    """Print where the space is: the largest rows, and the sum of the others."""
    shown = [share for share in swept.shares if share.size_bytes][:_ROWS_SHOWN]
    for share in shown:
        console.print(f"space     {figures.size(share.size_bytes):>8}  {_owner(share)}")
    rest = [share for share in swept.shares if share not in shown]
    rest_bytes = sum(share.size_bytes for share in rest)
    if rest_bytes:
        console.print(
            f"space     {figures.size(rest_bytes):>8}  in {len(rest)} smaller rows (--format json)"
        )


def _owner(share: Share) -> str:
    return f"{share.name}: {share.kind}" if share.name else str(share.kind)


def show_commands(commands: Commands, console: Console) -> None:
    """Print what this repository runs, for whoever wants to say what is live."""
    if not commands.found:
        return
    console.print('this repository runs (what you use can be named: --live "COMMAND"):')
    for one in commands.found[:_ROWS_SHOWN]:
        console.print(f"  cargo {one.command.text}  ({', '.join(one.sources)})")
    if len(commands.found) > _ROWS_SHOWN:
        console.print(f"  and {len(commands.found) - _ROWS_SHOWN} more (--format json)")


def show_proof(checked: Sequence["Checked"], console: Console) -> None:
    """Print what the commands compiled after the sweep."""
    for one in checked:
        compiled = len(one.missed) + len(one.priced) + len(one.others)
        reasons = [
            f"{len(labels)} {why}"
            for labels, why in (
                (one.missed, "that the sweep should have left"),
                (one.priced, "given up for the budget"),
                (one.others, "that were not there, or out of date, before"),
            )
            if labels
        ]
        text = f": {', '.join(reasons)}" if reasons else ""
        word = "proof" if one.ok else "failed"
        console.print(
            f"{word:<8}  cargo {one.command.text}:"
            f" {figures.count(compiled, 'unit')} compiled, {one.fresh} fresh{text}"
        )


def show_sizes(swept: Swept, console: Console, *, dry_run: bool) -> None:
    """Print the size before and after."""
    word = "would leave" if dry_run else "left"
    before, after = swept.record.before_bytes, swept.record.after_bytes
    console.print(f"{figures.size(before)} before, {word} {figures.size(after)}")


def price_text(plan: SweepPlan) -> str:
    """Say what it takes to have again what was not dead, and how that is known."""
    price = plan.price
    known = ", ".join(f"{count} {_SOURCES[source]}" for source, count in price.sources)
    jobs = f"{figures.count(price.jobs, 'job')} at a time"
    return (
        f"price     {figures.count(price.units, 'unit')} to compile again when they are wanted: "
        f"{figures.seconds(price.rebuild_s)} with {jobs}"
        f" ({figures.seconds(price.compile_s)} in all; times: {known})"
    )


def shortfall_text(shortfall: Shortfall) -> str:
    """Say what is missing to the budget, and what is in its way."""
    left = "; ".join(f"{figures.size(one.size_bytes)} are {one.what}" for one in shortfall.left)
    return (
        f"the budget cannot be reached: {figures.size(shortfall.missing_bytes)} are missing, and nothing"
        " more may go" + (f". Of what is left {left}" if left else "")
    )


def tell(error: HoneError, console: Console) -> Exit:
    """Say what went wrong with one of several target directories; returns its exit code."""
    console.error(f"{error.message}\n  next: {error.next_step}")
    return error.code
