"""`cargo hone sweep [PATH]…`: the workspace here, or those that were named, each for itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from cargo_hone.cargo.metadata import Metadata
from cargo_hone.cli import sweep_proof, sweep_record, sweep_shown
from cargo_hone.cli.invocation import Format, Invocation
from cargo_hone.cli.sweep_asked import WAIT_S, Asked
from cargo_hone.cli.sweep_subjects import subjects
from cargo_hone.errors import Exit, HoneError
from cargo_hone.history.swept import Trigger
from cargo_hone.report import figures
from cargo_hone.sweep.judged import Request
from cargo_hone.sweep.live import NOTHING, Live
from cargo_hone.sweep.subject import Subject
from cargo_hone.sweep.sweep import Swept, sweep_one
from cargo_hone.target.uncollected import uncollected
from cargo_hone.ui.confirm import confirmed
from cargo_hone.ui.console import Console

if TYPE_CHECKING:
    from cargo_hone.history.sweeps import OwnSweep


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """A target directory, what was asked of it, and what a sweep would do now."""

    subject: Subject
    request: Request
    planned: Swept


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done:
    """A target directory, what a sweep did to it, and the record that was kept of it (None: it was none)."""

    subject: Subject
    swept: Swept
    kept: "OwnSweep | None"


@uncollected()
def run(invocation: Invocation, asked: Asked, here: Callable[[], Metadata] | None = None) -> int:
    """Plan all, ask once, sweep one after the other; one that cannot be swept does not keep the others from it."""
    found = subjects(invocation, asked.paths, here)
    proof = sweep_proof.Proof(invocation=invocation, asked=asked, subjects=found)
    live = proof.listen()
    each = _Each(invocation.console, several=len(found) > 1, code=proof.code)
    planned = each.of(found, lambda one: _planned(invocation, one, asked, live))
    to_delete = any(job.planned.takes_something for job in planned)
    if asked.dry_run:
        done = [_Done(subject=job.subject, swept=job.planned, kept=None) for job in planned]
        _present(invocation, done, asked, each=each, proof=proof)
        return int(each.code or (Exit.FINDINGS if to_delete else Exit.OK))
    if to_delete and not asked.yes:
        if invocation.format is Format.PLAIN:
            for job in planned:
                sweep_shown.show_plan(job.planned, invocation.console, named=each.several)
        freed_bytes = sum(job.planned.freed_bytes for job in planned)
        if not confirmed(invocation.console, f"Delete {figures.size(freed_bytes)}?"):
            return int(Exit.FINDINGS)
    done = each.of(planned, lambda job: _done(invocation, job, asked))
    for one in done:
        proof.check(one.swept, one.kept)
    _present(invocation, done, asked, each=each, proof=proof)
    return int(proof.code or each.code or _missing(done))


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


def _planned(invocation: Invocation, one: Subject, asked: Asked, live: Live) -> _Job:
    request = Request(
        target_dir=one.target_dir,
        premises=one.premises(invocation.env),
        live=live,
        rest="no live command uses it" if live is not NOTHING and not live.failed else "",
        recorded=sweep_record.recalled(invocation, one) if asked.budget is not None else (),
        doubts=(one.doubt,) if one.doubt else (),
        wants_shares=asked.dry_run,
        wants_record=not asked.dry_run,
    )
    planned = _swept(invocation, request, asked, dry_run=True)
    return _Job(subject=one, request=request, planned=planned)


def _done(invocation: Invocation, job: _Job, asked: Asked) -> _Done:
    swept = job.planned
    if swept.takes_something:
        swept = _swept(invocation, job.request, asked, dry_run=False)
    kept = sweep_record.recorded(
        invocation, job.subject, swept, budget=asked.budget, trigger=Trigger.ASKED
    )
    return _Done(subject=job.subject, swept=swept, kept=kept)


def _swept(invocation: Invocation, request: Request, asked: Asked, *, dry_run: bool) -> Swept:
    return sweep_one(
        request,
        dry_run=dry_run,
        wait_s=WAIT_S,
        budget=asked.budget,
        on_wait=invocation.console.note,
    )


def _present(
    invocation: Invocation,
    done: list[_Done],
    asked: Asked,
    *,
    each: _Each,
    proof: sweep_proof.Proof,
) -> None:
    console, dry_run = invocation.console, asked.dry_run
    if invocation.format is Format.JSON:
        from cargo_hone.cli import sweep_json  # noqa: PLC0415 - only when it is wanted

        entries = [
            {
                **sweep_json.entry(one.swept, budget=asked.budget, dry_run=dry_run),
                **sweep_json.of_commands(proof.commands_of(one.subject), proof.checked),
            }
            for one in done
        ]
        console.print(sweep_json.document(entries, dry_run=dry_run, several=each.several))
        return
    for one in done:
        sweep_shown.show_plan(one.swept, console, named=each.several)
        sweep_shown.show_sizes(one.swept, console, dry_run=dry_run)
        sweep_shown.show_commands(proof.commands_of(one.subject), console)
    sweep_shown.show_proof(proof.checked, console)


def _missing(done: list[_Done]) -> Exit:
    """Free space that was asked for and cannot be had is missing; of a size that cannot be reached we only tell."""
    short = (one.swept.plan.shortfall for one in done)
    return Exit.UNAVAILABLE if any(s and s.missing_free_bytes for s in short) else Exit.OK
