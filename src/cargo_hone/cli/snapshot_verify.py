"""`cargo hone snapshot verify`: read the whole store."""

import json
from pathlib import Path

import click

from cargo_hone.cli.invocation import Format, Invocation, with_invocation
from cargo_hone.cli.snapshot_here import with_store
from cargo_hone.cli.snapshot_place import store_at
from cargo_hone.errors import Exit
from cargo_hone.report import figures
from cargo_hone.snapshot.verify import verify


@click.command("verify")
@click.option(
    "--repair", is_flag=True, help="Set what is damaged aside; the next save keeps it anew."
)
@with_store
@with_invocation
def command(invocation: Invocation, *, repair: bool, store: Path | None) -> int:
    """Hash every content of every snapshot; any flipped bit is found. Exit 1 where something is wrong."""
    console = invocation.console
    found = verify(store_at(store), repair=repair)
    if invocation.format is Format.JSON:
        document = {
            "schema": "cargo-hone/snapshot-verify/v1",
            "snapshots": found.snapshots,
            "contents": found.contents,
            "read_bytes": found.read_bytes,
            "repaired": repair,
            "faults": [
                {"path": one.path, "reason": one.reason, "snapshots": list(one.snapshots)}
                for one in found.faults
            ],
        }
        console.print(json.dumps(document, indent=2))
        return int(Exit.FINDINGS if found.faults else Exit.OK)
    for one in found.faults:
        console.print(f"{one.path}: {one.reason} (in {', '.join(one.snapshots)})")
    console.print(
        f"{figures.count(found.snapshots, 'snapshot')}, {figures.count(found.contents, 'content')},"
        f" {figures.size(found.read_bytes)} read:"
        f" {figures.count(len(found.faults), 'fault')}"
    )
    if found.faults and repair:
        console.print("what is damaged was set aside; save again where it was built")
    elif any(one.is_there for one in found.faults):
        console.print("set aside what is damaged: cargo hone snapshot verify --repair")
    elif found.faults:
        console.print("a restore leaves out what is missing, and cargo compiles it;")
        console.print("to delete such a snapshot: cargo hone snapshot prune --drop ID")
    return int(Exit.FINDINGS if found.faults else Exit.OK)
