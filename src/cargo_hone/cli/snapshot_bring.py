"""A snapshot out of a remote into the store: the best one for a checkout, or one that is named."""

from dataclasses import dataclass

from cargo_hone.cli.invocation import Invocation
from cargo_hone.cli.snapshot_fit import Fitting, fitting
from cargo_hone.cli.snapshot_here import Here
from cargo_hone.cli.snapshot_place import keep_below_cap, progress_on
from cargo_hone.errors import UsageProblem
from cargo_hone.report import figures
from cargo_hone.snapshot.choose import nearest
from cargo_hone.snapshot.exchange import fetch_cards, fetch_manifest, offered, pull
from cargo_hone.snapshot.manifest import Manifest
from cargo_hone.snapshot.remote import Remote
from cargo_hone.snapshot.store import Store
from cargo_hone.snapshot.transfers import Travelled

_LOOKED_AT = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What came: `id` None where there was nothing for this machine; `passed_over` says why others are not."""

    id: str | None
    remote: str
    passed_over: tuple[str, ...]
    travelled: Travelled

    @property
    def said(self) -> str:
        """What came, in a line."""
        if self.id is None:
            return f"there is no snapshot for this machine in {self.remote}"
        moved = self.travelled
        return (
            f"snapshot {self.id} is here: {figures.size(moved.moved_bytes)} received,"
            f" {moved.there} of {moved.blobs} contents were there"
        )

    def document(self) -> dict[str, object]:
        """What came, for programs."""
        document: dict[str, object] = {
            "id": self.id,
            "remote": self.remote,
            "passed_over": list(self.passed_over),
        }
        if self.id is not None:
            document |= {
                "blobs": self.travelled.blobs,
                "there": self.travelled.there,
                "moved_bytes": self.travelled.moved_bytes,
            }
        return document


def bring(
    invocation: Invocation, found: Here, kept: Store, source: Remote, *, wanted: str
) -> Brought:
    """Fetch the best snapshot for a checkout, or the one that is wanted, and keep the store below its cap.

    Raises Unavailable, UsageProblem.
    """
    chosen, passed = _chosen(source, fitting(found.place), wanted)
    if chosen is None:
        nothing = Travelled(blobs=0, there=0, moved_bytes=0)
        return Brought(id=None, remote=source.shown, passed_over=tuple(passed), travelled=nothing)
    id_, manifest = chosen
    saved, done = pull(kept, source, manifest, id_=id_, progress=progress_on(invocation))
    keep_below_cap(invocation, kept, found.settings)
    return Brought(id=saved.id, remote=source.shown, passed_over=tuple(passed), travelled=done)


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
