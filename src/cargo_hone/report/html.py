"""The report as one HTML file: no script, nothing loaded from anywhere, readable on paper and in the dark."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cargo_hone.history.run import FactKey, RunOutcome, RunRecord
from cargo_hone.model import Comparison, GoalState, VerdictKind
from cargo_hone.report import figures
from cargo_hone.report.charts import build_charts
from cargo_hone.report.committable import committable
from cargo_hone.report.losses import gives_up_text, losses
from cargo_hone.report.machine import machine_facts
from cargo_hone.report.method import method_sentences, scenario_sentences
from cargo_hone.report.sharing import shared_target_text
from cargo_hone.report.table import Row, Table, build_table
from cargo_hone.report.tests_compared import compare_tests

if TYPE_CHECKING:
    import markupsafe

_GOAL_WORDS = {GoalState.OK: "ok", GoalState.MISSED: "missed", GoalState.PENDING: "pending"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffLine:
    """One line of the diff; `kind` is added, removed, place, file or same."""

    kind: str
    text: str


def html(run: RunRecord) -> str:
    """Write the page. It is UTF-8 when it is written to a file."""
    import jinja2  # noqa: PLC0415 - 40 ms that other commands shall not pay

    run = committable(run)
    table = build_table(run)
    environment = jinja2.Environment(
        autoescape=True,
        loader=jinja2.PackageLoader("cargo_hone.report", "templates"),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {
        "minus": _with_minus,
        "size": figures.size,
        "exact_bytes": figures.exact_bytes,
        "count": figures.count,
        "tone": _tone,
        "gives_up": gives_up_text,
        "prose": _with_code,
    }
    return environment.get_template("report.html.j2").render(
        run=run,
        complete=run.outcome is RunOutcome.FINISHED,
        table=table,
        headlines=headlines(table),
        charts=build_charts(run, table),
        goals=[(goal, _GOAL_WORDS[goal.state]) for goal in run.goals],
        losses=losses(run),
        tests=compare_tests(run),
        share=figures.share,
        tests_command=run.fact(FactKey.TESTS),
        command=run.fact(FactKey.COMMAND) or "cargo hone optimize",
        diff=_diff_lines(run.diff),
        shared=shared_target_text(run.shared_target) if run.shared_target else "",
        machine=machine_facts(run),
        method=method_sentences(run),
        scenarios=scenario_sentences(run),
        absent=figures.ABSENT,
    )


def headlines(table: Table) -> tuple[Row, ...]:
    """Pick the rows that the samples carry a claim for; only those are set in large type."""
    return tuple(row for row in table.rows if row.verdict.is_decided)


def _with_minus(text: str) -> str:
    """Set a change with the sign that digits are drawn for; a hyphen is too short beside them."""
    return f"\N{MINUS SIGN}{text[1:]}" if text.startswith("-") else text


def _with_code(text: str) -> "markupsafe.Markup":
    """Set what stands between backticks as code; everything is escaped."""
    from markupsafe import Markup, escape  # noqa: PLC0415 - comes with jinja2, as late

    parts = text.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else escape(part)
        for place, part in enumerate(parts)
    )


def _tone(comparison: Comparison | None) -> str:
    if comparison is None:
        return "quiet"
    tones = {VerdictKind.FASTER: "good", VerdictKind.SLOWER: "bad"}
    return tones.get(comparison.kind, "quiet")


def _diff_lines(diff: str) -> tuple[DiffLine, ...]:
    return tuple(DiffLine(kind=_diff_kind(text), text=text) for text in diff.splitlines())


def _diff_kind(text: str) -> str:
    if text.startswith(("+++ ", "--- ", "diff ")):
        return "file"
    return {"+": "added", "-": "removed", "@": "place"}.get(text[:1], "same")
