"""The content of one file as it travels: cut into parts, each one a zstd frame of its own.

So a file of any size takes little memory on either side, a cut costs one part, and what a part unpacks to is known
before it is unpacked. How many parts there are follows from the size that the manifest says.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Self, cast

import zstandard
from blake3 import blake3

from cargo_hone.files import operation
from cargo_hone.snapshot import contents
from cargo_hone.snapshot.contents import wanted_object
from cargo_hone.snapshot.manifest import File
from cargo_hone.snapshot.objects import digest_of
from cargo_hone.snapshot.seal import seal
from cargo_hone.snapshot.store import Store

PART_BYTES = 4 * 2**20
_LEVEL = 1


class Spoilt(Exception):
    """A part that came in is not what it should be."""


def names(file: File) -> tuple[str, ...]:
    """The names under which a file's parts lie in a remote."""
    name = file.digest.hex()
    blob = f"v1/blobs/{name[:2]}/{name}"
    count = _count(file)
    return (blob,) if count == 1 else tuple(f"{blob}.{number}" for number in range(count))


def part_bytes(file: File, number: int) -> int:
    """How much of the file the part with that number holds."""
    return min(PART_BYTES, file.size_bytes - number * PART_BYTES)


def most_bytes(file: File, number: int) -> int:
    """How long a packed part may be."""
    return contents.most_packed_bytes(part_bytes(file, number))


def _count(file: File) -> int:
    return max(1, -(-file.size_bytes // PART_BYTES))


def is_sound(store: Store, file: File) -> bool:
    """Whether the store's content of a file is what the manifest says; reads all of it. Raises OSError."""
    if os.path.lexists(store.pack_path(file.digest)):
        return contents.pack_is_sound(store, file)
    try:
        return digest_of(store.object_path(wanted_object(file).key)) == file.digest
    except FileNotFoundError:
        return False


def packed_parts(store: Store, file: File, numbers: frozenset[int]) -> Iterator[tuple[int, bytes]]:
    """Yield some parts of a file as they travel, one after the other; `is_sound` must have said so.

    Raises OSError, ZstdError.
    """
    compressor = zstandard.ZstdCompressor(level=_LEVEL)
    with _content(store, file) as source:
        for number in range(_count(file)):
            content = _exactly(source, part_bytes(file, number))
            if number in numbers:
                yield number, compressor.compress(content)


def small_content(store: Store, file: File) -> bytes:
    """Return the store's content of a file, all at once. Raises Spoilt where it is not what it was, OSError."""
    try:
        with _content(store, file) as source:
            found = _exactly(source, file.size_bytes + 1)
    except FileNotFoundError as error:
        raise Spoilt("is missing") from error
    except zstandard.ZstdError as error:
        raise Spoilt("is damaged") from error
    if len(found) != file.size_bytes or blake3(found).digest() != file.digest:
        raise Spoilt("is not what its name says")
    return found


@contextlib.contextmanager
def _content(store: Store, file: File) -> Iterator[BinaryIO]:
    pack = Path(store.pack_path(file.digest))
    if pack.exists():
        with pack.open("rb") as source:
            reader = zstandard.ZstdDecompressor().stream_reader(source, read_across_frames=True)
            yield cast("BinaryIO", reader)
    else:
        with Path(store.object_path(wanted_object(file).key)).open("rb") as plain:
            yield plain


def _exactly(source: BinaryIO, size_bytes: int) -> bytes:
    """Read that much: a stream of frames may give less at a time."""
    found = bytearray()
    while len(found) < size_bytes and (chunk := source.read(size_bytes - len(found))):
        found += chunk
    return bytes(found)


def unpacked(file: File, number: int, packed: bytes) -> bytes:
    """Unpack one part; what it says it holds is looked at first. Raises Spoilt."""
    return unpacked_frame(packed, part_bytes(file, number))


def unpacked_frame(packed: bytes, size_bytes: int) -> bytes:
    """Unpack what must be one zstd frame of that much content. Raises Spoilt."""
    try:
        if zstandard.frame_content_size(packed) != size_bytes:
            raise Spoilt("has another length")
        content = zstandard.ZstdDecompressor().decompress(
            packed, max_output_size=size_bytes, allow_extra_data=False
        )
    except zstandard.ZstdError as error:
        raise Spoilt("is damaged") from error
    if len(content) != size_bytes:
        raise Spoilt("has another length")
    return content


class Arriving:
    """A file that comes in, part after part: into the store's objects where it may be linked, else packed.

    `close` keeps it if all of it is what it should be; leaving the block without that keeps nothing.
    """

    def __init__(self, store: Store, file: File, *, linkable: bool) -> None:
        self._store, self._file, self._linkable = store, file, linkable
        self._hasher, self._packed_hasher = blake3(), blake3()
        self._partial = store.partial()
        self._descriptor = -1

    def __enter__(self) -> Self:
        self._descriptor = operation.create(
            self._partial, self._file.mode if self._linkable else 0o666
        )
        return self

    def __exit__(self, *_: object) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            with contextlib.suppress(OSError):
                operation.unlink(self._partial)

    def add(self, packed: bytes, content: bytes) -> None:
        """Take the next part, in both its forms. Raises OSError."""
        self._hasher.update(content)
        if self._linkable:
            operation.write(self._descriptor, content, self._partial)
        else:
            self._packed_hasher.update(packed)
            operation.write(self._descriptor, packed, self._partial)

    def close(self) -> None:
        """Give it its name in the store. Raises Spoilt where the parts are not that file, OSError."""
        if self._hasher.digest() != self._file.digest:
            raise Spoilt("is not what its name says")
        goal = self._store.pack_path(self._file.digest)
        if self._linkable:
            goal = self._store.object_path(wanted_object(self._file).key)
            operation.chmod_open(self._descriptor, self._file.mode, self._partial)
            operation.set_times_open(self._descriptor, self._file.mtime_ns, self._partial)
        else:
            end = seal(self._packed_hasher.digest())
            operation.write(self._descriptor, end, self._partial)
        operation.rename(self._partial, goal)
        os.close(self._descriptor)
        self._descriptor = -1
