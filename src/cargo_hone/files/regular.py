"""Reading files that somebody else may have put there: a regular file or nothing, and never for ever.

To open a pipe waits for whoever writes into it, a device may have no end, and a link leads anywhere.
"""

import errno
import os
import stat
import sys

_NO_FILE = frozenset({errno.ELOOP, errno.ENXIO})
"""What `open` says of a symbolic link (O_NOFOLLOW) and of a socket."""


_CHUNK_BYTES = 1 << 20


class NotRegular(ValueError):
    """A link, a pipe, a socket, a device or a directory where a file was expected."""


def read_regular(path: str | os.PathLike[str], *, limit_bytes: int | None = None) -> bytes:
    """Return what is in a regular file, its first `limit_bytes` at most.

    Raises NotRegular for anything else of that name, OSError as the system says.
    """
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        if error.errno in _NO_FILE:
            raise NotRegular(f"{os.fspath(path)} is not a regular file") from error
        raise
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise NotRegular(f"{os.fspath(path)} is not a regular file")
        return _content(descriptor, limit_bytes)
    finally:
        os.close(descriptor)


def _content(descriptor: int, limit_bytes: int | None) -> bytes:
    left = sys.maxsize if limit_bytes is None else limit_bytes
    parts: list[bytes] = []
    while left > 0 and (part := os.read(descriptor, min(left, _CHUNK_BYTES))):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)
