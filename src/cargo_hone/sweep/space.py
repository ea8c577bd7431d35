"""What is left on a file system."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """Bytes of one file system: in use, and free for people without privileges (root has a reserve)."""

    used_bytes: int
    free_bytes: int

    @property
    def used_share(self) -> float:
        """How full it is, 0 to 1, as `df` counts: the reserve left out."""
        whole = self.used_bytes + self.free_bytes
        return self.used_bytes / whole if whole else 1.0


def read_space(path: Path) -> Space:
    """Ask about the file system that holds `path`. Raises OSError."""
    status = os.statvfs(path)
    return Space(
        used_bytes=(status.f_blocks - status.f_bfree) * status.f_frsize,
        free_bytes=status.f_bavail * status.f_frsize,
    )
