"""Snapshots to a remote and back: only content that is missing travels, manifests last.

    v1/blobs/<2>/<hash>             zstd-packed content
    v1/manifests/<project>/<id>     manifests
    v1/heads/<project>              the newest manifests' ids, for remotes that cannot list

A push or pull that was cut goes on where it stopped. What comes in is unpacked and hashed before it counts.
"""

import contextlib
import os
import re
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import zstandard
from blake3 import blake3

from cargo_hone.errors import Unavailable, UsageProblem
from cargo_hone.files import operation
from cargo_hone.files.failure import explained
from cargo_hone.snapshot.contents import wanted_object
from cargo_hone.snapshot.manifest import MAX_PACKED_BYTES, NOBODY, File, Manifest, decode, encode
from cargo_hone.snapshot.remote import Remote
from cargo_hone.snapshot.store import Saved, Store

Progress = Callable[[int, int, int], None]
"""Called with how many blobs are done, of how many, and the bytes that travelled so far."""

_THREADS = 8
_LARGE_BYTES = 8 * 2**20
_HEADS = 64
_ID = re.compile(r"[0-9]{8}T[0-9]{6}-[0-9a-f]{8}")
_WORST = 4096
"""zstd may make incompressible content a little longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Travelled:
    """What a push or pull came to; `there` blobs were at the other side already."""

    blobs: int
    there: int
    moved_bytes: int


def push(
    store: Store, saved: Saved, remote: Remote, *, progress: Progress | None = None
) -> Travelled:
    """Bring one snapshot to the remote. Raises Unavailable, UsageProblem where the snapshot is damaged."""
    with store.shared(), explained("read", store.root):
        manifest = store.load(saved)
        files = _stored(manifest)
        tally = _Tally(total=len(files), progress=progress)

        def send(file: File) -> None:
            name = _blob(file.digest)
            if remote.has(name):
                tally.add(0, there=True)
                return
            packed = _packed(store, file)
            remote.put(name, packed)
            tally.add(len(packed))

        _in_parallel(send, files)
        packed_manifest = encode(manifest)
        remote.put(f"v1/manifests/{saved.project}/{saved.id}", packed_manifest)
        _add_head(remote, saved)
    return tally.result(len(packed_manifest))


def offered(remote: Remote, project: str) -> tuple[str, ...]:
    """Return the ids of a project's snapshots there, the newest first. Raises Unavailable."""
    names = remote.names(f"v1/manifests/{project}/")
    if names is None:
        return _heads(remote, project)
    ids = (name.rpartition("/")[2] for name in names)
    return tuple(sorted((one for one in ids if _ID.fullmatch(one)), reverse=True))


def fetch_manifest(remote: Remote, project: str, id_: str) -> Manifest | None:
    """Read one manifest there; None where there is none. Raises Unavailable, UsageProblem where it is damaged."""
    packed = remote.get(f"v1/manifests/{project}/{id_}", limit_bytes=MAX_PACKED_BYTES)
    return None if packed is None else decode(packed, name=id_)


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
        files = _stored(manifest)
        tally = _Tally(total=len(files), progress=progress)

        def receive(file: File) -> None:
            if _is_here(store, file):
                tally.add(0, there=True)
                return
            limit_bytes = file.size_bytes + file.size_bytes // 64 + _WORST
            packed = remote.get(_blob(file.digest), limit_bytes=limit_bytes)
            if packed is None:
                raise _spoilt(remote, file, "is missing")
            _keep(store, remote, file, packed)
            tally.add(len(packed))

        _in_parallel(receive, files)
        saved = store.put_manifest(manifest, id_=id_)
    return saved, tally.result(saved.packed_bytes)


class _Tally:
    def __init__(self, *, total: int, progress: Progress | None) -> None:
        self._total, self._progress = total, progress
        self._done = self._there = self._bytes = 0

    def add(self, moved_bytes: int, *, there: bool = False) -> None:
        # Several threads: a count that is late by one is only shown late.
        self._done += 1
        self._there += there
        self._bytes += moved_bytes
        if self._progress is not None:
            self._progress(self._done, self._total, self._bytes)

    def result(self, more_bytes: int) -> Travelled:
        return Travelled(blobs=self._done, there=self._there, moved_bytes=self._bytes + more_bytes)


def _stored(manifest: Manifest) -> list[File]:
    """Files whose content travels by itself, each content once."""
    found: dict[bytes, File] = {}
    for file in manifest.files:
        if file.inline is None and file.twin == NOBODY:
            found.setdefault(file.digest, file)
    return list(found.values())


def _in_parallel(do: Callable[[File], None], files: Sequence[File]) -> None:
    """Small ones several at a time, large ones one after the other: each is in memory as a whole."""
    with ThreadPoolExecutor(_THREADS) as pool:
        waiting = [pool.submit(do, file) for file in files if file.size_bytes <= _LARGE_BYTES]
        try:
            for one in waiting:
                one.result()
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    for file in files:
        if file.size_bytes > _LARGE_BYTES:
            do(file)


def _blob(digest: bytes) -> str:
    name = digest.hex()
    return f"v1/blobs/{name[:2]}/{name}"


def _packed(store: Store, file: File) -> bytes:
    with contextlib.suppress(FileNotFoundError):
        return Path(store.pack_path(file.digest)).read_bytes()
    try:
        content = Path(store.object_path(wanted_object(file).key)).read_bytes()
    except FileNotFoundError as error:
        raise _lost(file) from error
    if blake3(content).digest() != file.digest:
        raise _lost(file)
    return zstandard.ZstdCompressor(level=1).compress(content)


def _lost(file: File) -> UsageProblem:
    return UsageProblem(
        f"the content of {file.path.decode(errors='backslashreplace')} is missing or damaged in the store",
        next_step="set it aside with `cargo hone snapshot verify --repair`, save again, then push",
    )


def _is_here(store: Store, file: File) -> bool:
    if os.path.lexists(store.pack_path(file.digest)):
        return True
    return file.linkable and os.path.lexists(store.object_path(wanted_object(file).key))


def _keep(store: Store, remote: Remote, file: File, packed: bytes) -> None:
    try:
        if zstandard.frame_content_size(packed) != file.size_bytes:
            raise _spoilt(remote, file, "has another length")
        content = zstandard.ZstdDecompressor().decompress(packed, max_output_size=file.size_bytes)
    except zstandard.ZstdError as error:
        raise _spoilt(remote, file, "is damaged") from error
    if blake3(content).digest() != file.digest:
        raise _spoilt(remote, file, "is not what its name says")
    partial = store.partial()
    descriptor = operation.create(partial, 0o666)
    try:
        operation.write(descriptor, packed, partial)
    finally:
        os.close(descriptor)
    operation.rename(Path(partial), Path(store.pack_path(file.digest)))


def _spoilt(remote: Remote, file: File, what: str) -> Unavailable:
    return Unavailable(
        f"the content {file.digest.hex()[:16]}… in {remote.shown} {what}",
        next_step="push the snapshot again from a machine that has it, or build without it",
    )


def _heads(remote: Remote, project: str) -> tuple[str, ...]:
    text = remote.get(f"v1/heads/{project}", limit_bytes=1 << 16) or b""
    return tuple(one for one in text.decode("ascii", "replace").split() if _ID.fullmatch(one))


def _add_head(remote: Remote, saved: Saved) -> None:
    """Two pushes at once may lose one name of the two: it can be pulled by its id all the same."""
    known: Iterable[str] = _heads(remote, saved.project)
    ids = sorted({saved.id, *known}, reverse=True)[:_HEADS]
    remote.put(f"v1/heads/{saved.project}", "\n".join(ids).encode())
