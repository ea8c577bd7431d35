"""cargo-sweep's stamp and its time, mixed."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from cargo_hone.doctor.facts import Facts
from cargo_hone.doctor.finding import Confidence, Finding, Fix, Place, Rule, Severity, Splice
from cargo_hone.doctor.source import Source
from cargo_hone.doctor.sweeping import FILE, STAMP, TIME, has, is_cargo_sweep
from cargo_hone.workspace.cargo_commands import Command, commands

_TIME_TEXT = re.compile(r"(?:--time|-t)(?:=|\s+)\d+")


def _check(facts: Facts) -> Iterator[Finding]:
    for workflow in facts.documents.workflows:
        for job in workflow.jobs:
            sweeps = [
                (command, step.command_place(command), job.file.source)
                for step, command in job.commands
                if is_cargo_sweep(command)
            ]
            yield from _of_one(sweeps)
    for script in facts.documents.scripts:
        if "sweep" in script.text:
            yield from _of_one(
                [
                    (command, script.at(command.line + 1, command.program), script)
                    for command in commands(script.text)
                    if is_cargo_sweep(command)
                ]
            )


def _of_one(sweeps: Sequence[tuple[Command, Place, Source]]) -> Iterator[Finding]:
    """Judge the calls of one job, or of one script."""
    is_stamped = any(has(command, STAMP) for command, _, _ in sweeps)
    is_read = any(has(command, FILE) for command, _, _ in sweeps)
    if not is_stamped:
        return
    for command, place, source in sweeps:
        if not has(command, TIME):
            continue
        fix = None if is_read or has(command, STAMP) else _fix(place, source)
        yield Finding(
            rule=RULE,
            severity=Severity.WARNING,
            confidence=Confidence.CERTAIN,
            place=place,
            message="cargo-sweep goes by age here, and by a stamp as well",
            why="`--stamp` is for `--file`, which deletes what was not used since; `--time` deletes by age, stamp or"
            " not, and each file's age is when it was last read, which a restored cache has made new",
            cost="the stamp is written for nothing, or what the stamp would have kept is deleted",
            help="use `--stamp` before the build and `--file` behind it, without `--time`; `cargo hone sweep`"
            " needs neither",
            fix=fix,
        )


def _fix(place: Place, source: Source) -> Fix | None:
    found = _TIME_TEXT.search(source.lines[place.line - 1], place.column - 1)
    if found is None:
        return None
    return Fix(
        title="delete by the stamp: `--file`",
        is_safe=False,
        edits=(Splice(place=replace(place, column=found.start() + 1), old=found[0], new="--file"),),
    )


RULE = Rule(
    id="HONE007",
    name="mixed-sweeps",
    title="stamp and time mixed in cargo-sweep",
    check=_check,
)
