"""Files made from others: by shared blocks, by a link, or byte by byte; with the mode and the time that they need."""

import errno
import os
from pathlib import Path

from blake3 import blake3

from cargo_hone.files import appearing, operation
from cargo_hone.snapshot.store import Store

_CHUNK_BYTES = 2**20
NO_LINK = frozenset(
    {errno.EXDEV, errno.EMLINK, errno.EPERM, errno.EACCES, errno.ENOTSUP, errno.ENOSYS}
)
"""Another file system, one without hard links, a file with all the links it can have, or somebody else's."""


def linked(source: str, goal: str) -> bool:
    """Link; False where that cannot be done here. Raises OSError."""
    try:
        operation.link(source, goal)
    except OSError as error:
        if error.errno in NO_LINK:
            return False
        raise
    return True


_cannot_clone: set[Path] = set()
"""Stores on a file system that shares no blocks with the target directory: nobody asks it again for each file."""


def clone_file(store: Store, source: str, goal: str, *, mode: int, mtime_ns: int) -> bool:
    """Make a file that must not exist share the blocks of another one, of which one is in the store.

    False, and no file, where the file system cannot. Raises OSError.
    """
    if store.root in _cannot_clone:
        return False
    descriptor = operation.create(goal, mode)
    try:
        with open(source, "rb", buffering=0) as file:  # noqa: PTH123
            is_done = operation.clone(file.fileno(), descriptor, goal)
        if is_done:
            finish(descriptor, goal, mode=mode, mtime_ns=mtime_ns)
    finally:
        os.close(descriptor)
    if not is_done:
        operation.unlink(goal)
        _cannot_clone.add(store.root)
    return is_done


def copy_file(source: str, goal: str, *, mode: int, mtime_ns: int) -> bytes:
    """Copy into a file that must not exist. Returns the hash of it. Raises OSError."""
    descriptor = operation.create(goal, mode)
    hasher = blake3()
    try:
        with open(source, "rb", buffering=0) as file:  # noqa: PTH123
            while chunk := file.read(_CHUNK_BYTES):
                hasher.update(chunk)
                operation.write(descriptor, chunk, goal)
        finish(descriptor, goal, mode=mode, mtime_ns=mtime_ns)
    finally:
        os.close(descriptor)
    return hasher.digest()


def write_file(goal: str, content: bytes, *, mode: int, mtime_ns: int) -> None:
    """Write a file that must not exist. Raises OSError."""
    descriptor = operation.create(goal, mode)
    try:
        operation.write(descriptor, content, goal)
        finish(descriptor, goal, mode=mode, mtime_ns=mtime_ns)
    finally:
        os.close(descriptor)


def keep_content(partial: str, goal: str, content: bytes, *, mode: int, mtime_ns: int) -> None:
    """Make a whole file appear at `goal`, where one may be already. Raises OSError."""
    with appearing.appearing(partial, goal):
        write_file(partial, content, mode=mode, mtime_ns=mtime_ns)


def finish(descriptor: int, goal: str, *, mode: int, mtime_ns: int) -> None:
    """Give an open file its mode and time. Raises OSError."""
    # The umask has had its say when the file was made.
    operation.chmod_open(descriptor, mode, goal)
    operation.set_times_open(descriptor, mtime_ns, goal)
