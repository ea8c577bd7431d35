"""`cargo hone snapshot pull`: a snapshot from another machine."""

import json
from pathlib import Path

import click

from cargo_hone.cli.invocation import Format, Invocation, with_invocation
from cargo_hone.cli.snapshot_fit import Fitting, fitting
from cargo_hone.cli.snapshot_place import (
    here,
    keep_below_cap,
    progress_on,
    remote_at,
    store_at,
    with_store,
)
from cargo_hone.errors import Exit, UsageProblem
from cargo_hone.report import figures
from cargo_hone.snapshot.choose import nearest
from cargo_hone.snapshot.exchange import fetch_cards, fetch_manifest, offered, pull
from cargo_hone.snapshot.manifest import Manifest
from cargo_hone.snapshot.remote import Remote

_LOOKED_AT = 32


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
    chosen, passed = _chosen(source, fitting(found.place), snapshot)
    if chosen is None:
        _say_none(invocation, source, passed)
        return int(Exit.FINDINGS)
    id_, manifest = chosen
    kept = store_at(store)
    saved, done = pull(kept, source, manifest, id_=id_, progress=progress_on(invocation))
    if invocation.format is Format.JSON:
        document = {
            "schema": "cargo-hone/snapshot-pull/v1",
            "id": saved.id,
            "remote": source.shown,
            "passed_over": passed,
            "blobs": done.blobs,
            "there": done.there,
            "moved_bytes": done.moved_bytes,
        }
        invocation.console.print(json.dumps(document, indent=2))
    else:
        invocation.console.print(
            f"snapshot {saved.id} is here: {figures.size(done.moved_bytes)} received,"
            f" {done.there} of {done.blobs} contents were there"
        )
    keep_below_cap(invocation, kept, found.settings)
    return 0


def _say_none(invocation: Invocation, source: Remote, passed: list[str]) -> None:
    console = invocation.console
    if invocation.format is Format.JSON:
        document = {
            "schema": "cargo-hone/snapshot-pull/v1",
            "id": None,
            "remote": source.shown,
            "passed_over": passed,
        }
        console.print(json.dumps(document, indent=2))
        return
    console.print(f"there is no snapshot for this machine in {source.shown}")
    for one in passed:
        console.print(f"  {one}")


def _chosen(
    source: Remote, own: Fitting, wanted: str
) -> tuple[tuple[str, Manifest] | None, list[str]]:
    """The manifest that is wanted, or the nearest of the newest ones for this machine; and why others are not."""
    ids = [one for one in offered(source, own.project) if one.startswith(wanted)]
    if wanted and len(ids) != 1:
        raise UsageProblem(
            f"{len(ids) or 'no'} snapshots of this project there begin with {wanted!r}",
            next_step="leave the name out to get the best one",
        )
    cards = fetch_cards(source, own.project, ids[:_LOOKED_AT])
    passed = [
        f"{id_}: it is damaged there, or gone" for id_ in ids[:_LOOKED_AT] if id_ not in cards
    ]
    for id_, card in list(cards.items()):
        if reason := own.why_not(card):
            passed.append(f"{id_}: {reason}")
            del cards[id_]
    while cards:
        best = nearest(own.place, list(cards.values())).manifest
        id_ = next(name for name, card in cards.items() if card is best)
        del cards[id_]
        try:
            manifest = fetch_manifest(source, own.project, id_)
        except UsageProblem as error:
            passed.append(error.message)
            continue
        # The card was only a hint: whoever wrote it may have written another one.
        if manifest is not None and not own.why_not(manifest):
            return (id_, manifest), passed
        passed.append(f"{id_}: it is not what its card says")
    return None, passed
