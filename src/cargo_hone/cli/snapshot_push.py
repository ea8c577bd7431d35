"""`cargo hone snapshot push`: a snapshot to where other machines can get it."""

import json
from pathlib import Path

import click

from cargo_hone.cli.invocation import Format, Invocation, with_invocation
from cargo_hone.cli.snapshot_here import here, with_store
from cargo_hone.cli.snapshot_place import progress_on, remote_at, store_at
from cargo_hone.errors import UsageProblem
from cargo_hone.report import figures
from cargo_hone.snapshot.exchange import push
from cargo_hone.snapshot.key import project_of


@click.command("push")
@click.argument("snapshot", default="")
@click.option("--remote", metavar="URL", help="Where to. [snapshot.remote]")
@click.option("--again", is_flag=True, help="Send also what is there: it may be damaged there.")
@with_store
@with_invocation
def command(
    invocation: Invocation,
    *,
    snapshot: str,
    remote: str | None,
    again: bool,
    store: Path | None,
) -> int:
    """Send the newest snapshot of this project, or SNAPSHOT; only content that is missing there travels."""
    found = here(invocation)
    kept = store_at(store)
    project = project_of(found.place.root, env=invocation.env)
    mine = [one for one in kept.manifests(project) if one.id.startswith(snapshot)]
    if not mine:
        raise UsageProblem(
            "there is no such snapshot of this project",
            next_step="make one after a build: cargo hone snapshot save",
        )
    newest = max(mine, key=lambda one: one.id)
    goal = remote_at(invocation, found.settings, remote)
    done = push(kept, newest, goal, again=again, progress=progress_on(invocation))
    if invocation.format is Format.JSON:
        document = {
            "schema": "cargo-hone/snapshot-push/v1",
            "id": newest.id,
            "remote": goal.shown,
            "blobs": done.blobs,
            "there": done.there,
            "moved_bytes": done.moved_bytes,
        }
        invocation.console.print(json.dumps(document, indent=2))
        return 0
    invocation.console.print(
        f"snapshot {newest.id} is in {goal.shown}: {figures.size(done.moved_bytes)} sent,"
        f" {done.there} of {done.blobs} contents were there"
    )
    return 0
