"""Small files that travel as one: to ask a remote for each of thousands takes longer than to move them all.

Which files belong together follows from the manifest, so both sides know it without asking: those of one incremental
session, those of local units, those of all other units; each of these cut where the names say so, so that a changed
file takes few others along. A bundle is their content, one after the other, in one zstd frame.
"""

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import zstandard
from blake3 import blake3

from cargo_hone.snapshot import contents, copies, parts
from cargo_hone.snapshot.manifest import NOBODY, File, Manifest
from cargo_hone.snapshot.manifest_paths import session_of
from cargo_hone.snapshot.parts import PART_BYTES, Spoilt
from cargo_hone.snapshot.store import Store

SMALL_BYTES = 2**19
_MEAN_FILES = 64
_LEVEL = 1


@dataclass(frozen=True, slots=True)
class Bundle:
    """Files that travel together, each content once; at most `PART_BYTES` of them."""

    files: tuple[File, ...]

    @property
    def name(self) -> str:
        """The name under which it lies in a remote; what is in it has no other."""
        name = blake3(b"".join(file.digest for file in self.files)).hexdigest()
        return f"v1/bundles/{name[:2]}/{name}"

    @property
    def size_bytes(self) -> int:
        """What its files hold."""
        return sum(file.size_bytes for file in self.files)

    @property
    def most_bytes(self) -> int:
        """How long it may be when it is packed."""
        return contents.most_packed_bytes(self.size_bytes)


def split(manifest: Manifest, files: Iterable[File]) -> tuple[list[Bundle], list[File]]:
    """Say how files travel (of those with the same content one): in bundles, and those that travel alone."""
    groups: dict[bytes, list[File]] = {}
    alone: list[File] = []
    for file in files:
        if file.size_bytes > SMALL_BYTES:
            alone.append(file)
        else:
            groups.setdefault(_group(manifest, file), []).append(file)
    return [Bundle(some) for group in groups.values() for some in _cut(group)], alone


def packed(store: Store, bundle: Bundle) -> bytes:
    """Return a bundle as it travels. Raises Spoilt where the store's content of a file is not what it was, OSError."""
    content = b"".join(parts.small_content(store, file) for file in bundle.files)
    return zstandard.ZstdCompressor(level=_LEVEL).compress(content)


def unpacked(bundle: Bundle, found: bytes) -> Iterator[tuple[File, bytes]]:
    """Yield each file of a bundle with its content. Raises Spoilt where that is not what its name says."""
    content = memoryview(parts.unpacked_frame(found, bundle.size_bytes))
    start = 0
    for file in bundle.files:
        part = bytes(content[start : start + file.size_bytes])
        if blake3(part).digest() != file.digest:
            raise Spoilt("is not what its name says")
        yield file, part
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


def _group(manifest: Manifest, file: File) -> bytes:
    if session := session_of(file.path):
        return session
    is_foreign = file.unit != NOBODY and not manifest.units[file.unit].is_local
    return b"foreign" if is_foreign else b"local"


def _cut(files: list[File]) -> Iterator[tuple[File, ...]]:
    some: list[File] = []
    size_bytes = 0
    for file in files:
        if some and size_bytes + file.size_bytes > PART_BYTES:
            yield tuple(some)
            some, size_bytes = [], 0
        some.append(file)
        size_bytes += file.size_bytes
        if zlib.crc32(file.path) % _MEAN_FILES == 0:
            yield tuple(some)
            some, size_bytes = [], 0
    if some:
        yield tuple(some)
