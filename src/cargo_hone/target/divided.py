"""Many directories listed by several processes at a time: threads would wait for each other at every call.

The work is cut into pieces, whose numbers wait in a pipe: each process takes the next one when it has done its last, so
that all end at about the same time. The other processes are copies of this one (`forked`): what is to be done they know
already, and what they found they say at their end.
"""

import contextlib
import itertools
import marshal
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from cargo_hone.forked import Failed, Forked
from cargo_hone.proc import processors
from cargo_hone.target.entry import Entry
from cargo_hone.target.listing import WHOLE, Detail, Found, Lister, Part

MANY_NAMES = 8_000
"""Another process, and to hear what it found, takes as long as some thousand names."""
_PIECE_NAMES = 2_000
"""What takes some 5 ms: as long as one may wait for the other in the end."""
_MOST_PROCESSES = 4
_NUMBER_BYTES = 2
_MOST_PIECES = (1 << 16) // _NUMBER_BYTES
"""What a pipe holds."""
_LEAST_NAMES = 10
"""To open a directory takes as long as that many names in it."""
_NAMES_OF_FINGERPRINT = 15
_BYTES_OF_NAME = 64
"""In a directory of ext4; a guess is all that is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A directory, how much shall be told of it, and what it takes itself (allocated bytes)."""

    directory: str
    detail: Detail
    size_bytes: int
    part: Part = WHOLE

    @property
    def names(self) -> int:
        """About how many names are in it, a guess; a fingerprint takes as long as so many."""
        if self.detail is Detail.WITH_NOTES:
            return _NAMES_OF_FINGERPRINT
        return max(_LEAST_NAMES, self.size_bytes // _BYTES_OF_NAME) // self.part.count


def listed(tasks: Sequence[Task], lister: Lister) -> Iterator[tuple[Task, Found]]:
    """List all; yield each with what was found. No other thread may run.

    Raises PermissionError where a directory cannot be listed.
    """
    names = sum(task.names for task in tasks)
    count = min(processors(), _MOST_PROCESSES)
    if names < MANY_NAMES or sys.platform != "linux":
        count = 1
    pieces = _pieces(tasks, names, count)
    found = _divided(pieces, lister, count - 1) if count > 1 and len(pieces) > 1 else {}
    for number, piece in enumerate(pieces):
        done = found.pop(number, None) or _done(piece, lister)
        yield from zip(piece, done, strict=True)


def _pieces(tasks: Sequence[Task], all_names: int, processes: int) -> list[list[Task]]:
    """Cut into pieces of about the same length; what is longer than one comes first, the longest before all."""
    long: list[Task] = []
    pieces: list[list[Task]] = []
    least = max(_PIECE_NAMES, all_names // _MOST_PIECES)
    names = least
    for task in tasks:
        if task.names >= least:
            # Each lists all names then, but asks for its own files alone.
            is_cut = task.detail is Detail.OBJECTS_TOGETHER and task.names > all_names // processes
            count = processes if is_cut else 1
            long += [replace(task, part=Part(number=n, count=count)) for n in range(count)]
            continue
        if names >= least:
            pieces.append([])
            names = 0
        pieces[-1].append(task)
        names += task.names
    long.sort(key=lambda task: task.names, reverse=True)
    return [*([task] for task in long), *pieces]


def _divided(pieces: list[list[Task]], lister: Lister, others: int) -> dict[int, list[Found]]:
    """What was found of each piece; what no process could do is missing."""
    reading, writing = os.pipe()
    try:
        # The first one, which is the longest, is ours from the start: nobody has to tell us what is in it.
        numbers = range(1, len(pieces))
        os.write(writing, b"".join(n.to_bytes(_NUMBER_BYTES, "little") for n in numbers))
    finally:
        os.close(writing)
    found: dict[int, list[Found]] = {}
    elsewhere: list[Forked] = []
    try:
        # Where the system makes no more of them we do with those that there are.
        with contextlib.suppress(OSError):
            while len(elsewhere) < others:
                elsewhere.append(Forked(partial(_said, pieces, lister, reading)))
        for number in itertools.chain([0], _taken(reading)):
            found[number] = _done(pieces[number], lister)
        for forked in elsewhere:
            # Whatever became of it: then we do its part.
            with contextlib.suppress(OSError, Failed):
                found |= _heard(forked.result())
    finally:
        os.close(reading)
        for forked in elsewhere:
            forked.abandon()
    return found


def _taken(reading: int) -> Iterator[int]:
    """Yield numbers of pieces that are nobody's yet until there are none."""
    while number := os.read(reading, _NUMBER_BYTES):
        yield int.from_bytes(number, "little")


def _done(piece: list[Task], lister: Lister) -> list[Found]:
    return [lister.found(task.directory, task.detail, task.part) for task in piece]


def _said(pieces: list[list[Task]], lister: Lister, reading: int) -> bytes:
    """Do what is nobody's yet, and say it as `marshal` writes it, which knows plain tuples only."""
    found: list[tuple[int, list[Any]]] = []
    for number in _taken(reading):
        # What cannot be listed here is tried again by who hears that it is missing, and says why.
        with contextlib.suppress(OSError):
            done = _done(pieces[number], lister)
            plain = [
                ([tuple(entry) for entry in one.entries], one.names, one.size_bytes, one.texts)
                for one in done
            ]
            found.append((number, plain))
    return marshal.dumps(found)


def _heard(said: bytes) -> dict[int, list[Found]]:
    return {
        number: [
            Found(
                entries=[Entry._make(entry) for entry in entries],
                names=names,
                size_bytes=size_bytes,
                texts=texts,
            )
            for entries, names, size_bytes, texts in plain
        ]
        for number, plain in marshal.loads(said)  # noqa: S302 (from a copy of this process)
    }
