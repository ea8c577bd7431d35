"""`cargo hone sweep -r [PATH]…`: all target directories below, with one budget for all of them."""

from pathlib import Path

from cargo_hone.cli import sweep_json, sweep_record, sweep_shown
from cargo_hone.cli.invocation import Format, Invocation
from cargo_hone.cli.sweep_asked import WAIT_S, Asked
from cargo_hone.errors import Exit, HoneError
from cargo_hone.history.swept import Trigger
from cargo_hone.report import figures
from cargo_hone.sweep import many
from cargo_hone.sweep.judged import Request
from cargo_hone.sweep.many import Many
from cargo_hone.sweep.subject import Subject
from cargo_hone.sweep.together import Together, sweep_together
from cargo_hone.target.premises import Premises, unknown_premises
from cargo_hone.ui.confirm import confirmed


def run(invocation: Invocation, asked: Asked) -> int:
    """Find all, plan all together, ask once, sweep all that can be swept; what a build locks is left out."""
    console = invocation.console
    found = many.find(asked.paths or (Path.cwd(),), env=invocation.env, flags=invocation.flags)
    for passed in found.passed:
        console.note(f"note: {passed.path} was not looked into: {passed.reason}")
    requests = [_request(invocation, one, asked) for one in found.subjects]
    planned = sweep_together(
        requests, budget=asked.budget, dry_run=True, wait_s=WAIT_S, on_wait=console.note
    )
    to_delete = any(one.takes_something for one in planned.swept.values())
    if asked.dry_run:
        code = _tell(invocation, planned)
        _present(invocation, planned, found, asked)
        return int(code or (Exit.FINDINGS if to_delete else Exit.OK))
    if to_delete and not asked.yes:
        if invocation.format is Format.PLAIN:
            _show(invocation, planned, found, dry_run=True)
        freed_bytes = planned.before_bytes - planned.after_bytes
        if not confirmed(console, f"Delete {figures.size(freed_bytes)}?"):
            return int(Exit.FINDINGS)
    done = planned
    if to_delete:
        done = sweep_together(
            requests, budget=asked.budget, dry_run=False, wait_s=WAIT_S, on_wait=console.note
        )
    code = _tell(invocation, done)
    _record(invocation, done, found, asked)
    _present(invocation, done, found, asked)
    missing_free = done.shortfall is not None and done.shortfall.missing_free_bytes
    return int(code or (Exit.UNAVAILABLE if missing_free else Exit.OK))


def _request(invocation: Invocation, one: Subject, asked: Asked) -> Request:
    premises, doubts = _premises(invocation, one)
    return Request(
        target_dir=one.target_dir,
        premises=premises,
        rest=one.gone,
        recorded=sweep_record.recalled(invocation, one) if asked.budget is not None else (),
        doubts=doubts,
        wants_shares=asked.dry_run and invocation.format is Format.JSON,
    )


def _premises(invocation: Invocation, one: Subject) -> tuple[Premises, tuple[str, ...]]:
    """What is known of a workspace; one that cannot be looked at does not keep the others from being swept."""
    try:
        return one.premises(invocation.env), (one.doubt,) if one.doubt else ()
    except HoneError as error:
        return unknown_premises(one.target_dir), (error.message,)


def _tell(invocation: Invocation, done: Together) -> Exit:
    """Say which ones were left out; returns the exit code of the first."""
    codes = [sweep_shown.tell(one.error, invocation.console) for one in done.refused]
    return codes[0] if codes else Exit.OK


def _record(invocation: Invocation, done: Together, found: Many, asked: Asked) -> None:
    subjects = {one.target_dir: one for one in found.subjects}
    for target_dir, one in done.swept.items():
        if one.takes_something:
            sweep_record.recorded(
                invocation,
                subjects[target_dir],
                one,
                budget=asked.budget,
                trigger=Trigger.ASKED,
            )


def _present(invocation: Invocation, done: Together, found: Many, asked: Asked) -> None:
    if invocation.format is Format.JSON:
        text = sweep_json.together(
            done,
            {one.target_dir: one for one in found.subjects},
            budget=asked.budget,
            dry_run=asked.dry_run,
            passed=found.passed,
        )
        invocation.console.print(text)
        return
    _show(invocation, done, found, dry_run=asked.dry_run)


def _show(invocation: Invocation, done: Together, found: Many, *, dry_run: bool) -> None:
    console = invocation.console
    if not found.subjects:
        console.print("there is no target directory of cargo's")
        return
    for one in done.swept.values():
        if one.takes_something:
            sweep_shown.show_plan(one, console, named=True)
            sweep_shown.show_sizes(one, console, dry_run=dry_run)
        else:
            size = figures.size(one.record.before_bytes)
            why = f": {one.plan.skipped}" if one.plan.skipped else ""
            console.print(f"{one.plan.target_dir}: nothing goes of {size}{why}")
    word = "would leave" if dry_run else "left"
    console.print(
        f"together: {figures.size(done.before_bytes)} before, {word} {figures.size(done.after_bytes)}"
    )
    if done.shortfall is not None:
        console.print(sweep_shown.shortfall_text(done.shortfall))
