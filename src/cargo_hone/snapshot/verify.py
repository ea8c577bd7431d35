"""Read the whole store: every content against its hash, every snapshot against what the store has."""

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from blake3 import blake3

from cargo_hone.errors import UsageProblem
from cargo_hone.files.failure import explained
from cargo_hone.files.shown import shown_path
from cargo_hone.snapshot import contents
from cargo_hone.snapshot.bundles import Bundle, Lying, is_sound
from cargo_hone.snapshot.contents import wanted_object
from cargo_hone.snapshot.manifest import NOBODY, File, Manifest
from cargo_hone.snapshot.objects import Wanted, digest_of
from cargo_hone.snapshot.store import Saved, Store

_THREADS = max(2, min(8, os.cpu_count() or 2))
_NOT_SAVED = "its content is not what was saved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong. `snapshots` are those that it spoils.

    `is_there`: something is damaged, and can be set aside; a snapshot that only lacks content can still be used.
    """

    path: str
    reason: str
    snapshots: tuple[str, ...]
    is_there: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What was read, and what is wrong with it; with `repair` that was set aside."""

    snapshots: int
    contents: int
    read_bytes: int
    faults: tuple[Fault, ...]


def verify(store: Store, *, repair: bool = False) -> Verified:
    """Check everything. With `repair`, what is damaged is set aside, so that the next save keeps it anew.

    Raises Busy, Unavailable.
    """
    faults: list[Fault] = []
    broken: list[str] = []
    manifests: list[tuple[Saved, Manifest]] = []
    pages: dict[str, set[str]] = {}
    with store.shared(), explained("verify", store.root):
        for saved in store.manifests():
            try:
                manifests.append((saved, store.load(saved)))
            except UsageProblem as error:
                if found := store.spoilt_pages(saved):
                    for page in found:
                        pages.setdefault(page, set()).add(saved.id)
                    continue
                faults.append(
                    Fault(path=str(saved.path), reason=error.message, snapshots=(saved.id,))
                )
                broken.append(str(saved.path))
        faults += [
            Fault(path=page, reason=_NOT_SAVED, snapshots=tuple(sorted(ids)))
            for page, ids in pages.items()
        ]
        broken += pages
        users, packs, bundles, objects = _wanted(manifests, store)
        with ThreadPoolExecutor(_THREADS) as pool:
            checked = [
                *pool.map(lambda one: _check_pack(store, *one), packs.items()),
                *pool.map(lambda one: _check_bundle(*one), bundles.items()),
                *pool.map(lambda one: _check_object(*one), objects.items()),
            ]
        for path, reason, _ in checked:
            if reason:
                faults.append(Fault(path=path, reason=reason, snapshots=tuple(sorted(users[path]))))
                broken.append(path)
        faults += _missing(manifests, store)
        if repair:
            for path in broken:
                store.set_aside(path)
    return Verified(
        snapshots=len(manifests),
        contents=len(checked),
        read_bytes=sum(size_bytes for _, _, size_bytes in checked),
        faults=tuple(faults),
    )


def _stored(manifest: Manifest) -> Iterable[File]:
    return (f for f in manifest.files if f.inline is None and f.twin == NOBODY)


def _wanted(
    manifests: list[tuple[Saved, Manifest]], store: Store
) -> tuple[dict[str, set[str]], dict[str, File], dict[str, Bundle], dict[str, Wanted]]:
    users: dict[str, set[str]] = {}
    packs: dict[str, File] = {}
    bundles: dict[str, Bundle] = {}
    objects: dict[str, Wanted] = {}
    for saved, manifest in manifests:
        for bundle in Lying(store, manifest.files).bundles:
            path = store.pack_path(bundle.digest)
            if os.path.lexists(path):
                bundles[path] = bundle
                users.setdefault(path, set()).add(saved.id)
        for file in _stored(manifest):
            path = store.pack_path(file.digest)
            if os.path.lexists(path):
                packs[path] = file
                users.setdefault(path, set()).add(saved.id)
            if file.linkable:
                wanted = wanted_object(file)
                path = store.object_path(wanted.key)
                if os.path.lexists(path):
                    objects[path] = wanted
                    users.setdefault(path, set()).add(saved.id)
    return users, packs, bundles, objects


def _check_pack(store: Store, path: str, file: File) -> tuple[str, str, int]:
    sound = contents.pack_is_sound(store, file)
    return path, "" if sound else _NOT_SAVED, file.size_bytes


def _check_bundle(path: str, bundle: Bundle) -> tuple[str, str, int]:
    sound = is_sound(path, bundle)
    return path, "" if sound else _NOT_SAVED, bundle.size_bytes


def _check_object(path: str, wanted: Wanted) -> tuple[str, str, int]:
    status = os.lstat(path)
    if status.st_size != wanted.size_bytes or digest_of(path) != wanted.digest:
        return path, _NOT_SAVED, status.st_size
    if status.st_mtime_ns != wanted.mtime_ns or status.st_mode & 0o7777 != wanted.mode:
        return path, "its time or its mode has been changed", status.st_size
    return path, "", status.st_size


def _missing(manifests: list[tuple[Saved, Manifest]], store: Store) -> list[Fault]:
    found: list[Fault] = []
    for saved, manifest in manifests:
        lying = Lying(store, manifest.files)
        lost = [
            f for f in _stored(manifest) if not lying.has(f) and not contents.has_content(store, f)
        ]
        lost += [
            f
            for f in manifest.files
            if f.inline is not None and blake3(f.inline).digest() != f.digest
        ]
        if lost:
            example = shown_path(lost[0].path)
            found.append(
                Fault(
                    path=str(saved.path),
                    reason=f"{len(lost)} of its files are not in the store, {example} for one",
                    snapshots=(saved.id,),
                    is_there=False,
                )
            )
    return found
