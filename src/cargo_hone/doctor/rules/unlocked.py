"""Builds in the pipeline without `--locked`, where a lock file is committed."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from cargo_hone.doctor.facts import Facts
from cargo_hone.doctor.finding import Confidence, Finding, Fix, Place, Rule, Severity, Splice
from cargo_hone.doctor.workflow import Job, Step, Workflow
from cargo_hone.report import figures
from cargo_hone.workspace.cargo_commands import Command

_TAKES_LOCKED = frozenset(
    {
        *("b", "bench", "build", "c", "check", "clippy", "d", "doc", "nextest", "r", "run"),
        *("rustc", "t", "test"),
    }
)


def _check(facts: Facts) -> Iterator[Finding]:
    if not facts.documents.has_lock:
        return
    for workflow in facts.documents.workflows:
        # One finding a workflow, not one a command: it is one decision.
        firsts = [first for job in workflow.jobs if (first := _first(facts, job)) is not None]
        if firsts:
            yield _finding(workflow, firsts)


def _first(facts: Facts, job: Job) -> tuple[Job, Step, Command] | None:
    """Return the job's first build of this workspace; None where it has none, or holds to the lock file."""
    if _is_decided(job):
        return None
    return next(
        ((job, step, command) for step, command in job.commands if _is_meant(facts, step, command)),
        None,
    )


def _is_meant(facts: Facts, step: Step, command: Command) -> bool:
    """Whether it builds this workspace, as far as the file tells."""
    place = (
        f"{step.directory.replace('${{ github.workspace }}', '.')}/{command.manifest_dir or '.'}"
    )
    directory = Path(os.path.normpath(facts.repository / place.lstrip("/")))
    others = [excluded.package.root for excluded in facts.machine.excluded]
    return (
        command.subcommand in _TAKES_LOCKED
        and directory.is_relative_to(facts.root)
        and not any(directory.is_relative_to(other) for other in others)
    )


def _is_decided(job: Job) -> bool:
    """Whether the job holds to the lock file once (then it cannot be stale later), or wants other versions."""
    return any(
        command.locked or command.changes_lock or "minimal-versions" in " ".join(command.arguments)
        for _, command in job.commands
    ) or any(step.id == "hone-locked" for step in job.steps)


def _finding(workflow: Workflow, firsts: list[tuple[Job, Step, Command]]) -> Finding:
    places = dict.fromkeys(step.command_place(command) for _, step, command in firsts)
    splices = dict.fromkeys(
        splice for _, step, command in firsts if (splice := _splice(step, command)) is not None
    )
    fix = None
    if len(splices) == len(places):
        fix = Fix(
            title="add --locked to the first build of each job: after it the lock file cannot be stale",
            is_safe=False,  # A stale lock file fails the job then; that is what it is for.
            edits=tuple(splices),
        )
    names = ", ".join(f"`{job.name}`" for job, _, _ in firsts)
    verb = "builds" if len(firsts) == 1 else "build"
    return Finding(
        rule=RULE,
        severity=Severity.WARNING,
        confidence=Confidence.LIKELY,
        place=next(iter(places)),
        message=f"{figures.count(len(firsts), 'job')} of {workflow.file.path.name} {verb} without --locked: {names}",
        why="where Cargo.lock does not fit the manifests cargo writes another, quietly: other versions than developers"
        " have, and a cache key that was made from the old file",
        cost="a pipeline that tests what nobody has; caches that miss",
        help=fix.title if fix is not None else "say --locked in the first build of each job",
        fix=fix,
    )


def _splice(step: Step, command: Command) -> Splice | None:
    """Add the option behind the subcommand, where the script's text shows it."""
    place: Place = step.command_place(command)
    line = step.file.source.lines[place.line - 1]
    # What nextest does is a subcommand of its own: `cargo nextest run --locked`.
    last = r"nextest\s+run" if command.subcommand == "nextest" else re.escape(command.subcommand)
    call = re.compile(rf"{command.program}\b[^;&|]*?\s{last}(?![\w-])")
    found = call.match(line, place.column - 1)
    return Splice(place=place, old=found[0], new=f"{found[0]} --locked") if found else None


RULE = Rule(
    id="HONE017",
    name="unlocked",
    title="builds in the pipeline without --locked",
    check=_check,
)
