"""`cargo hone undo`: take back the last change of files."""

import json

import click

from cargo_hone.cache.shared import in_use
from cargo_hone.cli import cache_place
from cargo_hone.cli.invocation import Format, Invocation, with_invocation
from cargo_hone.edit import undo as undoing
from cargo_hone.edit.journal import Journal
from cargo_hone.edit.plan import diff, shown
from cargo_hone.edit.recover import recover
from cargo_hone.errors import Exit
from cargo_hone.ui.confirm import confirmed
from cargo_hone.ui.recovered import tell_recovered


@click.command("undo")
@click.argument("transaction", required=False)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "-n", "--dry-run", is_flag=True, help="Show what would be taken back; change nothing."
)
@with_invocation
def command(invocation: Invocation, transaction: str | None, yes: bool, dry_run: bool) -> int:
    """Take back what the last `optimize` changed in files (or the change with this ID).

    Bytes and modes come back as they were. Where you have edited the same lines since, that file is left alone and
    shown; your other edits stay.
    """
    # Outside of a workspace: what `cache setup` wrote for this user alone.
    root = cache_place.find(invocation).keeper
    state_dir = invocation.state_dir(root)
    journal = Journal(state_dir)
    keep = in_use(state_dir.parent, invocation.env, besides=root)
    console = invocation.console
    if not dry_run:
        tell_recovered(recover(journal), console)
    plan, expected = undoing.preview(journal, transaction, keep=keep)
    if dry_run and invocation.format is Format.JSON:
        paths = [str(change.path) for change in plan.changes]
        would = {"schema": "cargo-hone/undo/v1", "dry_run": True, "would_change": paths}
        console.print(json.dumps(would, indent=2))
    elif dry_run or not yes:
        console.diff(diff(plan, root=root), to_err=not dry_run)
    if dry_run:
        return int(Exit.FINDINGS if plan.changes else Exit.OK)
    if not yes and not confirmed(console, f"Take back `{expected.title}`?"):
        return int(Exit.FINDINGS)
    result = undoing.undo(journal, transaction, keep=keep)
    if invocation.format is Format.JSON:
        console.print(
            json.dumps(
                {
                    "schema": "cargo-hone/undo/v1",
                    "id": result.id,
                    "title": result.title,
                    "restored": [str(path) for path in result.restored],
                    "merged": [str(path) for path in result.merged],
                    "refused": [
                        {"path": str(file.path), "reason": file.reason} for file in result.refused
                    ],
                },
                indent=2,
            )
        )
    else:
        for path in result.restored:
            console.print(f"restored  {shown(path, root=root)}")
        for path in result.merged:
            console.print(f"restored  {shown(path, root=root)} (your later edits were kept)")
        for file in result.refused:
            console.error(
                f"{shown(file.path, root=root)} was left alone: {file.reason}", label="warning"
            )
            if file.difference:
                console.diff(file.difference, to_err=True)
    return int(Exit.FINDINGS if result.refused else Exit.OK)
