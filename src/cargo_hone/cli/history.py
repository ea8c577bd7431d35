"""`cargo hone history`: what builds took over time; and how that travels from one machine to another."""

import difflib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from cargo_hone.cargo import metadata
from cargo_hone.cli import history_exchange
from cargo_hone.cli.compare import require_scenarios, wanted_names
from cargo_hone.cli.invocation import Format, Invocation, with_formats
from cargo_hone.errors import UsageProblem
from cargo_hone.files import atomic
from cargo_hone.history.course import Point, course, measured_runs
from cargo_hone.history.database import Database, open_existing_history
from cargo_hone.history.lineage import Lineage
from cargo_hone.history.query import load_run
from cargo_hone.report import course_pages, exports
from cargo_hone.report.course import Series, series_of, shortened
from cargo_hone.report.exports import Export

_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Filters:
    scenarios: tuple[str, ...]
    variants: tuple[str, ...]
    label: str | None
    branch: str | None


@click.group("history", invoke_without_command=True)
@click.option("--scenario", "scenarios", multiple=True, metavar="A,B", help="Only these.")
@click.option("--variant", "variants", multiple=True, metavar="NAME", help="Only this variant.")
@click.option("--label", help="Only runs with this label.")
@click.option("--branch", help="Only commits of this branch, in their order there.")
@click.option(
    "--limit", type=click.IntRange(min=1), help=f"Newest runs of each (default: {_SHOWN})."
)
@click.option(
    "--export",
    "export",
    type=click.Choice([one.value for one in Export]),
    help="The newest run as another program's JSON.",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Export to this file."
)
@with_formats(Format.PLAIN, Format.JSON, Format.MARKDOWN)
def command(
    invocation: Invocation,
    *,
    limit: int | None,
    export: str | None,
    output: Path | None,
    **given: object,
) -> int | None:
    """Show what was measured, run after run, and since which commit it is slower or faster.

    The change beside a run is that of the two medians, no more; "since here" stands where the whole row of runs shows
    a change (docs/how-to/history.md). The commands below carry runs to other machines: each run travels once,
    however many jobs write at the same time.
    """
    if click.get_current_context().invoked_subcommand is not None:
        return None
    filters = _Filters(
        scenarios=wanted_names(_texts(given["scenarios"])),
        variants=_texts(given["variants"]),
        label=str(given["label"]) if given["label"] is not None else None,
        branch=str(given["branch"]) if given["branch"] is not None else None,
    )
    if output is not None and export is None:
        raise UsageProblem(
            "--output is for an export",
            next_step=f"add --export {Export.HYPERFINE} or --export {Export.GITHUB_ACTION_BENCHMARK}",
        )
    root = metadata.workspace_root(invocation.manifest(), env=invocation.env)
    lineage = Lineage(root=root, env=invocation.env)
    with open_existing_history(invocation.state_dir(root)) as database:
        series = _series(database, filters, lineage) if database is not None else []
        if export is not None:
            text = _exported(database, series, Export(export), limit)
            _put(invocation, text, output)
            return 0
    _show(invocation, [shortened(one, limit or _SHOWN) for one in series])
    return 0


for subcommand in history_exchange.COMMANDS:
    command.add_command(subcommand)


def _series(database: Database, filters: _Filters, lineage: Lineage) -> list[Series]:
    order = _order(filters.branch, lineage) if filters.branch is not None else None
    runs = measured_runs(database)
    if filters.label is not None:
        _require("label", filters.label, [run.label for run in runs if run.label])
        runs = tuple(run for run in runs if run.label == filters.label)
    for name in filters.variants:
        _require("variant", name, [name for run in runs for name in run.variants])
    points = course(database, runs)
    require_scenarios(filters.scenarios, [str(point.scenario) for point in points])
    return series_of([point for point in points if _is_wanted(point, filters)], order=order)


def _is_wanted(point: Point, filters: _Filters) -> bool:
    right_scenario = not filters.scenarios or str(point.scenario) in filters.scenarios
    return right_scenario and (not filters.variants or point.variant in filters.variants)


def _order(branch: str, lineage: Lineage) -> dict[str, int]:
    commit = lineage.commit(branch)
    if commit is None:
        raise UsageProblem(
            f"git knows no branch `{branch}` here", next_step="see which there are: git branch -a"
        )
    newest_first = lineage.ancestors(commit)
    return {one: -place for place, one in enumerate(newest_first)}


def _require(kind: str, name: str, known: Sequence[str]) -> None:
    names = list(dict.fromkeys(known))
    if name in names:
        return
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.6)
    meant = f"; did you mean {' or '.join(f'`{one}`' for one in near)}?" if near else ""
    listed = ", ".join(reversed(names[-8:])) or "none yet"
    raise UsageProblem(
        f"nothing was measured under the {kind} `{name}`{meant}",
        next_step=f"choose from the {kind}s that there are: {listed}",
    )


def _show(invocation: Invocation, series: Sequence[Series]) -> None:
    console = invocation.console
    match invocation.format:
        case Format.JSON:
            document = course_pages.as_json(series)
            console.print(json.dumps(document, indent=2, ensure_ascii=False))
        case Format.MARKDOWN if series:
            console.print(course_pages.markdown(series).rstrip("\n"))
        case _ if series:
            encoding = console.out.encoding or "ascii"
            console.lines(course_pages.screen(series, ascii_only=not _has_bars(encoding)))
        case _:
            console.note("nothing has been measured yet\n  next: cargo hone measure")


def _has_bars(encoding: str) -> bool:
    try:
        "▁█".encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _exported(
    database: Database | None, series: Sequence[Series], export: Export, limit: int | None
) -> str:
    steps = [step for one in series for step in one.steps]
    newest = sorted({(step.point.run.started_at, step.point.run.id) for step in steps})
    if database is None or not newest:
        raise UsageProblem(
            "there is nothing to export: no run fits", next_step="measure: cargo hone measure"
        )
    wanted = [number for _, number in newest[-(limit or 1) :]]
    points = [step.point for step in steps if step.point.run.id in wanted]
    points.sort(key=lambda point: wanted.index(point.run.id))
    match export:
        case Export.HYPERFINE:
            return exports.hyperfine(points, [load_run(database, number) for number in wanted])
        case Export.GITHUB_ACTION_BENCHMARK:
            if len(wanted) > 1:
                raise UsageProblem(
                    f"{Export.GITHUB_ACTION_BENCHMARK} takes one run at a time",
                    next_step="leave --limit out: the newest run that fits is exported",
                )
            return exports.github_action_benchmark(points)


def _put(invocation: Invocation, text: str, output: Path | None) -> None:
    if output is None:
        invocation.console.print(text.rstrip("\n"))
        return
    atomic.replace(output.absolute(), text.encode())
    invocation.console.note(f"written  {output}")


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(text) for text in value) if isinstance(value, tuple) else ()
