"""What is in one directory: each name by itself, or together what never matters by itself.

Of 300,000 names in a target directory some 60,000 are what a decision could be about. The others are files of
incremental sessions, objects of codegen units and what build scripts wrote: they go or stay with what they belong to.
"""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from cargo_hone.target.entry import BLOCK_BYTES, Entry, InUse, entry_of

_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_OBJECTS = (".rcgu.o", ".rcgu.dwo")


class Detail(Enum):
    """How much is told of those files in a directory that have one name and that no process holds."""

    EACH = auto()
    OBJECTS_TOGETHER = auto()
    """One entry for all objects that one call of rustc left for one unit."""
    SUMMED = auto()
    """Their number and bytes are those of the directory's own entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What is in a directory; `names` with their allocated bytes are what was only summed up."""

    entries: list[Entry]
    names: int = 0
    size_bytes: int = 0


class Lister:
    """Lists directories. With `in_use` None each name is told; else what processes hold is in any case."""

    def __init__(self, in_use: InUse | None) -> None:
        self._is_each = in_use is None
        self._inodes = {inode for _, inode in in_use.identities} if in_use else set[int]()
        self._paths = in_use.paths if in_use else frozenset[str]()
        self._devices: dict[int, int] = {}

    def listed(self, directory: str, detail: Detail) -> Listed:
        """List a directory; what vanishes meanwhile is left out, and what is no directory is empty.

        Raises PermissionError where it cannot be listed.
        """
        if self._is_each or detail is Detail.EACH:
            return Listed(entries=[self._entry(directory, *one) for one in _scanned(directory)])
        if detail is Detail.SUMMED:
            return self._summed(directory)
        return Listed(entries=self._with_objects_together(directory))

    def _entry(
        self, directory: str, name: str, status: os.stat_result, is_directory: bool
    ) -> Entry:
        return entry_of(f"{directory}/{name}", status, self._devices, is_directory=is_directory)

    def _is_apart(self, directory: str, name: str, status: os.stat_result) -> bool:
        return (
            status.st_nlink != 1
            or status.st_ino in self._inodes
            or (bool(self._paths) and f"{directory}/{name}" in self._paths)
        )

    def _summed(self, directory: str) -> Listed:
        found: list[Entry] = []
        names = blocks = 0
        for name, status, is_directory in _scanned(directory):
            if is_directory or self._is_apart(directory, name, status):
                found.append(self._entry(directory, name, status, is_directory))
            else:
                names += 1
                blocks += status.st_blocks
        return Listed(entries=found, names=names, size_bytes=blocks * BLOCK_BYTES)

    def _with_objects_together(self, directory: str) -> list[Entry]:
        found: list[Entry] = []
        calls: dict[tuple[str, str], _Objects] = {}
        for name, status, is_directory in _scanned(directory):
            call = _call(name) if name.endswith(_OBJECTS) else None
            if call is None or is_directory or self._is_apart(directory, name, status):
                found.append(self._entry(directory, name, status, is_directory))
            elif (known := calls.get(call)) is not None:
                known.blocks += status.st_blocks
                known.others.append(name)
            else:
                first = self._entry(directory, name, status, is_directory)
                calls[call] = _Objects(first=first, others=[])
        found += [objects.together() for objects in calls.values()]
        return found


def _call(name: str) -> tuple[str, str] | None:
    """Return the unit's name and the call's in `<crate>-<hash>.<codegen unit>[.<call>].rcgu.o`."""
    parts = name.split(".")
    if "" in parts:
        return None
    match len(parts):
        case 4:
            return parts[0], ""
        case 5:
            return parts[0], parts[2]
        case _:
            return None


@dataclass(slots=True)
class _Objects:
    first: Entry
    others: list[str]
    blocks: int = 0

    def together(self) -> Entry:
        """One entry for all of them."""
        size_bytes = self.first.allocated_bytes + self.blocks * BLOCK_BYTES
        return self.first._replace(
            allocated_bytes=size_bytes, names=1 + len(self.others), others=tuple(self.others)
        )


def files_of(entry: Entry) -> Iterator[Entry]:
    """Yield the files that an entry stands for, each by itself; one that stands for nothing else alone.

    Raises PermissionError where their directory cannot be listed.
    """
    if entry.names == 1:
        yield entry
        return
    devices: dict[int, int] = {}
    if not entry.is_directory:
        for path in entry.paths:
            with contextlib.suppress(FileNotFoundError):
                yield entry_of(path, os.lstat(path), devices, is_directory=False)
        return
    for name, status, is_directory in _scanned(entry.path):
        if not is_directory:
            yield entry_of(f"{entry.path}/{name}", status, devices, is_directory=False)


def _scanned(directory: str) -> Iterator[tuple[str, os.stat_result, bool]]:
    # Through a descriptor: the kernel looks up one name for each file then, not a long path.
    try:
        descriptor = os.open(directory, _FLAGS)
    except (FileNotFoundError, NotADirectoryError):
        return  # It was a directory when it was listed; what was put there since is not ours to report.
    try:
        with os.scandir(descriptor) as found:
            for entry in found:
                try:
                    status = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue  # Under cargo's locks nothing of cargo's vanishes.
                yield entry.name, status, entry.is_dir(follow_symlinks=False)
    finally:
        os.close(descriptor)
