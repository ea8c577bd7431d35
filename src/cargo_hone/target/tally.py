"""What files take that never matter by themselves, summed up; also as a program that does so beside ours.

As a program (`python tally.py`) it is told what processes hold, then lists of jobs, each answered by the list of what
was found; all as `marshal` writes it, after its length (8 bytes, little-endian). It ends with its input, and imports
next to nothing, so that it starts at once.
"""

import contextlib
import marshal
import os
import stat
import sys
from typing import Any, BinaryIO, NamedTuple

FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC

NOTES = "notes"
"""What is in the directory is told name by name, and what cargo wrote into its fingerprints."""
_MOST_TEXT_BYTES = 1 << 16
"""What is longer is read by whoever wants it."""

# Plain tuples, because `marshal` knows no others.
Job = tuple[str, list[list[str]] | str | None]
"""A directory, and groups of names in it; None where all that is in it shall be summed up; or NOTES."""
Facts = tuple[int, int, int, int, int]
"""Blocks, device, inode, links and modification time (nanoseconds) of one name."""
Apart = tuple[str, bool, Facts]
"""A name that is told by itself, whether it is a directory, its facts."""
Sum = tuple[list[str] | None, int, int, Facts | None, list[Apart], dict[str, bytes]]
"""What was summed up: the names (None: all of the group), how many, their blocks, facts of the first; what was not;
what was read, by name."""


class Held(NamedTuple):
    """Inodes and paths that processes hold: what has one of those is told by itself."""

    inodes: frozenset[int]
    paths: frozenset[str]


def done(job: Job, held: Held) -> list[Sum]:
    """Do one job: a sum for each group, or one for the whole directory.

    What vanishes meanwhile is left out, and what is no directory is empty. Raises OSError where it cannot be listed.
    """
    directory, groups = job
    try:
        # Through a descriptor: the kernel looks up one name for each file then, not a long path.
        descriptor = os.open(directory, FLAGS)
    except (FileNotFoundError, NotADirectoryError):
        # It was a directory when it was listed; what was put there since is not ours to report.
        groups = groups if isinstance(groups, list) else []
        return [([], 0, 0, None, [], {}) for _ in groups or (None,)]
    try:
        if groups is None:
            return [_whole(directory, descriptor, held)]
        if isinstance(groups, str):
            return [_notes(descriptor)]
        return [_group(directory, descriptor, names, held) for names in groups]
    finally:
        os.close(descriptor)


def facts_of(status: os.stat_result) -> Facts:
    """Return what matters of a file's status."""
    return (
        status.st_blocks,
        status.st_dev,
        status.st_ino,
        status.st_nlink,
        status.st_mtime_ns,
    )


def _whole(directory: str, descriptor: int, held: Held) -> Sum:
    names = blocks = 0
    apart: list[Apart] = []
    inodes, held_names = held.inodes, _held_names(directory, held)
    with os.scandir(descriptor) as found:
        for entry in found:
            try:
                status = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue  # Under cargo's locks nothing of cargo's vanishes.
            is_directory = entry.is_dir(follow_symlinks=False)
            if (
                is_directory
                or status.st_nlink != 1
                or status.st_ino in inodes
                or entry.name in held_names
            ):
                apart.append((entry.name, is_directory, facts_of(status)))
            else:
                names += 1
                blocks += status.st_blocks
    return None, names, blocks, None, apart, {}


def _notes(descriptor: int) -> Sum:
    apart: list[Apart] = []
    sizes: dict[str, int] = {}
    with os.scandir(descriptor) as found:
        for entry in found:
            try:
                status = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            name = entry.name
            apart.append((name, entry.is_dir(follow_symlinks=False), facts_of(status)))
            if stat.S_ISREG(status.st_mode):
                sizes[name] = status.st_size
    texts: dict[str, bytes] = {}
    for name in sizes:
        if name[-5:] == ".json":
            for file in (name, name[:-5]):
                size_bytes = sizes.get(file, 0)
                if 0 < size_bytes <= _MOST_TEXT_BYTES:
                    # What cannot be read is not told of: whoever wants it will see why.
                    with contextlib.suppress(OSError):
                        text = _text(descriptor, file, size_bytes)
                        if len(text) == size_bytes:
                            texts[file] = text
    return None, 0, 0, None, apart, texts


def _text(descriptor: int, name: str, size_bytes: int) -> bytes:
    """What a file says; nothing where it is not what was listed any more. Raises OSError."""
    # As `files.regular` does: neither a link nor a pipe is waited for.
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    file = os.open(name, flags, dir_fd=descriptor)
    try:
        return os.read(file, size_bytes + 1) if stat.S_ISREG(os.fstat(file).st_mode) else b""
    finally:
        os.close(file)


def _group(directory: str, descriptor: int, names: list[str], held: Held) -> Sum:
    blocks = 0
    first: Facts | None = None
    left_out: set[str] = set()
    apart: list[Apart] = []
    inodes, held_names = held.inodes, _held_names(directory, held)
    for name in names:
        try:
            status = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
        except FileNotFoundError:
            left_out.add(name)
            continue
        if status.st_nlink != 1 or status.st_ino in inodes or name in held_names:
            apart.append((name, False, facts_of(status)))
            left_out.add(name)
            continue
        if first is None:
            first = facts_of(status)
        blocks += status.st_blocks
    kept = [name for name in names if name not in left_out] if left_out else None
    return kept, len(names) - len(left_out), blocks, first, apart, {}


def _held_names(directory: str, held: Held) -> frozenset[str]:
    start = len(directory) + 1
    return frozenset(path[start:] for path in held.paths if path.startswith(f"{directory}/"))


def answer() -> None:
    """Do what standard input asks for until it ends."""
    told, answers = sys.stdin.buffer, sys.stdout.buffer
    inodes, paths = _heard(told) or ((), ())
    held = Held(inodes=frozenset(inodes), paths=frozenset(paths))
    while (jobs := _heard(told)) is not None:
        found: list[list[Sum] | None] = []
        for job in jobs:
            try:
                found.append(done(job, held))
            except OSError:
                found.append(None)  # Who asked will see for itself, and say why.
        text = marshal.dumps(found)
        answers.write(len(text).to_bytes(8, "little") + text)
        answers.flush()


def _heard(told: BinaryIO) -> Any:
    """The next piece; None at the end."""
    length = told.read(8)
    return marshal.loads(told.read(int.from_bytes(length, "little"))) if length else None  # noqa: S302 (our own's)


if __name__ == "__main__":
    answer()
