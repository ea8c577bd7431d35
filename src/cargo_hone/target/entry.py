"""One name on disk, and the walk that finds all of a target directory's."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from cargo_hone.files.walk import disk_usage, entries
from cargo_hone.target.layout import Layout

BLOCK_BYTES = 512


# A tuple, unlike all else here: there are hundreds of thousands.
class Entry(NamedTuple):
    """One name on disk. `allocated_bytes` are those of the inode, which may have more names (`links`).

    Where an inventory sums up what never matters by itself, a directory stands for files in it as well, and the
    first of several objects for the `others` beside it (their names, between slashes): `names` is how many there are
    with its own, `allocated_bytes` what all take. Each of those has one link.
    """

    path: str
    allocated_bytes: int
    device: int
    inode: int
    links: int
    mtime_ns: int
    is_directory: bool
    names: int = 1
    others: str = ""

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path[self.path.rfind("/") + 1 :]

    @property
    def identity(self) -> tuple[int, int]:
        """What two names of one file have in common."""
        return self.device, self.inode

    @property
    def paths(self) -> tuple[str, ...]:
        """Its path, and those of the others beside it."""
        if not self.others:
            return (self.path,)
        directory = self.path.rpartition("/")[0]
        return (self.path, *(f"{directory}/{name}" for name in self.others.split("/")))


@dataclass(frozen=True, slots=True, kw_only=True)
class InUse:
    """What processes hold below one directory: by (device, inode), and by path where the device may differ."""

    identities: frozenset[tuple[int, int]]
    paths: frozenset[str]

    def holds(self, entry: Entry) -> bool:
        """Whether a process runs or has mapped this one."""
        return (entry.device, entry.inode) in self.identities or entry.path in self.paths


def walk(layout: Layout) -> Iterator[Entry]:
    """Yield all that is there, each directory before what is in it, the roots included.

    Raises PermissionError where a directory cannot be listed.
    """
    devices: dict[int, int] = {}
    for root in layout.roots:
        if any(other in root.parents for other in layout.roots):
            continue  # One of the two lies in the other.
        status = root.lstat()
        yield entry_of(os.fspath(root), status, devices, is_directory=True)
        for found in entries(root):
            try:
                status = found.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue  # Vanished during the walk; under cargo's locks nothing of cargo's does.
            yield entry_of(
                found.path, status, devices, is_directory=found.is_dir(follow_symlinks=False)
            )


def allocated_bytes(layout: Layout) -> int:
    """Return what the target directory takes on disk, with the build-dir where that is split; inodes once.

    Raises PermissionError where a directory cannot be listed.
    """
    if layout.final_root == layout.root:
        return disk_usage(layout.root).allocated_bytes
    several: dict[tuple[int, int], int] = {}
    size_bytes = 0
    for entry in walk(layout):
        if entry.links > 1:
            several[entry.identity] = entry.allocated_bytes
        else:
            size_bytes += entry.allocated_bytes
    return size_bytes + sum(several.values())


def entry_of(
    path: str, status: os.stat_result, devices: dict[int, int], *, is_directory: bool
) -> Entry:
    """Make an entry; `devices` has the numbers of those that were met."""
    return Entry(
        path,
        status.st_blocks * BLOCK_BYTES,
        # One number for all: 300,000 of them would take 10 MB.
        devices.setdefault(status.st_dev, status.st_dev),
        status.st_ino,
        1 if is_directory else status.st_nlink,
        status.st_mtime_ns,
        is_directory,
    )
