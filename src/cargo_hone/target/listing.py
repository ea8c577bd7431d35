"""What is in one directory: each name by itself, or together what never matters by itself.

Of 300,000 names in a target directory some 60,000 are what a decision could be about. The others are files of
incremental sessions, objects of codegen units and what build scripts wrote: they go or stay with what they belong to.
"""

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import assert_never

from cargo_hone.target.entry import BLOCK_BYTES, Entry, InUse, entry_of
from cargo_hone.target.layout import NO_LINK

_OBJECTS = ("o", "dwo")
_MOST_TEXT_BYTES = 1 << 16
"""What is longer is read by whoever wants it."""
# As `files.regular` does: neither a link nor a pipe is waited for.
_FILE = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


class Detail(Enum):
    """How much is told of those files in a directory that have one name and that no process holds."""

    EACH = auto()
    OBJECTS_TOGETHER = auto()
    """One entry for all objects that one call of rustc left for one unit."""
    WITH_NOTES = auto()
    """Each by itself, and what fingerprints say is read with them."""
    SUMMED = auto()
    """Their number and bytes are those of the directory's own entry."""


@dataclass(slots=True, kw_only=True)
class Found:
    """What is in one directory.

    `entries` are told by themselves, `names` files of `size_bytes` allocated bytes are not; `texts` are the files of a
    fingerprint that were read, by name.
    """

    entries: list[Entry]
    names: int = 0
    size_bytes: int = 0
    texts: dict[str, bytes] = field(default_factory=dict)


class _Objects:
    """Those of one call: the first one's name and status, the names of the others, the blocks of all."""

    __slots__ = ("blocks", "name", "others", "status")

    def __init__(self, name: str, status: os.stat_result) -> None:
        self.name = name
        self.status = status
        self.others: list[str] = []
        self.blocks = status.st_blocks


class Lister:
    """Lists directories; `in_use` is what matters by itself wherever it lies."""

    def __init__(self, in_use: InUse) -> None:
        self._inodes = frozenset(inode for _, inode in in_use.identities)
        self._paths = in_use.paths
        self._devices: dict[int, int] = {}

    def found(self, directory: str, detail: Detail) -> Found:
        """List a directory; what vanishes meanwhile is left out, and what is no directory is empty.

        Raises PermissionError where it cannot be listed.
        """
        # Through a descriptor: the kernel looks up one name for each file then, not a long path.
        try:
            descriptor = os.open(directory, NO_LINK)
        except (FileNotFoundError, NotADirectoryError):
            # It was a directory when it was listed; what was put there since is not ours to report.
            return Found(entries=[])
        try:
            with os.scandir(descriptor) as scanned:
                match detail:
                    case Detail.EACH:
                        return Found(entries=[one for one, _ in self._each(directory, scanned)])
                    case Detail.WITH_NOTES:
                        return self._with_notes(directory, scanned, descriptor)
                    case Detail.OBJECTS_TOGETHER:
                        return self._objects_together(directory, scanned)
                    case Detail.SUMMED:
                        return self._summed(directory, scanned)
                    case _:
                        assert_never(detail)
        finally:
            os.close(descriptor)

    def _each(
        self, directory: str, scanned: Iterable[os.DirEntry[str]]
    ) -> Iterator[tuple[Entry, os.stat_result]]:
        for one in scanned:
            try:
                status = one.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue  # Under cargo's locks nothing of cargo's vanishes.
            is_directory = one.is_dir(follow_symlinks=False)
            path = f"{directory}/{one.name}"
            yield entry_of(path, status, self._devices, is_directory=is_directory), status

    def _with_notes(
        self, directory: str, scanned: Iterable[os.DirEntry[str]], descriptor: int
    ) -> Found:
        found = Found(entries=[])
        sizes: dict[str, int] = {}
        for entry, status in self._each(directory, scanned):
            found.entries.append(entry)
            if stat.S_ISREG(status.st_mode) and status.st_size <= _MOST_TEXT_BYTES:
                sizes[entry.name] = status.st_size
        for name in sizes:
            if name[-5:] == ".json":
                for file in (name, name[:-5]):
                    size_bytes = sizes.get(file, 0)
                    if size_bytes:
                        # What cannot be read is not told of: whoever wants it will see why.
                        with contextlib.suppress(OSError):
                            text = _text(descriptor, file, size_bytes)
                            if len(text) == size_bytes:
                                found.texts[file] = text
        return found

    def _objects_together(self, directory: str, scanned: Iterable[os.DirEntry[str]]) -> Found:
        # (Hundreds of thousands of names: what is asked here of each is asked in the quickest way.)
        entries: list[Entry] = []
        calls: dict[tuple[str, str] | str, _Objects] = {}
        inodes, held_names = self._inodes, self._held_names(directory)
        for one in scanned:
            name = one.name
            try:
                status = one.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            is_directory = one.is_dir(follow_symlinks=False)
            # `<crate>-<hash>.<codegen unit>[.<call>].rcgu.o`: unit and call tell what goes together.
            parts = name.split(".")
            if (
                4 <= len(parts) <= 5
                and parts[-2] == "rcgu"
                and parts[-1] in _OBJECTS
                and "" not in parts
                and not is_directory
                and status.st_nlink == 1
                and status.st_ino not in inodes
                and name not in held_names
            ):
                call = parts[0] if len(parts) == 4 else (parts[0], parts[2])
                objects = calls.get(call)
                if objects is None:
                    calls[call] = _Objects(name, status)
                else:
                    objects.blocks += status.st_blocks
                    objects.others.append(name)
                continue
            path = f"{directory}/{name}"
            entries.append(entry_of(path, status, self._devices, is_directory=is_directory))
        for objects in calls.values():
            path = f"{directory}/{objects.name}"
            first = entry_of(path, objects.status, self._devices, is_directory=False)
            entries.append(
                first._replace(
                    allocated_bytes=objects.blocks * BLOCK_BYTES,
                    names=1 + len(objects.others),
                    others="/".join(objects.others),
                )
            )
        return Found(entries=entries)

    def _summed(self, directory: str, scanned: Iterable[os.DirEntry[str]]) -> Found:
        entries: list[Entry] = []
        names = blocks = 0
        inodes, held_names = self._inodes, self._held_names(directory)
        for one in scanned:
            try:
                status = one.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            is_directory = one.is_dir(follow_symlinks=False)
            if (
                is_directory
                or status.st_nlink != 1
                or status.st_ino in inodes
                or one.name in held_names
            ):
                path = f"{directory}/{one.name}"
                entries.append(entry_of(path, status, self._devices, is_directory=is_directory))
            else:
                names += 1
                blocks += status.st_blocks
        return Found(entries=entries, names=names, size_bytes=blocks * BLOCK_BYTES)

    def _held_names(self, directory: str) -> frozenset[str]:
        start = f"{directory}/"
        return frozenset(path[len(start) :] for path in self._paths if path.startswith(start))


def files_of(entry: Entry) -> Iterator[Entry]:
    """Yield the files that an entry stands for, each by itself; one that stands for nothing else alone.

    Raises PermissionError where their directory cannot be listed.
    """
    if entry.names == 1:
        yield entry
        return
    if not entry.is_directory:
        devices: dict[int, int] = {}
        for path in entry.paths:
            with contextlib.suppress(FileNotFoundError):
                yield entry_of(path, os.lstat(path), devices, is_directory=False)
        return
    nobody = InUse(identities=frozenset(), paths=frozenset())
    for found in Lister(nobody).found(entry.path, Detail.EACH).entries:
        if not found.is_directory:
            yield found


def _text(descriptor: int, name: str, size_bytes: int) -> bytes:
    """What a file says; nothing where it is not what was listed any more. Raises OSError."""
    file = os.open(name, _FILE, dir_fd=descriptor)
    try:
        return os.read(file, size_bytes + 1) if stat.S_ISREG(os.fstat(file).st_mode) else b""
    finally:
        os.close(file)
