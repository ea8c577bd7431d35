"""`cargo hone sweep`: give disk space back, the dead first, as much as was asked for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import click

from cargo_hone.cli import sweep_auto, sweep_json, sweep_record, sweep_shown
from cargo_hone.cli.duration import Duration
from cargo_hone.cli.invocation import Format, Invocation, with_invocation
from cargo_hone.cli.size import Size
from cargo_hone.errors import Exit, HoneError, UsageProblem
from cargo_hone.history.sweeps import Trigger
from cargo_hone.report import figures
from cargo_hone.sweep.budget import Budget
from cargo_hone.sweep.subject import Subject
from cargo_hone.sweep.sweep import Swept, sweep
from cargo_hone.ui.confirm import confirmed
from cargo_hone.ui.console import Console

_WAIT_S = 10.0


@click.command("sweep")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@click.option("--max-size", type=Size(), help="What the target directory may take: 10G.")
@click.option("--min-free", type=Size(), help="What its disk must have free: 20G.")
@click.option("--older-than", type=Duration(), help="Take what no build compiled since: 14d.")
@click.option("--auto", is_flag=True, help="Apply the thresholds of .config/hone.toml; never asks.")
@click.option("--watch", type=Duration(), help="With --auto: stay, and look again every 10m.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("-n", "--dry-run", is_flag=True, help="Show what would go; delete nothing.")
@with_invocation
def command(
    invocation: Invocation,
    *,
    paths: tuple[Path, ...],
    max_size: int | None,
    min_free: int | None,
    older_than: float | None,
    auto: bool,
    watch: float | None,
    yes: bool,
    dry_run: bool,
) -> int:
    """Delete what is provably dead in this workspace's target directory, and more where a budget asks for it.

    Dead is what no build of this workspace can use any more: units of settings, versions and packages that have
    gone, superseded incremental sessions, files without a fingerprint. A budget then takes incremental sessions,
    and at last live units, always with all that stands on them, those first that are compiled again in the least
    time; it says beforehand how long that will take. cargo's own locks are held.

    PATH is a workspace or a target directory; each gets the same budget for itself.
    """
    budget = None
    if (max_size, min_free, older_than) != (None, None, None):
        budget = Budget(max_bytes=max_size, min_free_bytes=min_free, older_than_s=older_than)
    if auto:
        if budget is not None:
            raise UsageProblem(
                "--auto takes its thresholds from the settings, not from --max-size, --min-free or --older-than",
                next_step="leave those out, or leave --auto out",
            )
        return sweep_auto.run(invocation, paths, every_s=watch, dry_run=dry_run)
    if watch is not None:
        raise UsageProblem("--watch goes with --auto only", next_step="add --auto")
    return _sweep(invocation, paths, budget, yes=yes, dry_run=dry_run)


def _sweep(
    invocation: Invocation,
    paths: tuple[Path, ...],
    budget: Budget | None,
    *,
    yes: bool,
    dry_run: bool,
) -> int:
    """Plan all, ask once, sweep one after the other; one that cannot be swept does not keep the others from it."""
    for path in paths:
        if not path.is_dir():
            raise UsageProblem(
                f"there is no directory {path}",
                next_step="name a workspace's directory or a target directory",
            )
    found = sweep_auto.subjects(invocation, paths)
    each = _Each(invocation.console, several=len(found) > 1)
    planned = each.of(found, lambda one: (one, _swept(invocation, one, budget, dry_run=True)))
    to_delete = any(plan.plan.removals for _, plan in planned)
    if dry_run:
        _present(invocation, [plan for _, plan in planned], budget, dry_run=True, each=each)
        return int(each.code or (Exit.FINDINGS if to_delete else Exit.OK))
    if to_delete and not yes:
        if invocation.format is Format.PLAIN:
            for _, plan in planned:
                sweep_shown.show_plan(plan.plan, invocation.console, named=each.several)
        freed_bytes = sum(plan.plan.freed_bytes for _, plan in planned)
        if not confirmed(invocation.console, f"Delete {figures.size(freed_bytes)}?"):
            return int(Exit.FINDINGS)
    done = each.of(planned, lambda job: _done(invocation, *job, budget))
    _present(invocation, done, budget, dry_run=False, each=each)
    return int(each.code or _missing(done))


_One = TypeVar("_One")
_Made = TypeVar("_Made")


@dataclass(slots=True)
class _Each:
    """Does something with each of several; an error is told and the others go on, of one alone it is raised."""

    console: Console
    several: bool = field(kw_only=True)
    code: Exit = Exit.OK

    def of(self, ones: Sequence[_One], do: Callable[[_One], _Made]) -> list[_Made]:
        made: list[_Made] = []
        for one in ones:
            try:
                made.append(do(one))
            except HoneError as error:
                if not self.several:
                    raise
                self.code = sweep_shown.tell(error, self.console)
        return made


def _done(invocation: Invocation, one: Subject, planned: Swept, budget: Budget | None) -> Swept:
    swept = planned
    if planned.plan.removals:
        swept = _swept(invocation, one, budget, dry_run=False)
    sweep_record.recorded(invocation, one, swept, budget=budget, trigger=Trigger.ASKED)
    return swept


def _swept(invocation: Invocation, one: Subject, budget: Budget | None, *, dry_run: bool) -> Swept:
    return sweep(
        one.target_dir,
        premises=one.premises(invocation.env),
        dry_run=dry_run,
        wait_s=_WAIT_S,
        budget=budget,
        recorded=sweep_record.recalled(invocation, one) if budget is not None else (),
    )


def _present(
    invocation: Invocation,
    done: list[Swept],
    budget: Budget | None,
    *,
    dry_run: bool,
    each: _Each,
) -> None:
    console = invocation.console
    if invocation.format is Format.JSON:
        entries = [sweep_json.entry(one, budget=budget, dry_run=dry_run) for one in done]
        console.print(sweep_json.document(entries, dry_run=dry_run, several=each.several))
        return
    for one in done:
        sweep_shown.show_plan(one.plan, console, named=each.several)
        sweep_shown.show_sizes(one, console, dry_run=dry_run)


def _missing(done: list[Swept]) -> Exit:
    """Free space that was asked for and cannot be had is missing; of a size that cannot be reached we only tell."""
    short = (one.plan.shortfall for one in done)
    return Exit.UNAVAILABLE if any(s and s.missing_free_bytes for s in short) else Exit.OK
