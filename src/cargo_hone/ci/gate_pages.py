"""What the gate says on a screen, as JSON, as annotations of GitHub, and as the body of a comment."""

from collections.abc import Iterator
from typing import Any, assert_never

from cargo_hone.ci.gate_judged import GateResult, Judged, Shown, Unit
from cargo_hone.measure.gate_budget import GateKind
from cargo_hone.report import escaping, figures
from cargo_hone.report.line import Line, Piece, Tone, line, wrapped

SCHEMA = "cargo-hone/ci-gate/v1"
MARKER = "<!-- cargo-hone gate -->"
"""The first line of the comment: how a workflow finds the one that it wrote before."""
_COMMIT = 12
_WORDS = {
    GateKind.PASS: "passed",
    GateKind.FAIL: "failed",
    GateKind.INCONCLUSIVE: "inconclusive",
}
_BY = {
    Shown.HISTORY: ", by history",
    Shown.SIDE_BY_SIDE: ", built side by side",
    Shown.EXACT: "",
}
_TONES = {
    GateKind.PASS: Tone.GOOD,
    GateKind.FAIL: Tone.BAD,
    GateKind.INCONCLUSIVE: Tone.PLAIN,
}


def screen(result: GateResult) -> list[Line]:
    """Lay the result out for a terminal."""
    lines = [line(Piece(_against(result), Tone.QUIET))]
    for one in result.judged:
        kind = one.verdict.kind
        head = [
            Piece(f"{one.budget.ljust(12)} "),
            Piece(f"{_WORDS[kind].ljust(13)}", _TONES[kind]),
        ]
        lines += wrapped(head, escaping.printable(_said(one)))
    for budget, why in result.off:
        lines += wrapped([Piece(f"{budget.ljust(12)} not judged   ", Tone.QUIET)], why, Tone.QUIET)
    for note in _notes(result):
        lines += wrapped([Piece("note: ", Tone.QUIET)], escaping.printable(note))
    lines.append(line(Piece(_headline(result), _TONES[result.kind])))
    return lines


def markdown(result: GateResult) -> str:
    """Write the body of a comment or of a job's summary, with a final newline."""
    rows = [
        (
            str(one.budget),
            _WORDS[one.verdict.kind]
            if one.verdict.kind is GateKind.PASS
            else f"**{_WORDS[one.verdict.kind]}**",
            _value(one.base, one.unit),
            _value(one.head, one.unit),
            escaping.prose(_said(one, values=False)),
        )
        for one in result.judged
    ]
    rows += [(str(budget), "not judged", "", "", escaping.prose(why)) for budget, why in result.off]
    lines = [
        MARKER,
        f"### Build gate: {_WORDS[result.kind]}",
        "",
        escaping.prose(_against(result)),
        "",
        escaping.table(("budget", "verdict", "base", "head", "why"), rows, right=frozenset({2, 3})),
    ]
    notes = [*_notes(result)]
    if notes:
        lines += ["", *(f"- {escaping.prose(note)}" for note in notes)]
    return "\n".join(lines) + "\n"


def annotations(result: GateResult) -> list[str]:
    """Return the workflow commands: an error for each budget that failed, a warning for each that is open."""
    found = []
    for one in result.judged:
        match one.verdict.kind:
            case GateKind.FAIL:
                command = "error"
            case GateKind.INCONCLUSIVE:
                command = "warning"
            case GateKind.PASS:
                continue
            case _:
                assert_never(one.verdict.kind)
        title = escaping.annotation_property(f"cargo hone: {one.budget} {_WORDS[one.verdict.kind]}")
        message = escaping.annotation(escaping.printable(_said(one)))
        found.append(f"::{command} title={title}::{message}")
    text = escaping.annotation(escaping.printable(f"{_headline(result)}: {_against(result)}"))
    return [*found, f"::notice title=cargo hone::{text}"]


def as_json(result: GateResult) -> dict[str, Any]:
    """Return the document that `--format json` prints."""
    runs = result.runs
    return {
        "schema": SCHEMA,
        "verdict": result.kind,
        "base": {"name": runs.base_name, "commit": runs.base_commit, "runs": len(runs.base)},
        "head": {
            "commit": runs.head_commit,
            "run": runs.head.id if runs.head is not None else None,
            "dirty": runs.head.dirty if runs.head is not None else None,
        },
        "budgets": [
            {
                "budget": one.budget,
                "limit": one.limit,
                "verdict": one.verdict.kind,
                "shown_by": one.shown,
                "unit": one.unit,
                "base": one.base,
                "head": one.head,
                "ratio": one.verdict.ratio,
                "low": one.verdict.low,
                "high": one.verdict.high,
                "why": one.verdict.why,
                "since": _since_as_json(one),
                "note": one.note,
            }
            for one in result.judged
        ],
        "not_judged": [{"budget": budget, "why": why} for budget, why in result.off],
        "notes": list(_notes(result)),
    }


def _since_as_json(one: Judged) -> dict[str, Any] | None:
    since = one.since
    if since is None or one.verdict.kind is not GateKind.FAIL:
        return None
    return {
        "commit": since.commit,
        "after": since.after,
        "commits": since.between,
        "shown_by_history": since.is_found,
    }


def _headline(result: GateResult) -> str:
    match result.kind:
        case GateKind.PASS:
            return "gate passed"
        case GateKind.FAIL:
            return "gate failed"
        case GateKind.INCONCLUSIVE:
            return "gate not failed: nothing is shown to be worse, but not all could be judged"
        case _:
            assert_never(result.kind)


def _against(result: GateResult) -> str:
    runs = result.runs
    head = (runs.head_commit or "no commit")[:_COMMIT]
    base = f" at {runs.base_commit[:_COMMIT]}" if runs.base_commit else ""
    count = figures.count(len(runs.base), "run")
    return escaping.printable(f"{head} against {runs.base_name}{base}, {count} of it in history")


def _said(one: Judged, *, values: bool = True) -> str:
    """The whole sentence: what was compared, what it shows, by what, and since when."""
    parts = []
    if values and one.base is not None and one.head is not None:
        parts.append(
            f"{_value(one.base, one.unit)} to {_value(one.head, one.unit)}: {one.verdict.why}"
        )
    else:
        parts.append(one.verdict.why)
    if one.verdict.ratio is not None:
        parts[0] += _BY[one.shown]
    if one.verdict.kind is GateKind.FAIL and one.since is not None:
        parts.append(_since(one))
    if one.note:
        parts.append(one.note)
    return "; ".join(parts)


def _since(one: Judged) -> str:
    since = one.since
    if since is None:
        return ""
    text = f"since {since.commit[:_COMMIT]}"
    if since.after is not None:
        text += f", not yet at {since.after[:_COMMIT]}"
        if since.between is not None and since.between > 1:
            unmeasured = figures.count(since.between - 1, "commit")
            text += f" ({unmeasured} between them not measured)"
    return text


def _value(value: float | None, unit: Unit) -> str:
    if value is None:
        return ""
    match unit:
        case Unit.SECONDS:
            return figures.seconds(value)
        case Unit.BYTES:
            return figures.size(round(value))
        case Unit.SHARE:
            return f"{1.0 - value:.0%} saved"
        case _:
            assert_never(unit)


def _notes(result: GateResult) -> Iterator[str]:
    yield from result.notes
    head = result.runs.head
    if head is not None and head.dirty:
        yield "HEAD was measured with uncommitted changes."
