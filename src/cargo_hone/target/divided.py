"""Directories listed by several processes at a time: threads would wait for each other at every call of the system.

The other processes are copies of this one (`forked`). One is made for what is long as soon as that is known; what else
is to be done waits in pieces, of which some few lie in a pipe, and each process takes the next one when it has done its
last. So all end at about the same time, although nobody knows beforehand how much there is. What a copy found it says
at its end, and what it did not do is done here.
"""

import contextlib
import fcntl
import itertools
import marshal
import os
import sys
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from types import TracebackType
from typing import Any, NamedTuple, Self

from cargo_hone.forked import Failed, Forked
from cargo_hone.proc import processors
from cargo_hone.target.entry import Entry
from cargo_hone.target.listing import Detail, Found, Lister

MANY_NAMES = 10_000
"""Another process, and to hear what it found, takes as long as some thousand names."""
_PIECE_NAMES = 500
"""What takes some 2 ms."""
_MOST_PROCESSES = 4
_LEAST_NAMES = 10
"""To open a directory takes as long as that many names in it."""
_NAMES_OF_FINGERPRINT = 15
_BYTES_OF_NAME = 64
"""In a directory of ext4; a guess is all that is asked for."""
_FRAME_BYTES = 4096
"""A piece in the pipe: so much is written and read as a whole, whoever else reads (`PIPE_BUF` of Linux)."""
_PIPE_BYTES = 4 * _FRAME_BYTES
"""So few pieces wait for others that we do not wait for those long."""
_Plain = tuple[list[Any], int, int, dict[str, bytes]]


class Task(NamedTuple):
    """A directory, how much shall be told of it, and what it takes itself (allocated bytes)."""

    directory: str
    detail: Detail
    size_bytes: int

    @property
    def names(self) -> int:
        """About how many names are in it, a guess; a fingerprint takes as long as so many."""
        if self.detail is Detail.WITH_NOTES:
            return _NAMES_OF_FINGERPRINT
        return max(_LEAST_NAMES, self.size_bytes // _BYTES_OF_NAME)


class Divided:
    """Tasks that are added and then done, by this process and by others if they are many. No other thread may run."""

    def __init__(self, lister: Lister) -> None:
        self._lister = lister
        self._tasks: list[Task] = []
        self._waiting: deque[int] = deque()
        self._found: dict[int, Found] = {}
        self._yielded: set[int] = set()
        self._others: list[Forked] = []
        self._reading = self._feeding = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if self._reading >= 0:
            os.close(self._reading)
        self._feed_no_more()
        for other in self._others:
            other.abandon()

    def add(self, task: Task) -> None:
        """Ask for one more."""
        number = len(self._tasks)
        self._tasks.append(task)
        if task.names < MANY_NAMES or not self._make_another([number]):
            self._waiting.append(number)

    def found(self) -> Iterator[tuple[Task, Found]]:
        """Do what was added; yield each with what was found, our own part first. To be called once.

        Raises PermissionError where a directory cannot be listed.
        """
        if sum(self._tasks[number].names for number in self._waiting) >= MANY_NAMES:
            while self._make_another([]):
                pass
        while self._waiting:
            self._feed()
            for number in self._piece(self._waiting.popleft):
                self._do(number)
        self._feed_no_more()
        yield from self._done()
        for other in self._others:
            # Whatever became of it: then we do its part.
            with contextlib.suppress(OSError, Failed):
                self._found |= _heard(other.result())
        yield from self._done()
        for number in range(len(self._tasks)):
            if number not in self._yielded:
                self._do(number)
        yield from self._done()

    def _done(self) -> Iterator[tuple[Task, Found]]:
        """Yield what is done, and was not yielded before."""
        done, self._found = self._found, {}
        self._yielded.update(done)
        for number, found in done.items():
            yield self._tasks[number], found

    def _do(self, number: int) -> None:
        task = self._tasks[number]
        self._found[number] = self._lister.found(task.directory, task.detail)

    def _make_another(self, numbers: list[int]) -> bool:
        """Make another process, which does these first; says whether there is one more now."""
        most = min(processors(), _MOST_PROCESSES) - 1 if sys.platform == "linux" else 0
        if len(self._others) >= most:
            return False
        try:
            if self._reading < 0:
                self._make_pipe()
            self._others.append(Forked(partial(self._said, numbers)))
        except OSError:
            return False  # The system makes no more of them: we do with those that there are.
        return True

    def _make_pipe(self) -> None:
        self._reading, self._feeding = os.pipe()
        os.set_blocking(self._feeding, False)
        # What the system does not allow is left as it is: a longer pipe.
        with contextlib.suppress(OSError, AttributeError):
            fcntl.fcntl(self._feeding, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)

    def _piece(self, take: Callable[[], int]) -> list[int]:
        """Take numbers that wait, for about so long as a piece shall take."""
        numbers: list[int] = []
        names = 0
        while self._waiting and names < _PIECE_NAMES:
            numbers.append(take())
            names += self._tasks[numbers[-1]].names
        return numbers

    def _feed(self) -> None:
        """Put pieces into the pipe, from the end of what waits, as long as there is room for them."""
        while self._others and self._waiting:
            numbers = self._piece(self._waiting.pop)
            while len(frame := self._frame(numbers)) > _FRAME_BYTES:
                self._waiting.append(numbers.pop())
            if not numbers:
                return  # The path is that long: it is ours, when we come to it.
            try:
                os.write(self._feeding, frame.ljust(_FRAME_BYTES, b"\0"))
            except BlockingIOError:
                self._waiting.extend(reversed(numbers))
                return

    def _frame(self, numbers: list[int]) -> bytes:
        tasks = [(number, self._tasks[number]) for number in numbers]
        return marshal.dumps(
            [(number, task.directory, task.detail.value) for number, task in tasks]
        )

    def _feed_no_more(self) -> None:
        if self._feeding >= 0:
            os.close(self._feeding)
            self._feeding = -1

    def _said(self, first: list[int]) -> bytes:
        """Do these and then what is in the pipe; as `marshal` writes it, which knows plain tuples only."""
        self._feed_no_more()
        said: dict[int, _Plain] = {}
        tasks = [(number, *self._tasks[number][:2]) for number in first]
        for number, directory, detail in itertools.chain(tasks, self._fed()):
            # What cannot be listed here is tried again by who hears that it is missing, and says why.
            with contextlib.suppress(OSError):
                found = self._lister.found(directory, detail)
                entries = [tuple(entry) for entry in found.entries]
                said[number] = entries, found.names, found.size_bytes, found.texts
        return marshal.dumps(said)

    def _fed(self) -> Iterator[tuple[int, str, Detail]]:
        while frame := os.read(self._reading, _FRAME_BYTES):
            for number, directory, detail in marshal.loads(frame):  # noqa: S302 (from ourselves)
                yield number, directory, Detail(detail)


def _heard(said: bytes) -> dict[int, Found]:
    return {
        number: Found(
            entries=[Entry._make(entry) for entry in entries],
            names=names,
            size_bytes=size_bytes,
            texts=texts,
        )
        for number, (entries, names, size_bytes, texts) in marshal.loads(said).items()  # noqa: S302
    }
