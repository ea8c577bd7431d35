"""Walks that follow no link, and what a directory takes on disk."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_BLOCK_BYTES = 512
"""The unit of `st_blocks` on every POSIX system, whatever the file system's own block size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskUsage:
    """What a tree takes on disk.

    `allocated_bytes` counts blocks, of directories too, and each (device, inode) once however many names it
    has; `files` counts the names that are not directories'.
    """

    allocated_bytes: int
    files: int


def entries(root: Path) -> Iterator[os.DirEntry[str]]:
    """Yield everything below `root`, each directory before what is in it; links are yielded, never followed.

    What vanishes during the walk is left out. Where `root` is missing, is a link or a file, nothing is
    yielded. Raises PermissionError where a directory cannot be listed: a partial answer would be a wrong one.
    """
    if root.is_symlink():
        return
    pending = [os.fspath(root)]
    while pending:
        # It was a directory when it was listed; what has vanished or was replaced since is not ours to report.
        with (
            contextlib.suppress(FileNotFoundError, NotADirectoryError),
            os.scandir(pending.pop()) as found,
        ):
            for entry in found:
                yield entry
                if entry.is_dir(follow_symlinks=False):
                    pending.append(entry.path)


def disk_usage(root: Path) -> DiskUsage:
    """Measure the tree at `root` (the directory itself included); zero where there is none.

    Raises PermissionError where a directory cannot be listed.
    """
    seen: set[tuple[int, int]] = set()
    blocks = files = 0
    try:
        status = os.lstat(root)
    except FileNotFoundError:
        return DiskUsage(allocated_bytes=0, files=0)
    blocks += status.st_blocks
    for entry in entries(root):
        try:
            status = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            continue
        is_directory = entry.is_dir(follow_symlinks=False)
        files += not is_directory
        if status.st_nlink > 1 and not is_directory:
            identity = (status.st_dev, status.st_ino)
            if identity in seen:
                continue
            seen.add(identity)
        blocks += status.st_blocks
    return DiskUsage(allocated_bytes=blocks * _BLOCK_BYTES, files=files)
