"""`cargo hone snapshot save`: keep what was built here."""

import json
import shlex
from pathlib import Path

import click

from cargo_hone.cargo.build import build
from cargo_hone.cli.invocation import Format, Invocation, with_invocation
from cargo_hone.cli.snapshot_here import here, with_store
from cargo_hone.cli.snapshot_place import LOCK_WAIT_S, keep_below_cap, store_at
from cargo_hone.report import figures
from cargo_hone.snapshot.manifest import NOBODY, Manifest
from cargo_hone.snapshot.save import SaveResult, save
from cargo_hone.target.premises import read_premises


@click.command("save")
@click.option(
    "--run",
    "commands",
    multiple=True,
    metavar="COMMAND",
    help='Build this first: "test --workspace --no-run".',
)
@with_store
@with_invocation
def command(invocation: Invocation, *, commands: tuple[str, ...], store: Path | None) -> int:
    """Keep the live part of the target directory, with the content and time of all that it was compiled from.

    Nothing is asked: only the store is written.
    """
    found = here(invocation)
    wanted = tuple(tuple(shlex.split(text)) for text in commands)
    for words in wanted:
        outcome = build(cwd=found.known.workspace_root, args=words, env=invocation.env)
        outcome.require_ok(
            f"`cargo {shlex.join(words)}`",
            next_step="mend what the compiler names, then save again",
        )
    kept = store_at(store)
    result = save(
        found.place,
        kept,
        harmless=found.settings.snapshot.harmless_macros,
        premises=read_premises(found.known),
        commands=wanted,
        wait_s=LOCK_WAIT_S,
    )
    if invocation.format is Format.JSON:
        invocation.console.print(json.dumps(_document(result), indent=2))
    else:
        _show(invocation, result)
    keep_below_cap(invocation, kept, found.settings)
    return 0


def _show(invocation: Invocation, result: SaveResult) -> None:
    made = result.manifest
    console = invocation.console
    console.print(f"snapshot {result.saved.id}")
    console.print(
        f"  {len(made.units)} units, {len(made.files)} files, {figures.size(made.size_bytes)};"
        f" {len(made.inputs)} sources"
    )
    console.print(
        f"  {figures.size(_linkable_bytes(made))} can be linked into checkouts, the rest is copied"
    )
    console.print(f"  the store grew by {figures.size(result.added_bytes)}, {result.wall_s:.1f} s")


def _linkable_bytes(made: Manifest) -> int:
    return sum(file.size_bytes for file in made.files if file.linkable and file.twin == NOBODY)


def _document(result: SaveResult) -> dict[str, object]:
    made = result.manifest
    return {
        "schema": "cargo-hone/snapshot-save/v1",
        "id": result.saved.id,
        "project": result.saved.project,
        "path": str(result.saved.path),
        "units": len(made.units),
        "files": len(made.files),
        "size_bytes": made.size_bytes,
        "linkable_bytes": _linkable_bytes(made),
        "inputs": len(made.inputs),
        "added_bytes": result.added_bytes,
        "wall_s": round(result.wall_s, 3),
    }
