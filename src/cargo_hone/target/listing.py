"""What is in one directory: each name by itself, or together what never matters by itself.

Of 300,000 names in a target directory some 60,000 are what a decision could be about. The others are files of
incremental sessions, objects of codegen units and what build scripts wrote: they go or stay with what they belong to.
"""

import contextlib
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from enum import Enum, auto

from cargo_hone.target.entry import BLOCK_BYTES, Entry, entry_of
from cargo_hone.target.tally import FLAGS, Facts, Sum

_OBJECTS = (".rcgu.o", ".rcgu.dwo")


class Detail(Enum):
    """How much is told of those files in a directory that have one name and that no process holds."""

    EACH = auto()
    OBJECTS_TOGETHER = auto()
    """One entry for all objects that one call of rustc left for one unit."""
    WITH_NOTES = auto()
    """Each by itself, and what fingerprints say is read with them."""
    SUMMED = auto()
    """Their number and bytes are those of the directory's own entry."""


def each(directory: str, devices: dict[int, int]) -> list[Entry]:
    """List a directory; what vanishes meanwhile is left out, and what is no directory is empty.

    `devices` is as for `entry_of`. Raises PermissionError where it cannot be listed.
    """
    with _scanned(directory) as scanned:
        listed = [_entry(directory, one, devices) for one in scanned]
    return [entry for entry in listed if entry is not None]


def without_objects(directory: str, devices: dict[int, int]) -> tuple[list[Entry], list[list[str]]]:
    """List a directory but for the objects of codegen units: of those the names alone, those of one call together.

    Raises as `each` does.
    """
    found: list[Entry] = []
    # (Hundreds of thousands of names: what is asked here of each is asked in the quickest way.)
    calls: dict[tuple[str, str] | str, list[str]] = defaultdict(list)
    with _scanned(directory) as scanned:
        for one in scanned:
            name = one.name
            # `<crate>-<hash>.<codegen unit>[.<call>].rcgu.o`: the unit's name and the call's tell what goes together.
            if name.endswith(_OBJECTS) and not one.is_dir(follow_symlinks=False):
                dots = 0 if name[0] == "." or ".." in name else name.count(".")
                if dots == 3:
                    calls[name[: name.index(".")]].append(name)
                    continue
                if dots == 4:
                    unit, _, call, _ = name.split(".", 3)
                    calls[unit, call].append(name)
                    continue
            entry = _entry(directory, one, devices)
            if entry is not None:
                found.append(entry)
    return found, [*calls.values()]


def told(directory: str, names: list[str], found: Sum, devices: dict[int, int]) -> Iterator[Entry]:
    """Yield what a sum stands for: what is apart, and of `names` (none for a whole directory) one for all others."""
    kept, count, blocks, first, apart, _ = found
    for name, is_directory, facts in apart:
        yield _of_facts(f"{directory}/{name}", facts, devices, is_directory=is_directory)
    if first is not None:
        own, *others = names if kept is None else kept
        yield _of_facts(f"{directory}/{own}", first, devices)._replace(
            allocated_bytes=blocks * BLOCK_BYTES, names=count, others=tuple(others)
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
    for found in each(entry.path, devices):
        if not found.is_directory:
            yield found


def _entry(directory: str, one: os.DirEntry[str], devices: dict[int, int]) -> Entry | None:
    try:
        status = one.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None  # Under cargo's locks nothing of cargo's vanishes.
    is_directory = one.is_dir(follow_symlinks=False)
    return entry_of(f"{directory}/{one.name}", status, devices, is_directory=is_directory)


def _of_facts(
    path: str, facts: Facts, devices: dict[int, int], *, is_directory: bool = False
) -> Entry:
    blocks, device, inode, links, mtime_ns = facts
    return Entry(
        path,
        blocks * BLOCK_BYTES,
        devices.setdefault(device, device),
        inode,
        1 if is_directory else links,
        mtime_ns,
        is_directory,
    )


@contextlib.contextmanager
def _scanned(directory: str) -> Iterator[Iterable[os.DirEntry[str]]]:
    # Through a descriptor: the kernel looks up one name for each file then, not a long path.
    try:
        descriptor = os.open(directory, FLAGS)
    except (FileNotFoundError, NotADirectoryError):
        yield ()  # It was a directory when it was listed; what was put there since is not ours to report.
        return
    try:
        with os.scandir(descriptor) as found:
            yield found
    finally:
        os.close(descriptor)
