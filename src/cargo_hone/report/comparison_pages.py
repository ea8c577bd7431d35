"""A against B on a screen, as JSON and as Markdown."""

from collections.abc import Sequence
from typing import Any, assert_never

from cargo_hone.history.course import MeasuredRun
from cargo_hone.history.selection import Selection
from cargo_hone.model import Comparison, VerdictKind
from cargo_hone.report import escaping, figures
from cargo_hone.report.between_runs import Method
from cargo_hone.report.comparison import Comparing, Row, Side
from cargo_hone.report.course_pages import run_as_json, target_bytes
from cargo_hone.report.line import Line, Piece, Tone, line, wrapped

SCHEMA = "cargo-hone/compare/v1"
_HEADS = ("scenario", "A", "B", "B against A", "verdict", "how")
_RIGHT = frozenset({1, 2})


def screen(found: Comparing) -> list[Line]:
    """Lay the comparison out for a terminal: who is who, the table, and what qualifies it."""
    lines: list[Line] = []
    for name, selection, sides in _both(found):
        lines += wrapped([Piece(f"{name}  ", Tone.HEADING)], _described(selection, sides))
    lines.append(line())
    rows = [_row(found, row) for row in found.rows]
    widths = [max(len(text[place]) for text in (_HEADS, *rows)) for place in range(len(_HEADS))]
    lines.append(line(Piece(_laid_out(_HEADS, widths), Tone.HEADING)))
    for row, text in zip(found.rows, rows, strict=True):
        lines.append(line(Piece(_laid_out(text, widths), _tone(row.comparison.kind))))
    lines.append(line())
    for row in found.rows:
        if row.comparison.why:
            head = Piece(f"{_name(found, row)}: ", Tone.QUIET)
            lines += wrapped([head], row.comparison.why)
    for note in found.notes:
        lines += wrapped([Piece("note: ", Tone.QUIET)], escaping.printable(note))
    return lines


def markdown(found: Comparing) -> str:
    """Write the comparison as Markdown, with a final newline."""
    lines = [
        f"- **{name}**: {escaping.prose(_described(selection, sides))}"
        for name, selection, sides in _both(found)
    ]
    rows = []
    for row in found.rows:
        scenario, *rest = _row(found, row)
        rows.append((escaping.code(scenario), *(escaping.prose(text) for text in rest)))
    lines += ["", escaping.table(_HEADS, rows, right=_RIGHT), ""]
    for row in found.rows:
        if row.comparison.why:
            name = escaping.code(_name(found, row))
            lines.append(f"- {name}: {escaping.prose(row.comparison.why)}")
    lines += [f"- {escaping.prose(note)}" for note in found.notes]
    return "\n".join(lines).rstrip("\n") + "\n"


def as_json(found: Comparing) -> dict[str, Any]:
    """Return the document that `--format json` prints."""
    runs = {run.id: run for row in found.rows for side in (row.a, row.b) for run in side.runs}
    return {
        "schema": SCHEMA,
        "a": {"text": found.a.text, "is": found.a.way},
        "b": {"text": found.b.text, "is": found.b.way},
        "runs": [run_as_json(runs[number]) for number in sorted(runs)],
        "results": [
            {
                "scenario": row.scenario,
                "a": _side(row.a),
                "b": _side(row.b),
                "method": row.method,
                "verdict": row.comparison.kind,
                "ratio": row.comparison.ratio,
                "low": row.comparison.low,
                "high": row.comparison.high,
                "confidence": row.comparison.confidence,
                "pairs": row.comparison.pairs if row.method is Method.PAIRED else None,
                "why": row.comparison.why,
            }
            for row in found.rows
        ],
        "notes": list(found.notes),
    }


def _side(side: Side) -> dict[str, Any]:
    summary = side.summary
    return {
        "variant": side.variant,
        "scenario": side.scenario,
        "runs": [run.id for run in side.runs],
        "count": summary.count if summary else 0,
        "median_s": summary.median_s if summary else None,
        "minimum_s": summary.minimum_s if summary else None,
        "maximum_s": summary.maximum_s if summary else None,
        "target_bytes": target_bytes(side.points[-1]),
    }


def _both(found: Comparing) -> tuple[tuple[str, Selection, list[Side]], ...]:
    return (
        ("A", found.a, [row.a for row in found.rows]),
        ("B", found.b, [row.b for row in found.rows]),
    )


def _described(selection: Selection, sides: Sequence[Side]) -> str:
    """`slim (variant), run 12 at 1a2b3c4d5e6f of 2026-11-22`."""
    runs = list(dict.fromkeys(run for side in sides for run in side.runs))
    runs.sort(key=lambda run: run.id)
    shown = ", ".join(_run(run) for run in runs[-3:])
    more = f"{len(runs) - 3} earlier and " if len(runs) > 3 else ""
    return escaping.printable(f"{selection.text} ({selection.way}): {more}{shown}")


def _run(run: MeasuredRun) -> str:
    at = f" at {run.commit[:12]}{'*' if run.dirty else ''}" if run.commit else ""
    return f"run {run.id}{at} of {run.started_at[:10]}"


def _row(found: Comparing, row: Row) -> tuple[str, ...]:
    return (
        _name(found, row),
        _cell(row.a),
        _cell(row.b),
        change_text(row.comparison),
        str(row.comparison.kind),
        _how(row),
    )


def _name(found: Comparing, row: Row) -> str:
    """The scenario, with the variant where there are several."""
    several = len({one.a.variant for one in found.rows if one.a.variant == one.b.variant}) > 1
    name = f"{row.scenario}, {row.a.variant}" if several else str(row.scenario)
    return escaping.printable(name)


def _cell(side: Side) -> str:
    summary = side.summary
    return f"{figures.seconds(summary.median_s)}, n={summary.count}" if summary else figures.ABSENT


def change_text(found: Comparison) -> str:
    """Write the change with its interval where it is decided, else the interval alone: `-28 % (-31 % to -25 %)`."""
    if found.low is None or found.high is None or found.ratio is None:
        return ""
    low, high = (figures.change((bound - 1) * 100) for bound in (found.low, found.high))
    interval = f"({low} to {high})"
    if found.kind in {VerdictKind.FASTER, VerdictKind.SLOWER}:
        return f"{figures.change((found.ratio - 1) * 100)} {interval}"
    return interval


def _how(row: Row) -> str:
    match row.method:
        case Method.PAIRED:
            return f"{figures.count(row.comparison.pairs, 'pair')} side by side"
        case Method.BETWEEN_RUNS:
            return f"runs: {len(row.a.points)} and {len(row.b.points)}"
        case Method.WITHIN_RUNS:
            return "single runs"
        case Method.NONE:
            return "not comparable"
        case _:
            assert_never(row.method)


def _tone(kind: VerdictKind) -> Tone:
    match kind:
        case VerdictKind.FASTER:
            return Tone.GOOD
        case VerdictKind.SLOWER:
            return Tone.BAD
        case VerdictKind.NO_DIFFERENCE | VerdictKind.INCONCLUSIVE:
            return Tone.PLAIN
        case _:
            assert_never(kind)


def _laid_out(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        text.rjust(width) if place in _RIGHT else text.ljust(width)
        for place, (text, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()
