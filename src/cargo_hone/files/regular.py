"""Reading files that somebody else may have put there: a regular file or nothing, and never for ever.

To open a pipe waits for whoever writes into it, a device may have no end, and a link leads anywhere.
"""

import errno
import os
import stat
import sys
from collections.abc import Iterator

_NO_FILE = frozenset({errno.ELOOP, errno.ENXIO})
"""What `open` says of a symbolic link (O_NOFOLLOW) and of a socket."""


_CHUNK_BYTES = 1 << 20
_LEAST_BYTES = 1 << 12


class NotRegular(ValueError):
    """A link, a pipe, a socket, a device or a directory where a file was expected."""


def read_regular(path: str | os.PathLike[str], *, limit_bytes: int | None = None) -> bytes:
    """Return what is in a regular file, its first `limit_bytes` at most.

    Raises NotRegular for anything else of that name, OSError as the system says.
    """
    descriptor, size_bytes = _opened(path)
    try:
        most_bytes = _CHUNK_BYTES if limit_bytes is None else min(limit_bytes, _CHUNK_BYTES)
        if 0 < size_bytes < most_bytes:
            # Thousands of small files are read here: to ask for one byte more than there is tells that all was read.
            whole = os.read(descriptor, size_bytes + 1)
            if len(whole) == size_bytes:
                return whole
            os.lseek(descriptor, 0, os.SEEK_SET)
        return b"".join(_parts(descriptor, size_bytes, limit_bytes))
    finally:
        os.close(descriptor)


def regular_parts(
    path: str | os.PathLike[str], *, limit_bytes: int | None = None
) -> Iterator[bytes]:
    """Yield what `read_regular` returns in parts of at most 1 MiB. Raises the same, at the first part."""
    descriptor, size_bytes = _opened(path)
    try:
        yield from _parts(descriptor, size_bytes, limit_bytes)
    finally:
        os.close(descriptor)


def _opened(path: str | os.PathLike[str]) -> tuple[int, int]:
    """A descriptor of a regular file, and the size that it says it has."""
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        if error.errno in _NO_FILE:
            raise NotRegular(f"{os.fspath(path)} is not a regular file") from error
        raise
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise NotRegular(f"{os.fspath(path)} is not a regular file")
    return descriptor, status.st_size


def _parts(descriptor: int, size_bytes: int, limit_bytes: int | None) -> Iterator[bytes]:
    # (Room for 1 MiB takes longer to make than to read most files. Some of the kernel's say that they are empty.)
    part_bytes = min(max(size_bytes + 1, _LEAST_BYTES), _CHUNK_BYTES)
    left = sys.maxsize if limit_bytes is None else limit_bytes
    while left > 0 and (part := os.read(descriptor, min(left, part_bytes))):
        yield part
        left -= len(part)
