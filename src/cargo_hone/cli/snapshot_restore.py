"""`cargo hone snapshot restore`: bring a built target directory into this checkout."""

import json
from collections import Counter
from pathlib import Path

import click

from cargo_hone.cli.invocation import Format, Invocation, with_invocation
from cargo_hone.cli.snapshot_place import LOCK_WAIT_S, here, store_at, with_store
from cargo_hone.errors import Exit
from cargo_hone.report import figures
from cargo_hone.snapshot.choose import Choice, choose
from cargo_hone.snapshot.restore import Restored, restore

_SHOWN = 12


@click.command("restore")
@click.argument("snapshot", default="")
@click.option("--copy", is_flag=True, help="Copy files instead of linking those that may be.")
@with_store
@with_invocation
def command(invocation: Invocation, *, snapshot: str, copy: bool, store: Path | None) -> int:
    """Bring the best snapshot, or SNAPSHOT, into this checkout's target directory.

    The best is of the same machine and flags, and nearest to the commit that is checked out. Sources whose content is
    the recorded one get their recorded times back, all others the time of now, so that cargo compiles what changed.
    """
    found = here(invocation)
    place, kept = found.place, store_at(store)
    choice = choose(place, kept, wanted=snapshot)
    if choice is None:
        invocation.console.print("there is no snapshot of this project for this machine")
        invocation.console.print("make one after a build: cargo hone snapshot save")
        return int(Exit.FINDINGS)
    done = restore(place, kept, choice.saved, choice.manifest, links=not copy, wait_s=LOCK_WAIT_S)
    if invocation.format is Format.JSON:
        invocation.console.print(json.dumps(_document(choice, done), indent=2))
    else:
        _show(invocation, choice, done)
    return 0


def _show(invocation: Invocation, choice: Choice, done: Restored) -> None:
    console, placed = invocation.console, done.placed
    where = "" if choice.distance is None else f", {choice.distance} commits away"
    console.print(f"snapshot {choice.saved.id}{where}")
    console.print(
        f"  {placed.linked} files linked ({figures.size(placed.linked_bytes)}),"
        f" {placed.written} written ({figures.size(placed.written_bytes)}),"
        f" {placed.there} were there; {done.wall_s:.1f} s"
    )
    if not done.to_compile:
        console.print("  cargo will compile nothing")
        return
    console.print(
        f"  cargo will compile {len(done.to_compile)} of {len(done.manifest.units)} units:"
    )
    reasons = Counter((one.package, one.reason) for one in done.to_compile)
    for (package, reason), count in reasons.most_common(_SHOWN):
        console.print(f"    {package} ({count}): {reason}")
    if len(reasons) > _SHOWN:
        console.print(f"    … and {len(reasons) - _SHOWN} more (--format json has all)")


def _document(choice: Choice, done: Restored) -> dict[str, object]:
    placed = done.placed
    return {
        "schema": "cargo-hone/snapshot-restore/v1",
        "id": choice.saved.id,
        "distance": choice.distance,
        "passed_over": list(choice.unusable),
        "files": {"linked": placed.linked, "written": placed.written, "there": placed.there},
        "bytes": {
            "linked": placed.linked_bytes,
            "written": placed.written_bytes,
            "there": placed.there_bytes,
        },
        "sources": {"unchanged": done.timed.unchanged, "changed": done.timed.changed},
        "withdrawn": done.withdrawn,
        "left_out": [
            {"unit": one.label, "package": one.package, "reason": one.reason}
            for one in done.left_out
        ],
        "to_compile": [
            {"unit": one.label, "package": one.package, "reason": one.reason}
            for one in done.to_compile
        ],
        "shifted_s": done.shift_ns / 1e9,
        "wall_s": round(done.wall_s, 3),
    }
