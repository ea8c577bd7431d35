"""Content into the store and out of it: plain where target directories may link to it, packed where not."""

import contextlib
import os
import threading
from typing import BinaryIO, cast

import zstandard
from blake3 import blake3

from cargo_hone.files import appearing, operation
from cargo_hone.snapshot import copies
from cargo_hone.snapshot.manifest import File
from cargo_hone.snapshot.objects import Wanted, is_sound
from cargo_hone.snapshot.seal import is_intact, seal
from cargo_hone.snapshot.store import Store, object_key

_LEVEL = 1
_AT_ONCE_BYTES = 4 * 2**20
_FRAME_BYTES = 4096
"""zstd may make incompressible content a little longer."""
_CHUNK_BYTES = 2**20


class _Own(threading.local):
    """Each thread's: to make one takes longer than to pack a small file."""

    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor(level=_LEVEL)
        self.decompressor = zstandard.ZstdDecompressor()


_own = _Own()


class _Hashing:
    """Hashes what is written to a file."""

    def __init__(self, sink: BinaryIO) -> None:
        self.hasher = blake3()
        self._sink = sink

    def write(self, chunk: bytes) -> int:
        """Write and hash."""
        self.hasher.update(chunk)
        return self._sink.write(chunk)


class Damaged(Exception):
    """Content that the store should have is missing, or not what its name says."""


def most_packed_bytes(size_bytes: int) -> int:
    """How long content of that size may be when it is packed."""
    return size_bytes + size_bytes // 64 + _FRAME_BYTES


def wanted_object(file: File) -> Wanted:
    """Say which plain object a file's content would be."""
    return Wanted(
        key=object_key(file.digest, mtime_ns=file.mtime_ns, mode=file.mode),
        digest=file.digest,
        size_bytes=file.size_bytes,
        mtime_ns=file.mtime_ns,
        mode=file.mode,
    )


def pack(store: Store, source: str, digest: bytes) -> int:
    """Keep the content of `source`, whose hash is `digest`; returns the bytes that this added. Raises OSError."""
    goal = store.pack_path(digest)
    if os.path.lexists(goal):
        return 0
    partial = store.partial()
    descriptor = operation.create(partial, 0o666)
    with appearing.appearing(partial, goal):
        with open(source, "rb") as file, os.fdopen(descriptor, "wb") as sink:  # noqa: PTH123
            size_bytes = os.fstat(file.fileno()).st_size
            hashing = _Hashing(sink)
            _own.compressor.copy_stream(file, cast("BinaryIO", hashing), size=size_bytes)
            sink.write(seal(hashing.hasher.digest()))
        return os.lstat(partial).st_size


def pack_content(store: Store, content: bytes, digest: bytes) -> int:
    """Do what `pack` does, with content that was read already."""
    goal = store.pack_path(digest)
    if os.path.lexists(goal):
        return 0
    packed = _own.compressor.compress(content)
    packed += seal(blake3(packed).digest())
    appearing.write(store.partial(), goal, packed)
    return len(packed)


def keep_object(
    store: Store, source: str, wanted: Wanted, seen: dict[bytes, tuple[int, int]]
) -> int:
    """Keep a file of a target directory as it is; returns the bytes that this added.

    It shares the file's blocks where the file system can, else it is a link to it, else a copy. An object that somebody
    changed is set aside first. `seen` (see `is_sound`) learns the object's inode. Raises OSError.
    """
    goal = store.object_path(wanted.key)
    if os.path.lexists(goal):
        if is_sound(store, wanted, seen):
            return 0
        store.set_aside(goal)
    partial = store.partial()
    try:
        if copies.clone_file(store, source, partial, mode=wanted.mode, mtime_ns=wanted.mtime_ns):
            operation.rename(partial, goal)
        elif not copies.linked(source, goal):
            copies.copy_file(source, partial, mode=wanted.mode, mtime_ns=wanted.mtime_ns)
            operation.rename(partial, goal)
    except FileExistsError:
        return 0
    except BaseException:
        with contextlib.suppress(OSError):
            operation.unlink(partial)
        raise
    status = os.lstat(goal)
    seen[wanted.key] = status.st_ino, status.st_ctime_ns
    return wanted.size_bytes


def read_small(path: str, size_bytes: int) -> bytes:
    """Read a file that had that size a moment ago, whatever it has now. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        content = os.read(descriptor, size_bytes + 1)
        if len(content) == size_bytes:
            # To ask for one byte more than there is tells that all was read.
            return content
        parts = [content]
        while parts[-1]:
            parts.append(os.read(descriptor, _CHUNK_BYTES))
        return b"".join(parts)
    finally:
        os.close(descriptor)


def read_pack(path: str, size_bytes: int) -> bytes:
    """Return what is packed in `path`, which should be that long. Raises Damaged, OSError."""
    # What is longer than zstd makes anything is damaged, and found to be.
    packed = _first(path, most_packed_bytes(size_bytes))
    try:
        if zstandard.frame_content_size(packed) != size_bytes:
            raise Damaged("its content in the store has another length")
        content = _own.decompressor.decompress(packed, max_output_size=size_bytes)
    except zstandard.ZstdError as error:
        raise Damaged(f"its content is damaged in the store ({error})") from error
    if len(content) != size_bytes:
        raise Damaged("its content in the store has another length")
    return content


def unpack(store: Store, file: File, goal: str, *, mtime_ns: int) -> None:
    """Write packed content to a file that must not exist, hashing it on the way.

    Raises Damaged (the file is gone then), OSError.
    """
    path = store.pack_path(file.digest)
    try:
        if file.size_bytes <= _AT_ONCE_BYTES:
            copies.write_file(goal, _unpacked(path, file), mode=file.mode, mtime_ns=mtime_ns)
            return
        with open(path, "rb") as packed:  # noqa: PTH123
            descriptor = operation.create(goal, file.mode)
            try:
                reader = zstandard.ZstdDecompressor().stream_reader(packed, read_across_frames=True)
                _stream(reader, file, descriptor, goal)
                copies.finish(descriptor, goal, mode=file.mode, mtime_ns=mtime_ns)
            except (Damaged, zstandard.ZstdError):
                operation.unlink(goal)
                raise
            finally:
                os.close(descriptor)
    except FileNotFoundError as error:
        if os.path.lexists(os.path.dirname(goal)):  # noqa: PTH120
            raise Damaged("its content is missing in the store") from error
        raise
    except zstandard.ZstdError as error:
        raise Damaged(f"its content is damaged in the store ({error})") from error


def pack_is_sound(store: Store, file: File) -> bool:
    """Read a file's pack through: to the bit what was written, and what `unpack` takes for that file.

    Raises OSError other than that there is none.
    """
    path = store.pack_path(file.digest)
    hasher, found_bytes = blake3(), 0
    try:
        if not is_intact(path):
            return False
        if file.size_bytes <= _AT_ONCE_BYTES:
            _unpacked(path, file)
            return True
        with open(path, "rb") as packed:  # noqa: PTH123
            reader = zstandard.ZstdDecompressor().stream_reader(packed, read_across_frames=True)
            while chunk := reader.read(_CHUNK_BYTES):
                hasher.update(chunk)
                found_bytes += len(chunk)
                if found_bytes > file.size_bytes:
                    return False
    except (FileNotFoundError, zstandard.ZstdError, Damaged):
        return False
    return found_bytes == file.size_bytes and hasher.digest() == file.digest


def has_content(store: Store, file: File) -> bool:
    """Whether the store has a file's content in any form, without a look into it."""
    if file.inline is not None or os.path.lexists(store.pack_path(file.digest)):
        return True
    return file.linkable and os.path.lexists(store.object_path(wanted_object(file).key))


def _first(path: str, most_bytes: int) -> bytes:
    """Read a pack that is no longer than that, or its beginning. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        found = os.read(descriptor, most_bytes)
        while len(found) < most_bytes and (more := os.read(descriptor, most_bytes - len(found))):
            found += more
        return found
    finally:
        os.close(descriptor)


def _unpacked(path: str, file: File) -> bytes:
    content = read_pack(path, file.size_bytes)
    if blake3(content).digest() != file.digest:
        raise Damaged("its content in the store is not what was saved")
    return content


def _stream(
    reader: zstandard.ZstdDecompressionReader, file: File, descriptor: int, goal: str
) -> None:
    hasher, found_bytes = blake3(), 0
    while chunk := reader.read(_CHUNK_BYTES):
        found_bytes += len(chunk)
        if found_bytes > file.size_bytes:
            raise Damaged("its content in the store is longer than it was")
        hasher.update(chunk)
        operation.write(descriptor, chunk, goal)
    if found_bytes != file.size_bytes or hasher.digest() != file.digest:
        raise Damaged("its content in the store is not what was saved")
