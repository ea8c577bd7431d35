"""What the doctor says: in a terminal as compilers do, as JSON, as annotations of GitHub."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import assert_never

from cargo_hone.doctor.examination import Examination
from cargo_hone.doctor.facts import Facts
from cargo_hone.doctor.finding import Elsewhere, Finding, Place, Severity
from cargo_hone.doctor.registry import RULES
from cargo_hone.edit.plan import shown
from cargo_hone.report import escaping, figures
from cargo_hone.report.line import Line, Piece, Tone, line, wrapped

SCHEMA = "doctor"
_TONES = {Severity.ERROR: Tone.BAD, Severity.WARNING: Tone.BAD, Severity.NOTE: Tone.HEADING}


def screen(result: Examination, facts: Facts) -> list[Line]:
    """Lay the findings out as diagnostics, with a summary at the end."""
    lines: list[Line] = []
    for finding in result.findings:
        lines += _diagnostic(finding, facts)
        lines.append(line(""))
    return [*lines, *_summary(result)]


def as_json(result: Examination, facts: Facts) -> dict[str, object]:
    """Return the document's keys (without its schema)."""
    return {
        "findings": [_as_json(finding, facts) for finding in result.findings],
        "silenced": result.silenced,
        "unread": [
            {"file": shown(one.path, root=facts.root), "reason": one.reason}
            for one in facts.documents.unread
        ],
    }


def annotations(result: Examination, facts: Facts) -> list[str]:
    """Return a workflow command for each finding; files are relative to the repository, as GitHub has them."""
    return [_annotation(finding, facts.repository) for finding in result.findings]


def _diagnostic(finding: Finding, facts: Facts) -> Iterator[Line]:
    head = Piece(f"{finding.severity}[{finding.rule.id}]", _TONES[finding.severity])
    yield line(head, Piece(f": {escaping.printable(finding.message)}", Tone.HEADING))
    place = finding.place
    margin = " " * (len(str(place.line)) if isinstance(place, Place) else 1)
    if isinstance(place, Elsewhere):
        yield line(Piece(f"{margin}--> ", Tone.QUIET), escaping.printable(place.name))
    else:
        where = f"{shown(place.path, root=facts.root)}:{place.line}:{place.column}"
        yield line(Piece(f"{margin}--> ", Tone.QUIET), escaping.printable(where))
        yield from _excerpt(place, facts, margin)
    for label, text in (("why", finding.why), ("cost", finding.cost), ("help", finding.help)):
        yield from wrapped([Piece(f"{margin} = {label}: ", Tone.QUIET)], escaping.printable(text))
    if finding.fix is not None:
        command = "--fix" if finding.fix.is_safe else "--fix=all"
        yield line(
            Piece(f"{margin} = fix: ", Tone.QUIET),
            Piece(f"cargo hone doctor {command}", Tone.COMMAND),
        )


def _excerpt(place: Place, facts: Facts, margin: str) -> Iterator[Line]:
    source = facts.source(place.path)
    if source is None or place.line > len(source.lines):
        return
    written = source.lines[place.line - 1]
    # Tabs stay tabs in the line of the mark, so that it stands below what it marks.
    before = "".join(char if char == "\t" else " " for char in written[: place.column - 1])
    visible = "".join(char if char.isprintable() or char == "\t" else " " for char in written)
    yield line(Piece(f"{margin} |", Tone.QUIET))
    yield line(Piece(f"{place.line} | ", Tone.QUIET), visible)
    yield line(Piece(f"{margin} | ", Tone.QUIET), before, Piece("^", Tone.BAD))


def _summary(result: Examination) -> Iterator[Line]:
    counted = Counter(finding.severity for finding in result.findings)
    parts = [figures.count(counted[one], one) for one in Severity if counted[one]]
    silenced = f"; {figures.count(result.silenced, 'finding')} silenced" if result.silenced else ""
    if not parts:
        yield line(
            Piece(f"nothing found by {figures.count(len(RULES), 'rule')}{silenced}", Tone.GOOD)
        )
        return
    yield line(Piece(f"{', '.join(parts)}{silenced}", Tone.HEADING))
    first = result.findings[0].rule.id
    yield line("more: ", Piece(f"cargo hone explain {first}", Tone.COMMAND))


def _as_json(finding: Finding, facts: Facts) -> dict[str, object]:
    place, fix = finding.place, finding.fix
    where: dict[str, object]
    if isinstance(place, Place):
        path = shown(place.path, root=facts.root)
        where = {"file": path, "line": place.line, "column": place.column, "where": None}
    else:
        where = {"file": None, "line": None, "column": None, "where": place.name}
    return {
        "rule": finding.rule.id,
        "name": finding.rule.name,
        "severity": finding.severity,
        "confidence": finding.confidence,
        **where,
        "message": finding.message,
        "why": finding.why,
        "cost": finding.cost,
        "help": finding.help,
        "fix": None if fix is None else {"title": fix.title, "safe": fix.is_safe},
    }


def _annotation(finding: Finding, repository: Path) -> str:
    place = finding.place
    match finding.severity:
        case Severity.ERROR | Severity.WARNING:
            command = str(finding.severity)
        case Severity.NOTE:
            command = "notice"
        case _:
            assert_never(finding.severity)
    properties = [("title", f"{finding.rule.id} {finding.rule.name}")]
    text = f"{finding.message}\nwhy: {finding.why}\nhelp: {finding.help}"
    if isinstance(place, Place) and place.path.is_relative_to(repository):
        properties = [
            ("file", place.path.relative_to(repository).as_posix()),
            ("line", str(place.line)),
            ("col", str(place.column)),
            *properties,
        ]
    else:
        name = place.name if isinstance(place, Elsewhere) else str(place.path)
        text = f"{name}: {text}"
    written = ",".join(f"{key}={escaping.annotation_property(value)}" for key, value in properties)
    return f"::{command} {written}::{escaping.annotation(text)}"
