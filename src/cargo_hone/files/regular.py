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
    return b"".join(regular_parts(path, limit_bytes=limit_bytes))


def regular_parts(
    path: str | os.PathLike[str], *, limit_bytes: int | None = None
) -> Iterator[bytes]:
    """Yield what `read_regular` returns in parts of at most 1 MiB. Raises the same, at the first part."""
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        if error.errno in _NO_FILE:
            raise NotRegular(f"{os.fspath(path)} is not a regular file") from error
        raise
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise NotRegular(f"{os.fspath(path)} is not a regular file")
        # (Room for 1 MiB takes longer to make than to read most files. Some of the kernel's say that they are empty.)
        part_bytes = min(max(status.st_size + 1, _LEAST_BYTES), _CHUNK_BYTES)
        left = sys.maxsize if limit_bytes is None else limit_bytes
        while left > 0 and (part := os.read(descriptor, min(left, part_bytes))):
            yield part
            left -= len(part)
    finally:
        os.close(descriptor)
