"""`cargo hone snapshot list`: what is kept."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import click

from cargo_hone.cli.invocation import Format, Invocation, with_invocation
from cargo_hone.cli.snapshot_fit import Fitting, fitting_here
from cargo_hone.cli.snapshot_here import with_store
from cargo_hone.cli.snapshot_place import store_at
from cargo_hone.errors import UsageProblem
from cargo_hone.files.shown import shown_path
from cargo_hone.report import figures
from cargo_hone.snapshot.manifest import Manifest
from cargo_hone.snapshot.store import Saved, Store

_COMMIT = 10


@click.command("list")
@with_store
@with_invocation
def command(invocation: Invocation, *, store: Path | None) -> int:
    """List the snapshots, the last used first, and which of them are good here."""
    kept = store_at(store)
    fitting = fitting_here(invocation)
    found = [(saved, _loaded(kept, saved)) for saved in kept.manifests()]
    console = invocation.console
    if invocation.format is Format.JSON:
        document = {
            "schema": "cargo-hone/snapshot-list/v1",
            "store": str(kept.root),
            "snapshots": [_row(saved, made, fitting) for saved, made in found],
        }
        console.print(json.dumps(document, indent=2))
        return 0
    if not found:
        console.print(f"no snapshots in {kept.root}")
        return 0
    console.print(f"{'snapshot':24}  {'age':>7}  {'size':>8}  {'commit':{_COMMIT}}  here")
    for saved, made in found:
        if isinstance(made, str):
            console.print(f"{saved.id}  {made}")
            continue
        age = figures.seconds(max(0.0, time.time() - made.created_ns / 1e9))
        console.print(
            f"{saved.id}  {age:>7}  {figures.size(made.size_bytes):>8}  {made.commit[:_COMMIT]:{_COMMIT}}"
            f"  {_here(made, fitting)}"
        )
        console.print(f"  {shown_path(made.workspace)}")
    return 0


def _loaded(store: Store, saved: Saved) -> Manifest | str:
    try:
        return store.load(saved)
    except UsageProblem as error:
        return error.message


def _here(made: Manifest, fitting: Fitting | None) -> str:
    if fitting is None:
        return "?"
    if made.project != fitting.project:
        return "another project's"
    return fitting.why_not(made) or "yes"


def _row(saved: Saved, made: Manifest | str, fitting: Fitting | None) -> dict[str, object]:
    if isinstance(made, str):
        return {"id": saved.id, "project": saved.project, "problem": made}
    reason = None if fitting is None else fitting.why_not(made)
    return {
        "id": saved.id,
        "project": saved.project,
        "workspace": shown_path(made.workspace),
        "commit": made.commit,
        "created": _time(made.created_ns),
        "used": _time(saved.used_ns),
        "units": len(made.units),
        "size_bytes": made.size_bytes,
        "rustc": made.key.rustc,
        "this_project": None if fitting is None else made.project == fitting.project,
        "fits_machine": None if reason is None else reason == "",
        "why_not": reason or None,
    }


def _time(time_ns: int) -> str:
    return datetime.fromtimestamp(time_ns / 1e9, tz=UTC).isoformat(timespec="seconds")
