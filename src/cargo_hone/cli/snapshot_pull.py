"""`cargo hone snapshot pull`: a snapshot from another machine."""

import json
from pathlib import Path

import click

from cargo_hone.cli.invocation import Format, Invocation, with_invocation
from cargo_hone.cli.snapshot_place import here, progress_on, remote_at, store_at, with_store
from cargo_hone.errors import Exit, UsageProblem
from cargo_hone.report import figures
from cargo_hone.snapshot.choose import fits, nearest
from cargo_hone.snapshot.exchange import fetch_manifest, offered, pull
from cargo_hone.snapshot.key import project_of
from cargo_hone.snapshot.manifest import Manifest
from cargo_hone.snapshot.place import Place
from cargo_hone.snapshot.remote import Remote

_LOOKED_AT = 16


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
    source = remote_at(invocation, found.settings, remote)
    project = project_of(found.place.root, env=invocation.env)
    chosen = _chosen(source, project, snapshot, found.place)
    if chosen is None:
        invocation.console.print(f"there is no snapshot for this machine in {source.shown}")
        return int(Exit.FINDINGS)
    id_, manifest = chosen
    kept = store_at(store)
    saved, done = pull(kept, source, manifest, id_=id_, progress=progress_on(invocation))
    if invocation.format is Format.JSON:
        document = {
            "schema": "cargo-hone/snapshot-pull/v1",
            "id": saved.id,
            "remote": source.shown,
            "blobs": done.blobs,
            "there": done.there,
            "moved_bytes": done.moved_bytes,
        }
        invocation.console.print(json.dumps(document, indent=2))
        return 0
    invocation.console.print(
        f"snapshot {saved.id} is here: {figures.size(done.moved_bytes)} received,"
        f" {done.there} of {done.blobs} contents were there"
    )
    return 0


def _chosen(source: Remote, project: str, wanted: str, place: Place) -> tuple[str, Manifest] | None:
    """The manifest that is wanted, or the nearest of the newest ones for this machine."""
    ids = [one for one in offered(source, project) if one.startswith(wanted)]
    if wanted and not ids:
        raise UsageProblem(
            f"no snapshot of this project there begins with {wanted!r}",
            next_step="leave the name out to get the best one",
        )
    found: list[tuple[str, Manifest]] = []
    for id_ in ids[:_LOOKED_AT]:
        manifest = fetch_manifest(source, project, id_)
        if manifest is not None and manifest.project == project and not fits(manifest, place):
            found.append((id_, manifest))
    if not found:
        return None
    best = nearest(place, [manifest for _, manifest in found]).manifest
    return next(one for one in found if one[1] is best)
