"""File locks (flock, as cargo's own are): ours with a bounded wait, cargo's exclusive and without any.

A lock file is never unlinked: somebody may wait on the old file while a third locks a new one.
"""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from cargo_hone.errors import Busy
from cargo_hone.files.failure import explained

_POLL_S = 0.05


@contextlib.contextmanager
def locked(path: Path, *, wait_s: float, shared: bool = False) -> Iterator[None]:
    """Hold the lock file `path` (created if missing, with its directories) while the block runs.

    `shared`: together with others who hold it so. Raises Busy when somebody else held it for `wait_s` seconds,
    Unavailable when it cannot be made.
    """
    with explained("make the directory", path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
    give_up_s = time.monotonic() + wait_s
    with explained("open the lock file", path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        while not _take(descriptor, path, shared=shared):
            if time.monotonic() >= give_up_s:
                raise _busy(path, descriptor)
            time.sleep(_POLL_S)
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def try_exclusive(paths: Sequence[Path], *, create: bool = False) -> Iterator[tuple[Path, ...]]:
    """Hold all these lock files at once while the block runs, without waiting; yields those that were locked.

    The files are neither truncated nor, unless `create`, made: a missing one is left out. Two names of one
    file count once. Raises Busy when somebody holds one of them, Unavailable when one cannot be opened.
    """
    flags = os.O_RDWR | os.O_CLOEXEC | (os.O_CREAT if create else 0)
    taken: list[Path] = []
    held: set[tuple[int, int]] = set()
    with contextlib.ExitStack() as stack:
        for path in paths:
            with explained("open the lock file", path):
                try:
                    descriptor = os.open(path, flags, 0o666)
                except FileNotFoundError:
                    if create:
                        raise
                    continue
            stack.callback(os.close, descriptor)
            status = os.fstat(descriptor)
            # A second lock on the same file, through another descriptor, would wait for ourselves.
            if (status.st_dev, status.st_ino) not in held:
                if not _take(descriptor, path):
                    raise _busy(path, descriptor)
                held.add((status.st_dev, status.st_ino))
            taken.append(path)
        yield tuple(taken)


def _take(descriptor: int, path: Path, *, shared: bool = False) -> bool:
    with explained("lock", path):
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        # `cargo clean` may have removed the file between our open and our lock: a lock on the dead file
        # would keep nobody out.
        try:
            return os.path.samestat(os.fstat(descriptor), path.stat())
        except FileNotFoundError:
            return False


def _busy(path: Path, descriptor: int) -> Busy:
    holder = _holder(descriptor)
    return Busy(
        f"{path} is locked" + (f" by {holder}" if holder else ""),
        next_step="wait until that has ended, then run the command again",
    )


def _holder(descriptor: int) -> str:
    """Name the process that holds a lock on the file, from Linux's /proc/locks; "" where nothing says it."""
    status = os.fstat(descriptor)
    inode = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
    try:
        for line in Path("/proc/locks").read_text().splitlines():
            words = line.split()
            if inode in words and "->" not in words:
                pid = words[words.index(inode) - 1]
                name = Path("/proc", pid, "comm").read_text().strip()
                return f"{name} (process {pid})"
    except (OSError, IndexError):
        # No /proc (macOS), or the holder went away just now: the message is only less precise.
        return ""
    return ""
