"""Snapshots to a remote and back: only content that is missing travels, manifests last.

    v1/blobs/<2>/<hash>[.<n>]       zstd-packed content, in parts where it is large
    v1/bundles/<2>/<hash>           zstd-packed content of many small files
    v1/manifests/<project>/<id>     manifests
    v1/sizes/<project>/<id>         how long its blobs and bundles are there: a reader need not ask
    v1/cards/<project>/<id>         manifests without their files and units: the best snapshot is chosen by these
    v1/heads/<project>              the newest ids, for remotes that cannot list

A push or pull that was cut goes on where it stopped. What comes in is unpacked and hashed before it counts.
"""

import re
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from cargo_hone.errors import UsageProblem
from cargo_hone.files.failure import explained
from cargo_hone.files.shown import shown_path
from cargo_hone.snapshot import bundles, parts
from cargo_hone.snapshot.bundles import Bundle, Lying
from cargo_hone.snapshot.contents import has_content, wanted_object
from cargo_hone.snapshot.manifest import (
    MAX_PACKED_BYTES,
    NOBODY,
    File,
    Manifest,
    card,
    decode,
    encode,
)
from cargo_hone.snapshot.objects import Seen
from cargo_hone.snapshot.remote import Remote
from cargo_hone.snapshot.source import Sizes, Source
from cargo_hone.snapshot.store import Saved, Store
from cargo_hone.snapshot.transfers import Progress, Tally, Travelled, in_parallel

_THREADS = 8
_HEADS = 64
_HEAD_TRIES = 3
_MOST_CARD_BYTES = 2**18
_ID = re.compile(r"[0-9]{8}T[0-9]{6}-[0-9a-f]{8}")


def push(
    store: Store,
    saved: Saved,
    remote: Remote,
    *,
    again: bool = False,
    progress: Progress | None = None,
) -> Travelled:
    """Bring one snapshot to the remote; `again`: also what is there already (it may be damaged there).

    Raises Unavailable, UsageProblem where the snapshot is damaged.
    """
    with store.shared(), explained("read", store.root):
        manifest = store.load(saved)
        lying = Lying(store, manifest.files)
        # (Threads that read or write many small files wait for each other at each one.)
        one_at_a_time = threading.Lock()
        some, alone = bundles.split(manifest, [files[0] for files in _stored(manifest)])
        sizes = Sizes(some, alone)
        tally = Tally(len(sizes.names), progress)

        def is_there(name: str) -> bool:
            size_bytes = None if again else remote.size(name)
            if size_bytes is not None:
                sizes.known[name] = size_bytes
            return size_bytes is not None

        def send_bundle(bundle: Bundle) -> None:
            if is_there(bundle.name):
                tally.there(1)
                return
            try:
                with one_at_a_time:
                    content = bundles.content(store, bundle, lying)
                packed = bundles.pack(content)
            except parts.Spoilt as error:
                raise _lost(bundle.files) from error
            remote.put(bundle.name, packed)
            sizes.known[bundle.name] = len(packed)
            tally.moved(len(packed))

        def send(file: File) -> None:
            names = parts.names(file)
            missing = frozenset(n for n, name in enumerate(names) if not is_there(name))
            tally.there(len(names) - len(missing))
            if not missing:
                return
            # Nobody would mend what is damaged there: it would be taken for sent.
            if not parts.is_sound(store, file):
                raise _lost((file,))
            for number, packed in parts.packed_parts(store, file, missing):
                remote.put(names[number], packed)
                sizes.known[names[number]] = len(packed)
                tally.moved(len(packed))

        in_parallel((send_bundle, some), (send, alone))
        packed_manifest, packed_card = encode(manifest), encode(card(manifest))
        for kind, content in (
            ("sizes", sizes.encoded()),
            ("manifests", packed_manifest),
            ("cards", packed_card),
        ):
            remote.put(f"v1/{kind}/{saved.project}/{saved.id}", content)
        if not remote.can_list:
            _add_head(remote, saved)
    return tally.result(len(packed_manifest) + len(packed_card))


def offered(remote: Remote, project: str) -> tuple[str, ...]:
    """Return the ids of a project's snapshots there, the newest first. Raises Unavailable."""
    names = remote.names(f"v1/cards/{project}/")
    if names is None:
        return _heads(remote, project)
    ids = (name.rpartition("/")[2] for name in names)
    return tuple(sorted((one for one in ids if _ID.fullmatch(one)), reverse=True))


def fetch_cards(remote: Remote, project: str, ids: Sequence[str]) -> dict[str, Manifest]:
    """Read what is needed to choose among snapshots; without those that are gone or damaged. Raises Unavailable."""

    def fetched(id_: str) -> Manifest | None:
        return _fetch(remote, f"v1/cards/{project}/{id_}", id_, limit_bytes=_MOST_CARD_BYTES)

    found: dict[str, Manifest] = {}
    with ThreadPoolExecutor(_THREADS) as pool:
        for id_, future in [(id_, pool.submit(fetched, id_)) for id_ in ids]:
            try:
                read = future.result()
            except UsageProblem:
                continue
            if read is not None and read.project == project:
                found[id_] = read
    return found


def fetch_manifest(remote: Remote, project: str, id_: str) -> Manifest | None:
    """Read one manifest there; None where there is none. Raises Unavailable, UsageProblem where it is damaged."""
    found = _fetch(remote, f"v1/manifests/{project}/{id_}", id_, limit_bytes=MAX_PACKED_BYTES)
    if found is not None and found.project != project:
        raise UsageProblem(
            f"the snapshot {id_} in {remote.shown} is of another project",
            next_step="push it again from a machine that has it, or build without it",
        )
    return found


def pull(
    store: Store,
    remote: Remote,
    manifest: Manifest,
    *,
    id_: str,
    progress: Progress | None = None,
) -> tuple[Saved, Travelled]:
    """Bring a snapshot's missing content into the store, then the snapshot itself.

    Raises Unavailable where the remote stops or something is missing or damaged there.
    """
    if not _ID.fullmatch(id_) or not re.fullmatch(r"[0-9a-f]{16}", manifest.project):
        raise UsageProblem(
            f"{id_!r} is no snapshot's name", next_step="push it anew with this cargo-hone"
        )
    with store.shared(), explained("write into", store.root):
        by_digest = {files[0].digest: files for files in _stored(manifest)}
        some, alone = bundles.split(manifest, [files[0] for files in by_digest.values()])
        sizes = Sizes(some, alone)
        sizes.read(remote, f"v1/sizes/{manifest.project}/{id_}")
        source = Source(remote, sizes)
        tally = Tally(len(sizes.names), progress)
        linked: list[File] = []
        one_at_a_time = threading.Lock()
        lying = Lying(store, manifest.files)

        def is_here(file: File) -> bool:
            return all(lying.has(one) or has_content(store, one) for one in by_digest[file.digest])

        def is_object(file: File) -> bool:
            # One inode has one time and one mode.
            same = by_digest[file.digest]
            return all(f.linkable for f in same) and len({wanted_object(f).key for f in same}) == 1

        def receive_bundle(bundle: Bundle) -> None:
            missing = {file.digest for file in bundle.files if not is_here(file)}
            if not missing:
                tally.there(1)
                return
            packed_bytes, members = source.bundle(bundle)
            with one_at_a_time:
                for file, content in members:
                    if file.digest in missing:
                        bundles.keep(store, file, content, linkable=is_object(file))
                        if is_object(file):
                            linked.append(file)
            tally.moved(packed_bytes)

        def receive(file: File) -> None:
            if is_here(file):
                tally.there(len(parts.names(file)))
                return
            source.file(store, file, linkable=is_object(file), tally=tally)
            if is_object(file):
                linked.append(file)

        in_parallel((receive_bundle, some), (receive, alone))
        _note(store, linked)
        saved = store.put_manifest(manifest, id_=id_)
    return saved, tally.result(len(encode(manifest)))


def _stored(manifest: Manifest) -> list[list[File]]:
    """Files whose content travels by itself; those with the same content together."""
    found: dict[bytes, list[File]] = {}
    for file in manifest.files:
        if file.inline is None and file.twin == NOBODY:
            found.setdefault(file.digest, []).append(file)
    return list(found.values())


def _note(store: Store, linked: Iterable[File]) -> None:
    """They were hashed as they came: nobody needs to do it again."""
    keys = [wanted_object(file).key for file in linked]
    Seen(store).note_as_they_are((key, store.object_path(key)) for key in keys)


def _lost(files: Sequence[File]) -> UsageProblem:
    among = "" if len(files) == 1 else f", or of one of {len(files) - 1} files that travel with it,"
    return UsageProblem(
        f"the content of {shown_path(files[0].path)}{among} is missing or damaged in the store",
        next_step="set it aside with `cargo hone snapshot verify --repair`, save again, then push",
    )


def _fetch(remote: Remote, name: str, id_: str, *, limit_bytes: int) -> Manifest | None:
    packed = remote.get(name, limit_bytes=limit_bytes)
    return None if packed is None else decode(packed, name=id_)


def _heads(remote: Remote, project: str) -> tuple[str, ...]:
    text = remote.get(f"v1/heads/{project}", limit_bytes=1 << 16) or b""
    return tuple(one for one in text.decode("ascii", "replace").split() if _ID.fullmatch(one))


def _add_head(remote: Remote, saved: Saved) -> None:
    """Two pushes at once may overwrite each other's list, so each looks afterwards whether it is in it."""
    for _ in range(_HEAD_TRIES):
        known = _heads(remote, saved.project)
        if saved.id in known:
            return
        ids = sorted({saved.id, *known}, reverse=True)[:_HEADS]
        remote.put(f"v1/heads/{saved.project}", "\n".join(ids).encode())
