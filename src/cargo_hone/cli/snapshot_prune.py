"""`cargo hone snapshot prune`: keep the store below its cap."""

import json
from pathlib import Path

import click

from cargo_hone.cli.invocation import Format, Invocation, with_invocation
from cargo_hone.cli.size import Size
from cargo_hone.cli.snapshot_here import with_store
from cargo_hone.cli.snapshot_place import cap_bytes, store_at
from cargo_hone.errors import Exit
from cargo_hone.report import figures
from cargo_hone.snapshot.prune import PrunePlan, plan_prune, prune
from cargo_hone.ui.confirm import confirmed


@click.command("prune")
@click.option("--max-size", type=Size(), help="What the store may take. [snapshot.max-size]")
@click.option("--drop", multiple=True, metavar="ID", help="Delete this snapshot in any case.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("-n", "--dry-run", is_flag=True, help="Show what would go; delete nothing.")
@with_store
@with_invocation
def command(
    invocation: Invocation,
    *,
    max_size: int | None,
    drop: tuple[str, ...],
    yes: bool,
    dry_run: bool,
    store: Path | None,
) -> int:
    """Delete the snapshots that were not used for the longest time, and content that no snapshot needs."""
    kept = store_at(store)
    limit = max_size if max_size is not None else cap_bytes(invocation)
    going = frozenset(kept.named(start).id for start in drop)
    with kept.shared():
        plan = plan_prune(kept, max_bytes=limit, drop=going)
    nothing = not plan.snapshots and not plan.contents
    if dry_run or nothing:
        _show(invocation, plan, dry_run=dry_run)
        return int(Exit.OK if nothing else Exit.FINDINGS)
    if not yes:
        if invocation.format is Format.PLAIN:
            _show(invocation, plan, dry_run=True)
        if not confirmed(invocation.console, f"Delete {figures.size(plan.freed_bytes)}?"):
            return int(Exit.FINDINGS)
    _show(invocation, prune(kept, max_bytes=limit, drop=going), dry_run=False)
    return 0


def _show(invocation: Invocation, plan: PrunePlan, *, dry_run: bool) -> None:
    console = invocation.console
    if invocation.format is Format.JSON:
        document = {
            "schema": "cargo-hone/snapshot-prune/v1",
            "dry_run": dry_run,
            "snapshots": [one.id for one in plan.snapshots],
            "contents": len(plan.contents),
            "freed_bytes": plan.freed_bytes,
            "kept_snapshots": plan.kept_snapshots,
            "kept_bytes": plan.kept_bytes,
        }
        console.print(json.dumps(document, indent=2))
        return
    for one in plan.snapshots:
        console.print(f"{one.id}  {'would go' if dry_run else 'deleted'}")
    console.print(
        f"{figures.size(plan.freed_bytes)} {'would be freed' if dry_run else 'freed'};"
        f" {figures.count(plan.kept_snapshots, 'snapshot')} stay, {figures.size(plan.kept_bytes)}"
    )
