"""`cargo hone report`: the report of the last run, from history."""

import json

import click

from cargo_hone.cargo import metadata
from cargo_hone.cli.invocation import Format, Invocation, with_invocation
from cargo_hone.errors import UsageProblem
from cargo_hone.history.database import open_existing_history
from cargo_hone.history.query import latest_run
from cargo_hone.report.export import build_optimization
from cargo_hone.report.screen import Ending, screen


@click.command("report")
@click.option("--open", "open_", is_flag=True, help="Open the HTML report in a browser.")
@with_invocation
def command(invocation: Invocation, open_: bool) -> int:
    """Show the last run again, and write its HTML report anew."""
    from cargo_hone.optimize.publish import write_html  # noqa: PLC0415 - jinja2 is slow to import

    manifest = invocation.manifest()
    known = metadata.read(manifest, env=invocation.env, flags=("--no-deps",))
    with open_existing_history(invocation.state_dir(known.workspace_root)) as database:
        run = latest_run(database, outcome=None) if database else None
    if run is None:
        raise UsageProblem(
            f"nothing has been measured in {known.workspace_root} yet",
            next_step="run `cargo hone optimize`",
        )
    page = write_html(run, known.target_directory)
    if invocation.format is Format.JSON:
        exported = {**build_optimization(run), "schema": "cargo-hone/report/v1"}
        invocation.console.print(json.dumps(exported, indent=2, ensure_ascii=False))
    else:
        ending = Ending(report=str(page), next_command="cargo hone report --open")
        invocation.console.lines(screen(run, ending))
    if open_:
        click.launch(page.as_uri())
    return 0
