"""`cargo hone snapshot pull`: a snapshot from another machine."""

import json
from pathlib import Path

import click

from cargo_hone.cli.invocation import Format, Invocation, with_invocation
from cargo_hone.cli.snapshot_bring import bring
from cargo_hone.cli.snapshot_here import here, with_store
from cargo_hone.cli.snapshot_place import remote_at, store_at
from cargo_hone.errors import Exit


@click.command("pull")
@click.argument("snapshot", default="")
@click.option("--remote", metavar="URL", help="Where from. [snapshot.remote]")
@with_store
@with_invocation
def command(
    invocation: Invocation, *, snapshot: str, remote: str | None, store: Path | None
) -> int:
    """Fetch the best snapshot for this checkout, or SNAPSHOT, so that `restore` has it.

    What comes in is unpacked and hashed before it counts. Only content that is missing here travels.
    """
    found = here(invocation)
    source = remote_at(invocation, found.settings, remote, reads=True)
    brought = bring(invocation, found, store_at(store), source, wanted=snapshot)
    if invocation.format is Format.JSON:
        document = {"schema": "cargo-hone/snapshot-pull/v1"} | brought.document()
        invocation.console.print(json.dumps(document, indent=2))
    else:
        invocation.console.print(brought.said)
        if brought.id is None:
            for one in brought.passed_over:
                invocation.console.print(f"  {one}")
    return int(Exit.OK if brought.id is not None else Exit.FINDINGS)
