"""Fixes as one plan: made one after the other in memory, the rules looking again after each."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.doctor.examination import examine
from cargo_hone.doctor.facts import Facts
from cargo_hone.doctor.finding import (
    Edit,
    Elsewhere,
    Finding,
    Fix,
    Rewrite,
    Rule,
    Splice,
    WholeFile,
)
from cargo_hone.doctor.registry import RULES
from cargo_hone.doctor.rewriting import rewritten
from cargo_hone.edit import yaml
from cargo_hone.edit.refused import EditRefused
from cargo_hone.files import atomic
from cargo_hone.model import FileChange, Plan

Contents = dict[Path, bytes | None]

_MOST_FIXES = 500
"""Far more than any repository needs: a fix that brings its own finding back must not go on for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A fix that could not be made, and why."""

    finding: Finding
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """The plan, the findings that it mends, the fixes that could not be made, and what is found afterwards."""

    plan: Plan
    mended: tuple[Finding, ...]
    refused: tuple[Refused, ...]
    left: tuple[Finding, ...]


def repair(facts: Facts, *, unsafe: bool, rules: Iterable[Rule] = RULES) -> Repair:
    """Plan every safe fix, or with `unsafe` every fix; nothing is written.

    After each fix the rules look again, so that two fixes of one line do not meet, and what one fix has mended no
    other does. Raises as `examine` and `atomic.read` do.
    """
    chosen = tuple(rules)
    contents: Contents = {}
    reasons: dict[Path, list[str]] = {}
    executable: set[Path] = set()
    tried: set[tuple[str, str, str]] = set()
    mended: list[Finding] = []
    refused: list[Refused] = []
    now = facts
    while len(tried) < _MOST_FIXES:
        next_one = _next(now, chosen, tried, unsafe=unsafe)
        if next_one is None:
            break
        finding, fix = next_one
        tried.add(_identity(finding))
        try:
            changed = _made(fix, contents)
        except EditRefused as error:
            refused.append(Refused(finding=finding, reason=error.message))
            continue
        contents.update(changed)
        mended.append(finding)
        for edit in fix.edits:
            reasons.setdefault(edit.path, []).append(f"{finding.rule.id}: {fix.title}")
            if isinstance(edit, WholeFile) and edit.executable:
                executable.add(edit.path)
        now = now.reread(contents)
    changes = tuple(
        FileChange(
            path=path,
            before=atomic.read(path),
            after=after,
            why="; ".join(dict.fromkeys(reasons[path])),
            step="doctor",
            executable=path in executable,
        )
        for path, after in contents.items()
    )
    plan = Plan(title="doctor --fix", changes=tuple(c for c in changes if c.before != c.after))
    return Repair(
        plan=plan, mended=tuple(mended), refused=tuple(refused), left=examine(now, chosen).findings
    )


def _next(
    facts: Facts, rules: tuple[Rule, ...], tried: set[tuple[str, str, str]], *, unsafe: bool
) -> tuple[Finding, Fix] | None:
    """The first finding with a fix that was not tried; safe ones first."""
    found = [
        (finding, finding.fix)
        for finding in examine(facts, rules).findings
        if finding.fix is not None and _identity(finding) not in tried
    ]
    safe = next((pair for pair in found if pair[1].is_safe), None)
    return safe or (found[0] if found and unsafe else None)


def _identity(finding: Finding) -> tuple[str, str, str]:
    place = finding.place
    where = place.name if isinstance(place, Elsewhere) else f"{place.path}:{place.line}"
    return finding.rule.id, where, finding.message


def _made(fix: Fix, contents: Contents) -> Contents:
    """Return the files that a fix changes. Raises EditRefused, and then the fix is not made at all."""
    changed: Contents = {}
    for edit in fix.edits:
        known = changed if edit.path in changed else contents
        before = known[edit.path] if edit.path in known else atomic.read(edit.path)
        changed[edit.path] = _edited(edit, before)
    return changed


def _edited(edit: Edit, before: bytes | None) -> bytes:
    match edit:
        case Rewrite():
            return rewritten(edit, before or b"")
        case Splice():
            return _spliced(edit, before or b"")
        case WholeFile():
            return edit.content


def _spliced(edit: Splice, content: bytes) -> bytes:
    """Replace the text at its place; a YAML file must mean something afterwards, too."""
    lines = content.split(b"\n")
    line = edit.place.line - 1
    head = b"\n".join(lines[:line]) + (b"\n" if line else b"")
    rest = b"\n".join(lines[line:]).decode(errors="surrogateescape")
    if edit.place.line == 1:
        rest = rest.removeprefix("\ufeff")
        head += content[: len(content) - len(rest.encode(errors="surrogateescape"))]
    column = edit.place.column - 1
    if not rest.startswith(edit.old, column):
        raise EditRefused(f"{edit.path} is not as it was read", next_step="run the command again")
    after = rest[:column] + edit.new + rest[column + len(edit.old) :]
    result = head + after.encode(errors="surrogateescape")
    if edit.path.suffix in {".yml", ".yaml"}:
        yaml.parse(result, name=str(edit.path))
    return result
