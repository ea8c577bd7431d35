"""The one screen that `optimize` ends with."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from cargo_hone.history.run import RunOutcome, RunRecord, SharedTarget
from cargo_hone.history.swept import SweepRecord
from cargo_hone.model import GoalState, VerdictKind
from cargo_hone.report import figures
from cargo_hone.report.committable import committable
from cargo_hone.report.line import Line, Piece, Tone, line, wrapped
from cargo_hone.report.losses import losses
from cargo_hone.report.sharing import shared_target_text
from cargo_hone.report.table import Cell, Row, Table, build_table

_LABEL = 20
_FIELD = 12
_CHANGE = 7
_SECONDS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What the caller knows and the history does not: where the pages were written, and what comes next."""

    report: str
    next_command: str
    demo_workspace: Path | None = None


def screen(run: RunRecord, ending: Ending) -> tuple[Line, ...]:
    """Lay out the result of a run in at most 100 columns (more only where one word or name is that long)."""
    run = committable(run)
    table = build_table(run)
    return (
        *_outcome(run),
        *_table(table),
        *_sweeps(run),
        *_shared(run.shared_target),
        *_undecided(table),
        *_goals(run),
        *_given_up(run),
        *_warnings(run),
        *_files(run),
        *_ending(ending),
    )


def _outcome(run: RunRecord) -> Iterable[Line]:
    match run.outcome:
        case RunOutcome.FINISHED | RunOutcome.RUNNING:
            return ()
        case RunOutcome.INTERRUPTED | RunOutcome.FAILED:
            return (line(Piece(f"This run was {run.outcome}; what it had measured:", Tone.BAD)),)
        case _:
            assert_never(run.outcome)


def _table(table: Table) -> Iterable[Line]:
    label_width = max([_LABEL, *(len(row.label) + 1 for row in table.rows)])
    widths = tuple(
        max(_SECONDS + (_CHANGE if place else 0), len(name))
        for place, name in enumerate(table.columns)
    )
    header = [" " * label_width]
    for place, (name, width) in enumerate(zip(table.columns, widths, strict=True)):
        header.append(name.rjust(_SECONDS).ljust(width) if place == 0 else "  " + name.rjust(width))
    yield line(*(Piece(text, Tone.HEADING) for text in [*header, "   verdict"]))
    for row in table.rows:
        yield _row(row, label_width, widths)
    if any(size is not None for size in table.disk_bytes):
        yield _disk(table, label_width, widths)


def _row(row: Row, label_width: int, widths: Sequence[int]) -> Line:
    pieces = [Piece(row.label.ljust(label_width))]
    for place, (cell, width) in enumerate(zip(row.cells, widths, strict=True)):
        if place == 0:
            pieces.append(Piece(cell.median_text.rjust(_SECONDS).ljust(width)))
            continue
        pieces.append(Piece("  " + cell.median_text.rjust(width - _CHANGE)))
        pieces.append(Piece(cell.change_text.rjust(_CHANGE), _tone(cell)))
    pieces.append(Piece("   " + row.verdict.verdict_text, _tone(row.verdict)))
    return line(*pieces)


def _disk(table: Table, label_width: int, widths: Sequence[int]) -> Line:
    pieces = ["target on disk".ljust(label_width)]
    for place, (size, width) in enumerate(zip(table.disk_bytes, widths, strict=True)):
        text = figures.ABSENT if size is None else figures.size(size)
        if place == 0:
            pieces.append(text.rjust(_SECONDS).ljust(width))
        else:
            pieces.append("  " + text.rjust(width - _CHANGE) + " " * _CHANGE)
    return line(*pieces)


def _tone(cell: Cell) -> Tone:
    if cell.comparison is None:
        return Tone.QUIET
    match cell.comparison.kind:
        case VerdictKind.FASTER:
            return Tone.GOOD
        case VerdictKind.SLOWER:
            return Tone.BAD
        case VerdictKind.NO_DIFFERENCE | VerdictKind.INCONCLUSIVE:
            return Tone.QUIET
        case _:
            assert_never(cell.comparison.kind)


def _sweeps(run: RunRecord) -> Iterable[Line]:
    for place, sweep in enumerate(run.sweeps):
        label = "swept, your target" if place == 0 else f"swept, {sweep.target_dir}"
        yield from wrapped([Piece(label.ljust(_LABEL) + " ")], sweep_text(sweep))


def sweep_text(sweep: SweepRecord) -> str:
    """Say in one line what a sweep did."""
    if sweep.skipped:
        return f"nothing was swept: {sweep.skipped}"
    sizes = f"{figures.size(sweep.before_bytes)} → {figures.size(sweep.after_bytes)}"
    if sweep.rebuilt_units is None:
        return f"{sizes}   (next build not tried)"
    return f"{sizes}   (next build: {figures.count(sweep.rebuilt_units, 'unit')})"


def _shared(shared: SharedTarget | None) -> Iterable[Line]:
    if shared is None:
        return ()
    return wrapped([Piece("shared target".ljust(_LABEL) + " ")], shared_target_text(shared))


def _undecided(table: Table) -> Iterable[Line]:
    """Give the reasons that have no room in the table."""
    for row in table.rows:
        if row.verdict.reason:
            head = Piece("inconclusive".ljust(_LABEL) + " ", Tone.QUIET)
            yield from wrapped([head], f"{row.label}: {row.verdict.reason}", Tone.QUIET)


def _goals(run: RunRecord) -> Iterable[Line]:
    name_width = max([0, *(len(goal.name) for goal in run.goals)]) + 2
    for place, goal in enumerate(run.goals):
        head = (
            _field("Goals" if place == 0 else ""),
            Piece(_GOAL_WORDS[goal.state].ljust(9), _GOAL_TONES[goal.state]),
            Piece(goal.name.ljust(name_width)),
        )
        yield from wrapped(head, goal.detail)


_GOAL_WORDS = {GoalState.OK: "ok", GoalState.MISSED: "MISSED", GoalState.PENDING: "pending"}
_GOAL_TONES = {
    GoalState.OK: Tone.GOOD,
    GoalState.MISSED: Tone.BAD,
    GoalState.PENDING: Tone.QUIET,
}


def _given_up(run: RunRecord) -> Iterable[Line]:
    for place, loss in enumerate(losses(run)):
        yield from wrapped([_field("Given up" if place == 0 else "")], loss)


def _warnings(run: RunRecord) -> Iterable[Line]:
    for place, warning in enumerate(run.warnings):
        yield from wrapped([_field("Note" if place == 0 else "")], warning)


def _files(run: RunRecord) -> Iterable[Line]:
    if not run.changed_files:
        yield line(_field("Changed"), "no file")
        return
    names = "  ".join(changed.path for changed in run.changed_files)
    yield from wrapped([_field("Changed")], names)
    yield line(_field("Undo"), Piece("cargo hone undo", Tone.COMMAND))


def _ending(ending: Ending) -> Iterable[Line]:
    yield line(_field("Report"), ending.report)
    yield line(_field("Next"), Piece(ending.next_command, Tone.COMMAND))
    if ending.demo_workspace is not None:
        yield line(f"demo workspace: {ending.demo_workspace}")


def _field(name: str) -> Piece:
    return Piece(name.ljust(_FIELD), Tone.HEADING)
