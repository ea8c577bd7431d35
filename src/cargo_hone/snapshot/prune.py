"""Keep the store below its cap: snapshots that were not used for the longest time go, then content that nobody needs.

The store's lock is held alone, so no save or restore is under way: each snapshot that is read stays whole.
"""

import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.errors import UsageProblem
from cargo_hone.files import operation
from cargo_hone.files.failure import explained
from cargo_hone.snapshot.bundles import Lying
from cargo_hone.snapshot.contents import wanted_object
from cargo_hone.snapshot.manifest import NOBODY, Manifest
from cargo_hone.snapshot.objects import Seen
from cargo_hone.snapshot.store import Saved, Store

_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PrunePlan:
    """What goes. Bytes are file sizes; those of an object that is linked to come back when its last link goes."""

    snapshots: tuple[Saved, ...]
    contents: tuple[str, ...]
    freed_bytes: int
    kept_snapshots: int
    kept_bytes: int


@dataclass(slots=True)
class _Content:
    """All content in the store, and what snapshots need of it."""

    sizes: dict[str, int]

    def of(self, manifest: Manifest, store: Store) -> set[str]:
        """The paths of a snapshot's content, in whichever form it is there."""
        found: set[str] = set()
        for file in manifest.files:
            if file.inline is not None or file.twin != NOBODY:
                continue
            found.add(store.pack_path(file.digest))
            if file.linkable:
                found.add(store.object_path(wanted_object(file).key))
        for bundle in Lying(store, manifest.files).bundles:
            found.add(store.pack_path(bundle.digest))
        return found & self.sizes.keys()


def plan_prune(store: Store, *, max_bytes: int, drop: frozenset[str] = frozenset()) -> PrunePlan:
    """Choose what goes so that no more than `max_bytes` stay; snapshots whose id is in `drop` go in any case.

    For a stable answer hold the store's lock. Raises Unavailable.
    """
    with explained("look through", store.root):
        content = _Content(dict(_contents(store)))
    needed: set[str] = set()
    kept_bytes = kept = 0
    going: list[Saved] = []
    for saved in store.manifests():
        try:
            own = content.of(store.load(saved), store)
            own |= store.page_paths(saved) & content.sizes.keys()
        except UsageProblem:
            # Nobody can restore it.
            going.append(saved)
            continue
        more = saved.packed_bytes + sum(content.sizes[path] for path in own - needed)
        if saved.id in drop or kept_bytes + more > max_bytes:
            going.append(saved)
            continue
        kept_bytes += more
        kept += 1
        needed |= own
    unneeded = sorted(content.sizes.keys() - needed)
    return PrunePlan(
        snapshots=tuple(going),
        contents=tuple(unneeded),
        freed_bytes=sum(content.sizes[path] for path in unneeded)
        + sum(saved.packed_bytes for saved in going),
        kept_snapshots=kept,
        kept_bytes=kept_bytes,
    )


def prune(
    store: Store, *, max_bytes: int, drop: frozenset[str] = frozenset(), wait_s: float = 600.0
) -> PrunePlan:
    """Plan and delete under the store's lock; returns what went. Raises Busy, Unavailable."""
    with store.exclusive(wait_s=wait_s), explained("prune", store.root):
        plan = plan_prune(store, max_bytes=max_bytes, drop=drop)
        # Snapshots first: one whose content has gone would promise what it cannot keep.
        for saved in plan.snapshots:
            _remove(os.fspath(saved.path))
        for path in plan.contents:
            _remove(path)
        for name in os.listdir(store.root / "partial"):  # noqa: PTH208
            # Nobody is writing: these are of processes that were killed.
            _remove(os.fspath(store.root / "partial" / name))
        Seen(store).forget(
            bytes.fromhex(Path(path).name) for path in plan.contents if "/objects/" in path
        )
    return plan


def store_bytes(store: Store) -> int:
    """What the store's content and snapshots take, as file sizes. Raises Unavailable."""
    with explained("look through", store.root):
        return sum(size for _, size in _contents(store)) + sum(
            saved.packed_bytes for saved in store.manifests()
        )


def _contents(store: Store) -> Iterator[tuple[str, int]]:
    parts = [f"{kind}/{number:02x}" for kind in ("packs", "objects") for number in range(256)]
    for part in ("pages", *parts):
        try:
            with os.scandir(f"{store.root}/{part}") as found:
                for entry in found:
                    if _HASH.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                        yield entry.path, entry.stat(follow_symlinks=False).st_size
        except FileNotFoundError:
            continue


def _remove(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        operation.unlink(path)
