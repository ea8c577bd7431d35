"""The mutating operations on files, each one small function that a test can stop at.

Nothing in the program changes a user's file but through these. In production nobody watches and a call costs
one look at an empty list. A test says `with interrupting(after=n)` and sees what is left on disk when the
program dies before its n-th operation. Every function raises OSError as the operating system says it.
"""

import contextlib
import errno
import fcntl
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

Observer = Callable[[str, Path], None]
"""Called before an operation with its name (`write`, `rename`, ...) and the path it changes."""

_FICLONE = 0x40049409
"""linux/fs.h: _IOW(0x94, 9, int)."""
_NO_CLONE = frozenset(
    {errno.EOPNOTSUPP, errno.EXDEV, errno.EINVAL, errno.ENOTTY, errno.ENOSYS, errno.EPERM}
)

_observers: list[Observer] = []


class Stopped(BaseException):
    """The program was stopped before an operation (tests only); like ^C it is no Exception."""


@dataclass(slots=True, kw_only=True)
class Count:
    """How many operations were started while somebody watched."""

    started: int = 0


@contextlib.contextmanager
def observed(observer: Observer) -> Iterator[None]:
    """Let `observer` see each operation before it happens; what it raises prevents the operation."""
    _observers.append(observer)
    try:
        yield
    finally:
        _observers.remove(observer)


@contextlib.contextmanager
def interrupting(*, after: int, once: bool = False) -> Iterator[Count]:
    """Raise Stopped instead of the operation that follows the first `after` ones.

    Each later operation fails as well, as if the process were dead; with `once` only that one does, as with
    ^C, so that whatever cleans up can work.
    """
    count = Count()

    def stop(operation: str, path: Path) -> None:
        count.started += 1
        if count.started == after + 1 or (count.started > after and not once):
            raise Stopped(f"stopped before operation {count.started}: {operation} {path}")

    with observed(stop):
        yield count


def _starts(operation: str, path: Path | str) -> None:
    for observer in _observers:
        observer(operation, Path(path))


def create(path: Path | str, mode: int) -> int:
    """Create a file that must not exist yet; returns its descriptor for writing (the umask applies)."""
    _starts("create", path)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    return os.open(path, flags, mode)


def write(descriptor: int, content: bytes | memoryview, path: Path | str) -> None:
    """Write all of `content`."""
    _starts("write", path)
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def clone(source: int, descriptor: int, path: Path | str) -> bool:
    """Let an open, empty file share the blocks of another one (ioctl_ficlonerange(2)).

    False where the system or the file system cannot, or they are not on the same one.
    """
    _starts("clone", path)
    if sys.platform != "linux":
        return False
    try:
        fcntl.ioctl(descriptor, _FICLONE, source)
    except OSError as error:
        if error.errno in _NO_CLONE:
            return False
        raise
    return True


def chown(descriptor: int, owner: int, group: int, path: Path) -> None:
    """Give an open file to `owner` and `group`."""
    _starts("chown", path)
    os.fchown(descriptor, owner, group)


def chmod_open(descriptor: int, mode: int, path: Path | str) -> None:
    """Set the permission bits of an open file."""
    _starts("chmod", path)
    os.fchmod(descriptor, mode)


def chmod(path: Path, mode: int) -> None:
    """Set the permission bits."""
    _starts("chmod", path)
    path.chmod(mode)


def sync(descriptor: int, path: Path) -> None:
    """Force an open file, or directory, to the disk."""
    _starts("sync", path)
    os.fsync(descriptor)


def sync_directory(path: Path) -> None:
    """Force the names in a directory to the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        sync(descriptor, path)
    finally:
        os.close(descriptor)


def rename(source: Path | str, target: Path | str) -> None:
    """Rename within a file system, replacing a file at `target`."""
    _starts("rename", target)
    os.replace(source, target)  # noqa: PTH105 - called for each of 50,000 files: no Path is made for it


def link(source: Path | str, target: Path | str) -> None:
    """Give `source` (itself, if it is a symbolic link) a second name."""
    _starts("link", target)
    os.link(source, target, follow_symlinks=False)


def unlink(path: Path | str) -> None:
    """Remove a name that is not a directory's."""
    _starts("unlink", path)
    os.unlink(path)  # noqa: PTH108 - as above


def mkdir(path: Path | str) -> None:
    """Make one directory (the umask applies)."""
    _starts("mkdir", path)
    os.mkdir(path)  # noqa: PTH102 - as above


def rmdir(path: Path) -> None:
    """Remove an empty directory."""
    _starts("rmdir", path)
    path.rmdir()


def symlink(goal: bytes, path: bytes) -> None:
    """Make a symbolic link at `path` that says `goal`."""
    _starts("symlink", os.fsdecode(path))
    os.symlink(goal, path)  # noqa: PTH211 - bytes have no Path


def set_times_open(descriptor: int, mtime_ns: int, path: Path | str) -> None:
    """Set the times of an open file, in nanoseconds since the epoch."""
    _starts("times", path)
    os.utime(descriptor, ns=(mtime_ns, mtime_ns))


def set_times(path: Path | str, mtime_ns: int) -> None:
    """Set the times of a file or directory (of a symbolic link itself), in nanoseconds since the epoch."""
    _starts("times", path)
    os.utime(path, ns=(mtime_ns, mtime_ns), follow_symlinks=False)
