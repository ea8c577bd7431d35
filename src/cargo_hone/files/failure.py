"""What the operating system refuses, said in the user's words."""

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path

from cargo_hone.errors import Unavailable

_NEXT_STEP = {
    errno.EACCES: "give yourself write permission there (`ls -ld` shows who has it)",
    errno.EPERM: "give yourself write permission there (`ls -ld` and `lsattr -d` show what forbids it)",
    errno.EROFS: "the file system is mounted read-only: work on a writable copy, or remount it",
    errno.ENOSPC: "free some disk space (`cargo hone sweep` can), then run the command again",
    errno.EDQUOT: "free some of your disk quota, then run the command again",
    errno.ENOENT: "check that the directory is still there, then run the command again",
    errno.ENOTDIR: "one part of this path is a file: move it away, then run the command again",
    errno.EISDIR: "there is a directory where a file belongs: move it away, then run the command again",
    errno.ELOOP: "the symbolic links there go round in a circle: correct them",
}


@contextlib.contextmanager
def explained(doing: str, path: Path) -> Iterator[None]:
    """Turn an OSError into Unavailable: "cannot `doing` `path`: reason", with the next step."""
    try:
        yield
    except OSError as error:
        raise Unavailable(
            f"cannot {doing} {path}: {error.strerror or error}",
            next_step=_NEXT_STEP.get(
                error.errno or 0, "look at the reason above, then run the command again"
            ),
        ) from error
