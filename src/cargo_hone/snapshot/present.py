"""What a target directory has before a restore."""

import contextlib
import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.files.walk import entries
from cargo_hone.snapshot.manifest import File


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """What a target directory has: the status of each name, relative to it, and what symbolic links say."""

    names: Mapping[bytes, os.stat_result]
    links: Mapping[bytes, bytes]

    def has(self, file: File, *, shift_ns: int) -> bool:
        """Whether a file is there as it would be written."""
        status = self.names.get(file.path)
        return (
            status is not None
            and stat.S_ISREG(status.st_mode)
            and status.st_size == file.size_bytes
            and status.st_mtime_ns == file.mtime_ns + shift_ns
            and stat.S_IMODE(status.st_mode) == file.mode
        )

    def without(self, gone: Iterable[bytes]) -> "Present":
        """The same after these names have gone."""
        names = set(gone)
        if not names:
            return self
        return Present(
            names={path: s for path, s in self.names.items() if path not in names},
            links={path: goal for path, goal in self.links.items() if path not in names},
        )


def look(target_dir: str) -> Present:
    """Walk a target directory. Raises OSError."""
    start = len(os.fsencode(target_dir)) + 1
    names: dict[bytes, os.stat_result] = {}
    links: dict[bytes, bytes] = {}
    for entry in entries(Path(target_dir)):
        # Not under cargo's locks: programs that run from here write files, and delete them.
        with contextlib.suppress(FileNotFoundError):
            path = os.fsencode(entry.path)[start:]
            names[path] = entry.stat(follow_symlinks=False)
            if entry.is_symlink():
                links[path] = os.fsencode(os.readlink(entry.path))  # noqa: PTH115
    return Present(names=names, links=links)
