"""The course over commits on a screen, as JSON and as Markdown."""

from collections.abc import Sequence
from typing import Any

from cargo_hone.history.course import MeasuredRun, Point
from cargo_hone.report import escaping, figures
from cargo_hone.report.course import Series, Step, kind_of, spark
from cargo_hone.report.line import Line, Piece, Tone, line

SCHEMA = "cargo-hone/history/v1"
_HEADS = ("commit", "when (UTC)", "median", "range", "n", "change", "")
_RIGHT = frozenset({2, 3, 4, 5})
_COMMIT = 12
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def screen(series: Sequence[Series], *, ascii_only: bool) -> list[Line]:
    """Lay the series out for a terminal."""
    lines: list[Line] = []
    for one in series:
        rows = [_row(one, place) for place in range(len(one.steps))]
        texts = [_HEADS, *(row for row, _ in rows)]
        widths = [max(len(text[place]) for text in texts) for place in range(len(_HEADS))]
        title = _title(one)
        picture = spark(one, ascii_only=ascii_only)
        lines.append(line(Piece(title, Tone.HEADING), f"  {picture}"))
        lines.append(line(Piece(_laid_out(_HEADS, widths), Tone.QUIET)))
        lines += [line(Piece(_laid_out(text, widths), tone)) for text, tone in rows]
        lines += [line(Piece(text, Tone.QUIET)) for text in _legend(one)]
        lines.append(line())
    return lines


def markdown(series: Sequence[Series]) -> str:
    """Write the series as Markdown tables, with a final newline."""
    parts = []
    for one in series:
        heads = tuple(head or "note" for head in _HEADS)
        rows = [
            tuple(
                escaping.code(text) if place in {0, 6} else text for place, text in enumerate(row)
            )
            for row, _ in (_row(one, place) for place in range(len(one.steps)))
        ]
        legend = [f"{escaping.prose(text)}\n" for text in _legend(one)]
        title = f"### {escaping.prose(_title(one))}\n"
        parts.append("\n".join([title, escaping.table(heads, rows, right=_RIGHT), "", *legend]))
    return "\n".join(parts).rstrip("\n") + "\n"


def as_json(series: Sequence[Series]) -> dict[str, Any]:
    """Return the document that `--format json` prints: the series, and the runs that they are of."""
    runs = {step.point.run.id: step.point.run for one in series for step in one.steps}
    return {
        "schema": SCHEMA,
        "runs": [run_as_json(runs[number]) for number in sorted(runs)],
        "series": [
            {
                "scenario": one.scenario,
                "variant": one.variant,
                "points": [_point(step) for step in one.steps],
                "changes": [
                    {
                        "run": one.steps[turn.first].point.run.id,
                        "commit": one.steps[turn.first].point.run.commit,
                        "verdict": "slower" if turn.is_worse else "faster",
                        "ratio": turn.ratio,
                        "chance": turn.chance,
                        "earliest_run": one.steps[turn.earliest].point.run.id,
                        "latest_run": one.steps[turn.latest].point.run.id,
                    }
                    for turn in one.turns
                ],
            }
            for one in series
        ],
    }


def run_as_json(run: MeasuredRun) -> dict[str, Any]:
    """Return a run as the documents of `history` and `compare` have it."""
    return {
        "run": run.id,
        "uid": run.uid,
        "kind": run.kind,
        "label": run.label,
        "outcome": run.outcome,
        "started_at": run.started_at,
        "commit": run.commit,
        "dirty": run.dirty,
        "machine": run.machine,
        "rustc": run.rustc,
        "imported": run.imported,
        "variants": list(run.variants),
    }


def _point(step: Step) -> dict[str, Any]:
    point, summary = step.point, step.summary
    return {
        "run": point.run.id,
        "commit": point.run.commit,
        "count": summary.count,
        "median_s": summary.median_s,
        "minimum_s": summary.minimum_s,
        "maximum_s": summary.maximum_s,
        "spread": summary.spread,
        "ratio_to_run_before": step.ratio,
        "edited": point.run.edited(point.scenario) or None,
        "target_bytes": target_bytes(point),
        "times_s": list(point.times_s),
    }


def target_bytes(point: Point) -> int | None:
    """Return the middle one of the sizes of the target directory; None where none was taken."""
    sizes = sorted(point.target_bytes)
    return sizes[(len(sizes) - 1) // 2] if sizes else None


def _title(series: Series) -> str:
    crates = {step.point.run.edited(series.scenario) for step in series.steps} - {""}
    edited = f" ({', '.join(sorted(crates))})" if crates else ""
    return escaping.printable(f"{series.scenario}{edited}, {series.variant}")


def _row(series: Series, place: int) -> tuple[tuple[str, ...], Tone]:
    step, turn = series.steps[place], series.turn_at(place)
    run, summary = step.point.run, step.summary
    tone = Tone.PLAIN if turn is None else Tone.BAD if turn.is_worse else Tone.GOOD
    commit = (run.commit or "no commit")[:_COMMIT] + ("*" if run.dirty else "")
    return (
        (
            commit,
            run.started_at[:16].replace("T", " "),
            figures.seconds(summary.median_s),
            figures.seconds_range(summary.minimum_s, summary.maximum_s),
            str(summary.count),
            _change(step.ratio),
            "; ".join(_notes(series, place)),
        ),
        tone,
    )


def _change(ratio: float | None) -> str:
    if ratio is None:
        return ""
    percent = (ratio - 1) * 100
    return "0 %" if abs(percent) < 0.05 else figures.change(percent)


def _notes(series: Series, place: int) -> list[str]:
    step, turn = series.steps[place], series.turn_at(place)
    notes = []
    if turn is not None:
        word = "slower" if turn.is_worse else "faster"
        text = f"{word} since here: {figures.change((turn.ratio - 1) * 100)}"
        first, last = (_name(series.steps[at].point.run) for at in (turn.earliest, turn.latest))
        if first != last:
            text += f" (it began between {first} and {last})"
        notes.append(text)
    if step.point.run.label:
        notes.append(escaping.printable(step.point.run.label))
    kinds = _kinds(series)
    if len(kinds) > 1:
        notes.append(f"on {_LETTERS[kinds.index(kind_of(step.point)) % len(_LETTERS)]}")
    return notes


def _name(run: MeasuredRun) -> str:
    return (run.commit or f"run {run.id}")[:_COMMIT]


def _kinds(series: Series) -> list[tuple[str, str]]:
    return list(dict.fromkeys(kind_of(step.point) for step in series.steps))


def _legend(series: Series) -> list[str]:
    kinds = _kinds(series)
    legend = []
    if any(step.point.run.dirty for step in series.steps):
        legend.append("*: with uncommitted changes")
    if len(kinds) > 1:
        for place, (machine, crate) in enumerate(kinds):
            edited = f", editing {crate}" if crate else ""
            legend.append(
                escaping.printable(f"{_LETTERS[place % len(_LETTERS)]}: {machine}{edited}")
            )
        legend.append("Changes are against the run before on the same kind of machine.")
    return legend


def _laid_out(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        text.rjust(width) if place in _RIGHT else text.ljust(width)
        for place, (text, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()
