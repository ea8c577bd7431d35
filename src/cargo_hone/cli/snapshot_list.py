"""`cargo hone snapshot list`: what is kept."""

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from cargo_hone.cli.invocation import Format, Invocation, with_invocation
from cargo_hone.cli.snapshot_place import store_at, with_store
from cargo_hone.errors import UsageProblem
from cargo_hone.report import figures


@click.command("list")
@with_store
@with_invocation
def command(invocation: Invocation, *, store: Path | None) -> int:
    """List the snapshots, the last used first."""
    kept = store_at(store)
    rows: list[dict[str, object]] = []
    for saved in kept.manifests():
        try:
            made = kept.load(saved)
        except UsageProblem as error:
            rows.append({"id": saved.id, "project": saved.project, "problem": error.message})
            continue
        rows.append(
            {
                "id": saved.id,
                "project": saved.project,
                "workspace": made.workspace.decode(errors="backslashreplace"),
                "commit": made.commit,
                "created": _time(made.created_ns),
                "used": _time(saved.used_ns),
                "units": len(made.units),
                "size_bytes": made.size_bytes,
                "rustc": made.key.rustc,
            }
        )
    if invocation.format is Format.JSON:
        document = {"schema": "cargo-hone/snapshot-list/v1", "store": str(kept.root)}
        invocation.console.print(json.dumps({**document, "snapshots": rows}, indent=2))
        return 0
    for row in rows:
        if "problem" in row:
            invocation.console.print(f"{row['id']}  {row['problem']}")
        else:
            size = figures.size(int(str(row["size_bytes"])))
            invocation.console.print(
                f"{row['id']}  {size:>8}  {str(row['commit'])[:10]:10}  {row['workspace']}"
            )
    if not rows:
        invocation.console.print(f"no snapshots in {kept.root}")
    return 0


def _time(time_ns: int) -> str:
    return datetime.fromtimestamp(time_ns / 1e9, tz=UTC).isoformat(timespec="seconds")
