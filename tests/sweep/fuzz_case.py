"""One damaged, strange or hostile target directory, and how it is looked at."""

import contextlib
import os
import random
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.sweep.synthetic import FakeTarget

PART = 15
"""So many names, of the longest that there are, are a path that is short enough."""


@dataclass(slots=True, kw_only=True)
class Case:
    """One directory `base` with `ws/target` and `outside` in it; `story` tells what was done."""

    base: Path
    random: random.Random
    target: FakeTarget
    story: list[str] = field(default_factory=list)
    unknown: dict[bytes, tuple[int, ...]] = field(default_factory=dict)

    @property
    def root(self) -> Path:
        return self.base / "ws"

    @property
    def outside(self) -> Path:
        return self.base / "outside"

    def keep(self, path: bytes) -> None:
        """Remember something that no sweep may touch."""
        self.unknown[path] = look(path)

    def unit_directory(self) -> Path:
        return self.random.choice(sorted((self.target.profile / ".fingerprint").iterdir()))

    def unit_file(self) -> Path:
        """A regular file of some unit's fingerprint (or a directory where mischief left none)."""
        directory = self.unit_directory()
        if directory.is_symlink() or not directory.is_dir():
            return directory
        found = [path for path in sorted(directory.iterdir()) if is_plain(path)]
        return self.random.choice(found) if found else directory

    def any_directory(self) -> Path:
        """One of cargo's directories that hold many things, or the places above them."""
        names = ("", ".fingerprint", "deps", "build", "incremental", "examples")
        found = [self.target.profile / name for name in names] + [self.target.root]
        return self.random.choice([p for p in found if p.is_dir() and not p.is_symlink()])


def look(path: bytes) -> tuple[int, ...]:
    """What tells that a thing is the same and untouched."""
    return _looked(os.lstat(path))


def _looked(status: os.stat_result) -> tuple[int, ...]:
    return status.st_ino, status.st_mode, status.st_size, status.st_mtime_ns, status.st_uid


def everything(root: Path) -> dict[bytes, tuple[int, ...]]:
    """Look at all that is below `root`, in bytes, following nothing, at any depth and under names of any length."""
    found = {}
    pending = [os.fsencode(root)]
    while pending:
        at = pending.pop()
        with _opened(at) as descriptor:
            found[at] = _looked(os.fstat(descriptor))
            for name in map(os.fsencode, os.listdir(descriptor)):  # noqa: PTH208
                status = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
                found[at + b"/" + name] = _looked(status)
                if stat.S_ISDIR(status.st_mode):
                    pending.append(at + b"/" + name)
    return found


@contextlib.contextmanager
def _opened(directory: bytes) -> Iterator[int]:
    """Open a directory whose path may be longer than a path may be."""
    parts = directory.split(b"/")
    short, parts = b"/".join(parts[:PART]), parts[PART:]
    descriptor = os.open(short, os.O_RDONLY | os.O_DIRECTORY)
    try:
        while parts:
            piece, parts = b"/".join(parts[:PART]), parts[PART:]
            inner = os.open(piece, os.O_RDONLY | os.O_DIRECTORY, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
        yield descriptor
    finally:
        os.close(descriptor)


def is_plain(path: Path) -> bool:
    """Whether a regular file is there, itself."""
    return stat.S_ISREG(path.lstat().st_mode)
