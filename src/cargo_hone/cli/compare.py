"""`cargo hone compare A B`: two variants, labels or commits against each other, from what was measured."""

import json

import click

from cargo_hone.cargo import metadata
from cargo_hone.cli.invocation import Format, Invocation, with_formats
from cargo_hone.errors import UsageProblem
from cargo_hone.history.course import course, measured_runs
from cargo_hone.history.database import open_existing_history
from cargo_hone.history.lineage import Lineage
from cargo_hone.history.selection import select
from cargo_hone.report import comparison_pages
from cargo_hone.report.comparison import comparing


@click.command("compare")
@click.argument("a")
@click.argument("b")
@click.option("--scenario", "scenarios", multiple=True, metavar="A,B", help="Only these.")
@click.option("--variant", metavar="NAME", help="Of two labels, commits or runs only this variant.")
@with_formats(Format.PLAIN, Format.JSON, Format.MARKDOWN)
def command(
    invocation: Invocation, a: str, b: str, scenarios: tuple[str, ...], variant: str | None
) -> int:
    """Say how B differs from A: by how much, how sure that is, and whether anything can be said at all.

    A and B are two variants (held against each other in the newest run that has both, build by build), or each a
    label, a commit, a branch or a run: those were not built side by side, and a difference is only called one if it
    is larger than runs of one commit differ. `label:NAME`, `run:12` and so on say what is meant where that is not
    clear.
    """
    root = metadata.workspace_root(invocation.manifest(), env=invocation.env)
    lineage = Lineage(root=root, env=invocation.env)
    wanted = wanted_names(scenarios)
    with open_existing_history(invocation.state_dir(root)) as database:
        runs = measured_runs(database) if database is not None else ()
        one, other = (select(text, runs, lineage=lineage) for text in (a, b))
        points = course(database, runs) if database is not None else ()
    require_scenarios(wanted, [str(point.scenario) for point in points])
    found = comparing(one, other, points, scenarios=wanted, variant=variant)
    match invocation.format:
        case Format.JSON:
            document = comparison_pages.as_json(found)
            invocation.console.print(json.dumps(document, indent=2, ensure_ascii=False))
        case Format.MARKDOWN:
            invocation.console.print(comparison_pages.markdown(found).rstrip("\n"))
        case _:
            invocation.console.lines(comparison_pages.screen(found))
    return 0


def wanted_names(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Return the scenarios that options name, each option one or several; `clean` is the cold and the warm build."""
    names = [name.strip() for text in texts for name in text.split(",") if name.strip()]
    spread = [
        one
        for name in names
        for one in (("clean-cold", "clean-warm") if name == "clean" else (name,))
    ]
    return tuple(dict.fromkeys(spread))


def require_scenarios(wanted: tuple[str, ...], there: list[str]) -> None:
    """Raise UsageProblem for a scenario that was never measured, unless another one that is wanted was."""
    known = list(dict.fromkeys(there))
    if wanted and not set(wanted) & set(known):
        raise UsageProblem(
            f"{', '.join(f'`{name}`' for name in wanted)} was never measured here",
            next_step=f"choose from {', '.join(known)}" if known else "measure: cargo hone measure",
        )
