"""Which files processes run or have mapped: cargo holds no lock while `run` and `test` run their programs."""

import os
from collections.abc import Iterable
from itertools import chain
from operator import attrgetter
from pathlib import Path

from cargo_hone.target.entry import InUse
from cargo_hone.target.units import Unit, UnitId

__all__ = ["InUse", "read_in_use", "units_in_use"]


def read_in_use(root: Path, *, processes: Path = Path("/proc")) -> InUse:
    """Look through `processes` for programs and libraries that lie below `root`.

    Processes of other users are not visible without being root and are passed over, as are those that end
    meanwhile. Raises FileNotFoundError without /proc.
    """
    start = os.path.realpath(root) + "/"
    identities: set[tuple[int, int]] = set()
    paths: set[str] = set()
    for process in processes.iterdir():
        if not process.name.isdigit():
            continue
        try:
            # Through the link to the inode itself: right in other mount namespaces and after a rename, too.
            status = (process / "exe").stat()
            identities.add((status.st_dev, status.st_ino))
            mapped = (process / "maps").read_text("utf-8", "surrogateescape")
        except (FileNotFoundError, PermissionError, ProcessLookupError):
            continue
        paths |= _mapped_paths(mapped, start)
    for path in paths:
        try:
            status = Path(path).stat()
        except FileNotFoundError:
            continue  # "(deleted)": nothing of it is left to be kept.
        identities.add((status.st_dev, status.st_ino))
    return InUse(identities=frozenset(identities), paths=frozenset(paths))


def _mapped_paths(maps: str, start: str) -> set[str]:
    """Paths below `start` (which ends in a slash) in the lines of one `maps` file."""
    found: set[str] = set()
    for line in maps.splitlines():
        at = line.find(start)
        if at > 0:
            found.add(line[at:])
    return found


def units_in_use(units: Iterable[Unit], in_use: InUse) -> frozenset[UnitId]:
    """Return the units one of whose files is in use."""
    inodes = {inode for _, inode in in_use.identities}
    paths = in_use.paths
    units = tuple(units)
    entries = chain.from_iterable(
        tree for unit in units for tree in (unit.outputs, unit.build_tree)
    )
    if not paths and inodes.isdisjoint(map(attrgetter("inode"), entries)):
        return frozenset()
    return frozenset(
        unit.id
        for unit in units
        for tree in (unit.outputs, unit.build_tree)
        for entry in tree
        if (entry.inode in inodes or entry.path in paths) and in_use.holds(entry)
    )
