"""`cargo hone sweep`: give disk space back that no build uses."""

import json
from pathlib import Path

import click

from cargo_hone.cargo import metadata
from cargo_hone.cli.invocation import Format, Invocation, with_invocation
from cargo_hone.errors import Exit
from cargo_hone.report import figures
from cargo_hone.sweep.plan import SweepPlan
from cargo_hone.sweep.sweep import Swept, sweep
from cargo_hone.target.premises import read_premises
from cargo_hone.ui.confirm import confirmed
from cargo_hone.ui.console import Console
from cargo_hone.workspace import excluded

_WAIT_S = 10.0


@click.command("sweep")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("-n", "--dry-run", is_flag=True, help="Show what would go; delete nothing.")
@with_invocation
def command(invocation: Invocation, yes: bool, dry_run: bool) -> int:
    """Delete what is provably dead in this workspace's target directory.

    Dead is what no build of this workspace can use any more: units of settings, versions and packages that have
    gone, superseded incremental sessions, files without a fingerprint. What cannot be judged stays. cargo's own
    locks are held.
    """
    known = metadata.read(invocation.manifest(), env=invocation.env, flags=invocation.flags)
    others = excluded.find(known, env=invocation.env)
    target, premises = known.target_directory, read_premises(known, excluded=others)
    planned = sweep(target, premises=premises, dry_run=True, wait_s=_WAIT_S)
    console = invocation.console
    to_delete = bool(planned.plan.removals)
    if not dry_run and to_delete and not yes:
        if invocation.format is Format.PLAIN:
            _present_plan(planned.plan, console)
        if not confirmed(console, f"Delete {figures.size(planned.plan.freed_bytes)}?"):
            return int(Exit.FINDINGS)
    done = planned if dry_run or not to_delete else sweep(target, premises=premises, wait_s=_WAIT_S)
    if invocation.format is Format.JSON:
        console.print(json.dumps(_as_json(done, dry_run=dry_run), indent=2))
    else:
        _present_plan(done.plan, console)
        word = "would leave" if dry_run else "left"
        before, after = done.record.before_bytes, done.record.after_bytes
        console.print(f"{figures.size(before)} before, {word} {figures.size(after)}")
    return int(Exit.FINDINGS if dry_run and to_delete else Exit.OK)


def _present_plan(plan: SweepPlan, console: Console) -> None:
    if plan.skipped:
        console.print(f"nothing was judged: {plan.skipped}")
    reasons: dict[str, tuple[int, int]] = {}
    for removal in plan.removals:
        count, freed = reasons.get(removal.reason, (0, 0))
        reasons[removal.reason] = (count + 1, freed + removal.freed_bytes)
    for reason, (count, freed) in sorted(reasons.items(), key=lambda item: -item[1][1]):
        console.print(f"dead   {count:>5}  {figures.size(freed):>8}  {reason}")
    for stay in plan.stays:
        console.print(f"stays  {stay.units:>5}  {figures.size(stay.size_bytes):>8}  {stay.reason}")
    console.print(f"alive  {plan.alive_units:>5}")


def _as_json(done: Swept, *, dry_run: bool) -> dict[str, object]:
    plan, record = done.plan, done.record
    return {
        "schema": "cargo-hone/sweep/v1",
        "target": str(plan.target_dir),
        "dry_run": dry_run,
        "before_bytes": record.before_bytes,
        "after_bytes": record.after_bytes,
        "deleted_units": record.deleted_units,
        "alive_units": plan.alive_units,
        "kept_units": record.kept_units,
        "skipped": record.skipped or None,
        "removals": [
            {
                "what": removal.label,
                "reason": removal.reason,
                "bytes": removal.freed_bytes,
                "paths": [_text(path) for path in removal.paths],
            }
            for removal in plan.removals
        ],
        "doubts": list(plan.doubts),
    }


def _text(path: Path) -> str:
    return str(path).encode(errors="surrogateescape").decode(errors="replace")
