"""Small files that go together: to ask for each of thousands takes longer than to move or to write them all.

Which files belong together follows from the manifest, so that nobody has to note it, and whoever has the manifest knows
it. To a remote go together those of one incremental session, those of local units, and those of all others; in a store
lie together neighbours that may not be linked. Each of these is cut where the names say so: a changed file takes few
others along. A bundle is the content of its files, one after the other, in one zstd frame.
"""

import os
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

import zstandard
from blake3 import blake3

from cargo_hone.snapshot import contents, copies, parts
from cargo_hone.snapshot.cuts import cut
from cargo_hone.snapshot.manifest import INLINE_BYTES, NOBODY, File, Manifest
from cargo_hone.snapshot.manifest_paths import session_of
from cargo_hone.snapshot.parts import PART_BYTES, Spoilt
from cargo_hone.snapshot.seal import is_intact
from cargo_hone.snapshot.store import Store

SMALL_BYTES = 2**20
"""Larger ones travel alone."""
_MEAN_FILES = 64
KEPT_BYTES = 2**16
"""Larger ones lie alone."""
_KEPT_MEAN_FILES = 16
_KEPT_MOST_BYTES = 2**20
_LEVEL = 1
_NAMING = "cargo-hone 2026-11-23 snapshot bundle"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Bundle:
    """Files that travel together, each content once; at most `PART_BYTES` of them."""

    files: tuple[File, ...]
    digest: bytes = field(init=False)
    """What it is called by: what is in it has no other name."""

    def __post_init__(self) -> None:
        """Name it."""
        object.__setattr__(self, "digest", digest_of(file.digest for file in self.files))

    @property
    def name(self) -> str:
        """The name under which it lies in a remote."""
        name = self.digest.hex()
        return f"v1/bundles/{name[:2]}/{name}"

    @property
    def size_bytes(self) -> int:
        """What its files hold."""
        return sum(file.size_bytes for file in self.files)

    @property
    def most_bytes(self) -> int:
        """How long it may be when it is packed."""
        return contents.most_packed_bytes(self.size_bytes)


def digest_of(digests: Iterable[bytes]) -> bytes:
    """The hash that names files with these hashes as a bundle: never that of one file, whatever is in it."""
    return blake3(b"".join(digests), derive_key_context=_NAMING).digest()


def split(manifest: Manifest, files: Iterable[File]) -> tuple[list[Bundle], list[File]]:
    """Say how files travel (of those with the same content one): in bundles, and those that travel alone."""
    groups: dict[bytes, list[File]] = {}
    alone: list[File] = []
    for file in files:
        if file.size_bytes > SMALL_BYTES:
            alone.append(file)
        else:
            groups.setdefault(_group(manifest, file), []).append(file)
    together = (
        some
        for group in groups.values()
        for some in cut(
            [(file, file.path, file.size_bytes) for file in group], _MEAN_FILES, PART_BYTES
        )
    )
    return [Bundle(tuple(some)) for some in together], alone


def lies_in_one(size_bytes: int, *, linkable: bool, is_twin: bool) -> bool:
    """Whether such a file lies in a store together with others: not in the manifest, nor in a file of its own."""
    return INLINE_BYTES < size_bytes <= KEPT_BYTES and not linkable and not is_twin


def lying_together(sized: Iterable[tuple[T, bytes, int]]) -> Iterator[list[T]]:
    """Say which of a manifest's files that are for it lie together; with the path and size in bytes of each."""
    return cut(sized, _KEPT_MEAN_FILES, _KEPT_MOST_BYTES)


class Lying:
    """Where in a store the small files of one manifest are, as far as they do not lie alone."""

    def __init__(self, store: Store, files: Iterable[File]) -> None:
        self._store = store
        sized = (
            (file, file.path, file.size_bytes)
            for file in files
            if lies_in_one(file.size_bytes, linkable=file.linkable, is_twin=file.twin != NOBODY)
        )
        self._places: dict[bytes, tuple[Bundle, int]] = {}
        self.bundles = [Bundle(tuple(some)) for some in lying_together(sized)]
        for bundle in self.bundles:
            start = 0
            for file in bundle.files:
                self._places.setdefault(file.digest, (bundle, start))
                start += file.size_bytes
        self._read = _Read()

    def has(self, file: File) -> bool:
        """Whether there is a bundle that should have a file's content."""
        found = self._places.get(file.digest)
        return found is not None and os.path.lexists(self._store.pack_path(found[0].digest))

    def content(self, file: File) -> bytes | None:
        """Return a file's content, hashed; None where it is in no bundle that is there. Raises Damaged, OSError."""
        found = self._places.get(file.digest)
        if found is None:
            return None
        bundle, start = found
        if self._read.bundle is not bundle:
            path = self._store.pack_path(bundle.digest)
            if not os.path.lexists(path):
                return None
            self._read.content = contents.read_pack(path, bundle.size_bytes)
            self._read.bundle = bundle
        content = self._read.content[start : start + file.size_bytes]
        if blake3(content).digest() != file.digest:
            raise contents.Damaged("its content in the store is not what was saved")
        return content

    def set_aside(self, file: File) -> None:
        """Take the damaged bundle that a file is in out of the way."""
        if found := self._places.get(file.digest):
            self._store.set_aside(self._store.pack_path(found[0].digest))


def is_sound(path: str, bundle: Bundle) -> bool:
    """Read a store's bundle through: to the bit what was written, and what its name says. Raises OSError."""
    try:
        return is_intact(path) and all(
            blake3(content).digest() == file.digest
            for file, content in _each(bundle, contents.read_pack(path, bundle.size_bytes))
        )
    except contents.Damaged:
        return False


class _Read(threading.local):
    """The bundle that a thread has read last: neighbours are asked for one after the other."""

    def __init__(self) -> None:
        self.bundle: Bundle | None = None
        self.content = b""


def content(store: Store, bundle: Bundle, lying: Lying) -> bytes:
    """Return what is in a bundle; `lying` are the files of its manifest.

    Raises Spoilt where the store's content of a file is not what it was, OSError.
    """
    return b"".join(_content(store, file, lying) for file in bundle.files)


def pack(content: bytes) -> bytes:
    """Return it as it travels."""
    return zstandard.ZstdCompressor(level=_LEVEL).compress(content)


def members(bundle: Bundle, together: bytes) -> Iterator[tuple[File, bytes]]:
    """Yield each file of a bundle with its content. Raises Spoilt where that is not what its name says."""
    for file, content in _each(bundle, together):
        if blake3(content).digest() != file.digest:
            raise Spoilt("is not what its name says")
        yield file, content


def _each(bundle: Bundle, together: bytes) -> Iterator[tuple[File, bytes]]:
    start = 0
    for file in bundle.files:
        yield file, together[start : start + file.size_bytes]
        start += file.size_bytes


def keep(store: Store, file: File, content: bytes, *, linkable: bool) -> None:
    """Put what came into the store: among its objects where it may be linked, else packed. Raises OSError."""
    if linkable:
        copies.keep_content(
            store.partial(),
            store.object_path(contents.wanted_object(file).key),
            content,
            mode=file.mode,
            mtime_ns=file.mtime_ns,
        )
    else:
        contents.pack_content(store, content, file.digest)


def _content(store: Store, file: File, lying: Lying) -> bytes:
    try:
        found = lying.content(file)
    except contents.Damaged as error:
        raise Spoilt(str(error)) from error
    return parts.small_content(store, file) if found is None else found


def _group(manifest: Manifest, file: File) -> bytes:
    if session := session_of(file.path):
        return session
    is_foreign = file.unit != NOBODY and not manifest.units[file.unit].is_local
    return b"foreign" if is_foreign else b"local"
