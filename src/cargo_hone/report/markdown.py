"""`docs/BUILD-OPTIMIZATION.md`: the page that a team keeps, with figures, reasons and the way back."""

import re
from collections.abc import Iterable, Sequence

from cargo_hone.history.run import FactKey, RunOutcome, RunRecord
from cargo_hone.history.swept import SweepRecord
from cargo_hone.model import GoalState
from cargo_hone.report import figures
from cargo_hone.report.committable import committable
from cargo_hone.report.losses import gives_up_text
from cargo_hone.report.machine import machine_facts
from cargo_hone.report.method import method_sentences, scenario_sentences
from cargo_hone.report.sharing import shared_target_text
from cargo_hone.report.table import Cell, Table, build_table
from cargo_hone.report.tests_compared import TestCounts, TestsCompared, compare_tests

GOAL_WORDS = {GoalState.OK: "ok", GoalState.MISSED: "missed", GoalState.PENDING: "pending"}
_LISTED = 50
"""So many tests are named one by one; a page that lists thousands helps nobody."""


def markdown(run: RunRecord, *, samples_file: str = "build-optimization.json") -> str:
    """Write the whole page, with a final newline. `samples_file` is where the JSON lies, beside it."""
    run = committable(run)
    table = build_table(run)
    sections = (
        _opening(run, samples_file),
        _result(table),
        _goals(run),
        _changes(run),
        _tests(run),
        _disk(run, table),
        _shared(run),
        _machine(run),
        _method(run),
        _again(run),
    )
    return "\n\n".join("\n".join(section) for section in sections if section) + "\n"


def _opening(run: RunRecord, samples_file: str) -> list[str]:
    summary = (
        f"What cargo-hone {run.subject.tool_version} measured and changed in `{run.workspace_name}` on"
        f" {run.started_at[:10]}{_at_commit(run)}. All samples behind these figures are in"
        f" [{samples_file}]({samples_file})."
    )
    lines = ["# Build optimization", "", summary]
    if run.outcome is not RunOutcome.FINISHED:
        lines += ["", f"**This run is not complete ({run.outcome}).**"]
    for warning in run.warnings:
        lines += ["", f"> Note: {_inline(warning)}"]
    return lines


def _at_commit(run: RunRecord) -> str:
    if run.subject.git_commit is None:
        return ""
    dirty = " with uncommitted changes" if run.subject.git_dirty else ""
    return f", at commit `{run.subject.git_commit[:12]}`{dirty}"


def _result(table: Table) -> list[str]:
    if not table.rows:
        return ["## Before and after", "", "Nothing was measured."]
    rows = [
        [row.label, *(_cell_text(cell) for cell in row.cells), row.verdict.full_verdict_text]
        for row in table.rows
    ]
    if any(size is not None for size in table.disk_bytes):
        rows.append(["target on disk", *(_size_text(size) for size in table.disk_bytes), ""])
    about = (
        f"Times are medians. The verdict is about {_inline(table.applied_column)} against"
        f" {_inline(table.columns[0])}."
    )
    return [
        "## Before and after",
        "",
        *_grid(["", *table.columns, "verdict"], rows, right=range(1, len(table.columns) + 1)),
        "",
        about,
        "",
        "### Spread",
        "",
        *_spread(table),
    ]


def _spread(table: Table) -> list[str]:
    rows = [
        [
            row.label,
            cell.variant,
            cell.median_text,
            cell.range_text,
            str(cell.summary.count),
            cell.change_text,
            cell.full_verdict_text,
        ]
        for row in table.rows
        for cell in row.cells
        if cell.summary is not None
    ]
    heads = ["scenario", "variant", "median", f"min{figures.EN_DASH}max", "n", "change", "verdict"]
    return _grid(heads, rows, right=range(2, 6))


def _cell_text(cell: Cell) -> str:
    return f"{cell.median_text} ({cell.change_text})" if cell.change_text else cell.median_text


def _size_text(size_bytes: int | None) -> str:
    return figures.ABSENT if size_bytes is None else figures.size(size_bytes)


def _goals(run: RunRecord) -> list[str]:
    if not run.goals:
        return []
    rows = [[goal.name, GOAL_WORDS[goal.state], goal.detail] for goal in run.goals]
    return ["## Goals", "", *_grid(["goal", "", "why"], rows)]


def _changes(run: RunRecord) -> list[str]:
    lines = ["## What was changed, and why", ""]
    if run.levers:
        rows = [[o.title, str(o.standing), o.reason, gives_up_text(o)] for o in run.levers]
        lines += [*_grid(["lever", "standing", "reason", "gives up"], rows), ""]
    if not run.changed_files:
        return [*lines, "No file was changed."]
    rows = [[f"`{file.path}`", str(file.how), file.why] for file in run.changed_files]
    lines += _grid(["file", "", "why"], rows)
    return [*lines, "", *_fenced(run.diff, "diff")] if run.diff else lines


def _tests(run: RunRecord) -> list[str]:
    tests = compare_tests(run)
    command = run.fact(FactKey.TESTS)
    lines = ["## Tests", ""]
    if command:
        lines += [f"Run before and after with `{command}`, and compared test by test.", ""]
    rows = [
        _counts_row("before", tests.before),
        _counts_row("after", tests.after),
    ]
    lines += _grid(["", "passed", "failed", "ignored", "pass rate"], rows, right=range(1, 5))
    return [*lines, "", *_test_changes(tests)]


def _counts_row(phase: str, counts: TestCounts | None) -> list[str]:
    if counts is None:
        return [phase, "not run", "", "", ""]
    numbers = (counts.passed, counts.failed, counts.ignored)
    rate = figures.share(counts.passed, counts.passed + counts.failed)
    return [phase, *(figures.count(number) for number in numbers), rate]


def _test_changes(tests: TestsCompared) -> Iterable[str]:
    if not tests.both_ran:
        yield "The tests did not run both before and after, so nothing is said about them."
        return
    if tests.as_before:
        yield "No test is worse off than before."
    for title, names in tests.changes:
        yield ""
        yield f"{title} ({figures.count(len(names))}):"
        yield ""
        yield from (f"- `{name}`" for name in names[:_LISTED])
        if len(names) > _LISTED:
            yield f"- and {figures.count(len(names) - _LISTED)} more, named in the JSON"


def _disk(run: RunRecord, table: Table) -> list[str]:
    lines = ["## Disk", ""]
    measured = [
        [f"after a clean build, {name}", figures.size(size), figures.exact_bytes(size)]
        for name, size in zip(table.columns, table.disk_bytes, strict=True)
        if size is not None
    ]
    for sweep in run.sweeps:
        measured += _sweep_rows(sweep)
    if not measured:
        return []
    lines += _grid(["target directory", "on disk", "exactly"], measured, right=range(1, 3))
    for sweep in run.sweeps:
        lines += ["", _sweep_sentence(sweep)]
    return lines


def _sweep_rows(sweep: SweepRecord) -> list[list[str]]:
    if sweep.skipped:
        return []
    return [
        [f"`{sweep.target_dir}` {when} the sweep", figures.size(size), figures.exact_bytes(size)]
        for when, size in (("before", sweep.before_bytes), ("after", sweep.after_bytes))
    ]


def _sweep_sentence(sweep: SweepRecord) -> str:
    if sweep.skipped:
        return f"`{sweep.target_dir}` was not swept: {_inline(sweep.skipped)}."
    proof = (
        "The next build was not tried."
        if sweep.rebuilt_units is None
        else f"The next build compiled {figures.count(sweep.rebuilt_units, 'unit')}."
    )
    return (
        f"In `{sweep.target_dir}` the sweep deleted {figures.count(sweep.deleted_units, 'unit')} and kept"
        f" {figures.count(sweep.kept_units)}. {proof}"
    )


def _shared(run: RunRecord) -> list[str]:
    if run.shared_target is None:
        return []
    text = shared_target_text(run.shared_target)
    return ["## Shared target directory", "", _inline(text[:1].upper() + text[1:])]


def _machine(run: RunRecord) -> list[str]:
    return [
        "## Machine and toolchain",
        "",
        *_grid(["", ""], [list(pair) for pair in machine_facts(run)]),
    ]


def _method(run: RunRecord) -> list[str]:
    return [
        "## How it was measured",
        "",
        *(f"- {sentence}" for sentence in method_sentences(run)),
        "",
        *(f"- **{_inline(label)}**: {text}." for label, text in scenario_sentences(run)),
    ]


def _again(run: RunRecord) -> list[str]:
    command = run.fact(FactKey.COMMAND) or "cargo hone optimize"
    undo = (
        "`cargo hone undo` puts back every byte of the files named above."
        if run.changed_files
        else "There is nothing to undo: no file was changed."
    )
    return [
        "## Undo, and run again",
        "",
        undo,
        "",
        f"`{command}` measures again and writes this page anew.",
    ]


def _grid(
    heads: Sequence[str], rows: Sequence[Sequence[str]], *, right: range = range(0)
) -> list[str]:
    """Write a Markdown table; the columns in `right` are set flush right."""
    rule = ["---:" if place in right else "---" for place in range(len(heads))]
    return [
        f"| {' | '.join(_inline(text) for text in heads)} |",
        f"| {' | '.join(rule)} |",
        *(f"| {' | '.join(_inline(text) for text in row)} |" for row in rows),
    ]


def _inline(text: str) -> str:
    """Keep a text on one line and out of the way of tables and HTML (code spans excepted)."""
    words = " ".join(text.split()).replace("|", r"\|")
    parts = words.split("`")
    return "`".join(
        part if place % 2 else part.replace("<", "&lt;") for place, part in enumerate(parts)
    )


def _fenced(text: str, language: str) -> list[str]:
    """Fence a text with more backticks than it holds itself."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}{language}", *text.rstrip("\n").split("\n"), fence]
