"""One name on disk, and the walk that finds all of a target directory's."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

from cargo_hone.files.walk import disk_usage, entries
from cargo_hone.target.layout import Layout

_BLOCK_BYTES = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One name on disk. `allocated_bytes` are those of the inode, which may have more names (`links`)."""

    path: str
    allocated_bytes: int
    device: int
    inode: int
    links: int
    mtime_ns: int
    is_directory: bool

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    @property
    def identity(self) -> tuple[int, int]:
        """What two names of one file have in common."""
        return self.device, self.inode


def walk(layout: Layout) -> Iterator[Entry]:
    """Yield all that is there, each directory before what is in it, the roots included.

    Raises PermissionError where a directory cannot be listed.
    """
    devices: dict[int, int] = {}
    for root in layout.roots:
        if any(other in root.parents for other in layout.roots):
            continue  # One of the two lies in the other.
        status = root.lstat()
        yield _entry(os.fspath(root), status, devices, is_directory=True)
        for found in entries(root):
            try:
                status = found.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue  # Vanished during the walk; under cargo's locks nothing of cargo's does.
            yield _entry(
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


def _entry(
    path: str, status: os.stat_result, devices: dict[int, int], *, is_directory: bool
) -> Entry:
    return Entry(
        path=path,
        allocated_bytes=status.st_blocks * _BLOCK_BYTES,
        # One number for all: 300,000 of them would take 10 MB.
        device=devices.setdefault(status.st_dev, status.st_dev),
        inode=status.st_ino,
        links=1 if is_directory else status.st_nlink,
        mtime_ns=status.st_mtime_ns,
        is_directory=is_directory,
    )
