"""A sweep as people read it: what goes and why, what the budget takes and its price, what stays."""

from cargo_hone.errors import Exit, HoneError
from cargo_hone.report import figures
from cargo_hone.sweep import memory
from cargo_hone.sweep.draft import Step
from cargo_hone.sweep.plan import SweepPlan
from cargo_hone.sweep.price import Source
from cargo_hone.sweep.shortfall import Shortfall
from cargo_hone.sweep.sweep import Swept
from cargo_hone.ui.console import Console

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


def show_plan(plan: SweepPlan, console: Console, *, named: bool) -> None:
    """Print what goes by reason, what it costs, and what stays; `named` says whose target directory it is."""
    if named:
        console.print(f"{plan.target_dir}:")
    if plan.skipped:
        console.print(f"nothing was judged: {plan.skipped}")
    for part in memory.parts(plan):
        word = _WORDS[Step(part.step)]
        console.print(
            f"{word:<8}  {part.pieces:>5}  {figures.size(part.freed_bytes):>8}  {part.reason}"
        )
    for stay in plan.stays:
        console.print(
            f"stays     {stay.units:>5}  {figures.size(stay.size_bytes):>8}  {stay.reason}"
        )
    console.print(f"alive     {plan.alive_units:>5}")
    if plan.price.units:
        console.print(price_text(plan))
    if plan.shortfall is not None:
        console.print(shortfall_text(plan.shortfall))


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
