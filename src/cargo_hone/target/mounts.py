"""Where file systems begin: what a target directory lies on, and what is mounted inside it (Linux)."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

_OCTAL = re.compile(r"\\([0-7]{3})")

# cargo (1.95, `is_on_nfs_mount`) takes no locks on NFS; flock over the others is local or missing.
_WITHOUT_LOCKS = frozenset({"nfs", "nfs4", "cifs", "smb3", "afs", "9p", "fuse.sshfs"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """One line of mountinfo: where, and the file system's type (`ext4`, `nfs4`, …)."""

    point: Path
    kind: str


def read_mounts(table: Path = Path("/proc/self/mountinfo")) -> tuple[Mount, ...]:
    """Return the mounts that this process sees, in mount order. Raises OSError without /proc."""
    return tuple(map(_mount, table.read_text("utf-8", "surrogateescape").splitlines()))


def _mount(line: str) -> Mount:
    # man 5 proc_pid_mountinfo: "ID PARENT MAJ:MIN ROOT POINT OPTIONS [optional…] - TYPE SOURCE SUPER".
    before, _, after = line.partition(" - ")
    point = _OCTAL.sub(lambda found: chr(int(found[1], 8)), before.split(" ")[4])
    return Mount(point=Path(point), kind=after.split(" ")[0])


def refusal(root: Path, mounts: tuple[Mount, ...]) -> str:
    """Say why the tree at `root` cannot be locked, or is not one file system; "" where it is fine."""
    real = Path(os.path.realpath(root))
    inside = [mount.point for mount in mounts if real in mount.point.parents]
    if inside:
        return f"something is mounted inside it, at {inside[0]}"
    # Later mounts hide earlier ones at the same point, so the last of the longest wins.
    holding = [mount for mount in mounts if real == mount.point or mount.point in real.parents]
    longest = max(holding, key=lambda mount: len(mount.point.parts), default=None)
    if longest is not None:
        kind = [mount for mount in holding if mount.point == longest.point][-1].kind
        if kind in _WITHOUT_LOCKS:
            return f"it lies on a network file system ({kind}), where cargo's locks do not hold"
    return ""
