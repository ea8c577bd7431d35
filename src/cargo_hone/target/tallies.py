"""Jobs of `tally` done here and, where there are many and a second processor, in a second process at the same time."""

import contextlib
import marshal
import os
import sys
import threading
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from cargo_hone.errors import HoneError
from cargo_hone.proc import conversing
from cargo_hone.target import tally
from cargo_hone.target.tally import Held, Job, Sum

_CHUNK_NAMES = 4_000
"""What takes some 10 ms: as long as one may wait for the other in the end."""
_MANY_NAMES = 5 * _CHUNK_NAMES
"""Below that a second process is not worth its start."""
_NAMES_IN_DIRECTORY = 50
"""Nobody knows before it is listed; a session of rustc's has some ten to some hundred."""


class Tallies:
    """Sums that were asked for: `add` what is to be done, then take all that was `found`, in the same order."""

    def __init__(self, held: Held) -> None:
        self._held = held
        self._chunks: list[list[Job]] = []
        self._found: dict[int, list[list[Sum]]] = {}
        self._open: list[Job] = []
        self._open_names = 0
        self._waiting: deque[int] = deque()
        self._changed = threading.Condition()
        self._is_over = False
        self._partner: threading.Thread | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        with self._changed:
            self._is_over = True
            self._changed.notify_all()
        if self._partner is not None:
            self._partner.join()

    def add(self, job: Job) -> None:
        """Ask for one more."""
        directory, groups = job
        if groups is None:
            self._put(job, _NAMES_IN_DIRECTORY)
            return
        some: list[list[str]] = []
        count = 0
        for names in groups:
            some.append(names)
            count += len(names)
            if count >= _CHUNK_NAMES:
                self._put((directory, some), count)
                some, count = [], 0
        if some:
            self._put((directory, some), count)

    def found(self) -> Iterator[tuple[Job, list[Sum]]]:
        """Do what is left; yield each job and what it found. Raises OSError where a directory cannot be listed."""
        self._close()
        while True:
            with self._changed:
                # From the other end than the second process.
                number = self._waiting.pop() if self._waiting else None
            if number is None:
                break
            self._found[number] = self._done(number)
        with self._changed:
            self._changed.wait_for(lambda: len(self._found) == len(self._chunks) or self._waiting)
            lost = [number for number in range(len(self._chunks)) if number not in self._found]
            self._waiting.clear()
        for number in lost:
            self._found[number] = self._done(number)
        chunks, self._chunks = self._chunks, []
        found, self._found = self._found, {}
        for number, jobs in enumerate(chunks):
            yield from zip(jobs, found[number], strict=True)

    def _put(self, job: Job, names: int) -> None:
        self._open.append(job)
        self._open_names += names
        if self._open_names >= _CHUNK_NAMES:
            self._close()

    def _close(self) -> None:
        """Make a chunk of what was added."""
        if not self._open:
            return
        with self._changed:
            self._waiting.append(len(self._chunks))
            self._chunks.append(self._open)
            self._changed.notify_all()
        self._open, self._open_names = [], 0
        is_many = len(self._waiting) * _CHUNK_NAMES >= _MANY_NAMES
        if is_many and self._partner is None and len(os.sched_getaffinity(0)) > 1:
            self._partner = threading.Thread(target=self._share, name="tally")
            self._partner.start()

    def _done(self, number: int) -> list[list[Sum]]:
        return [tally.done(job, self._held) for job in self._chunks[number]]

    def _share(self) -> None:
        """Hand chunks to a second process, one at a time. What it cannot do is left to whoever asks for the results."""
        argv = [sys.executable, "-I", "-S", "-X", f"utf8={sys.flags.utf8_mode}"]
        number: int | None = None
        # Whatever is wrong with it (no memory, no such file in a zip archive): the work is done here then.
        with contextlib.suppress(OSError, EOFError, ValueError, TypeError, HoneError):
            with conversing([*argv, Path(tally.__file__)]) as (told, answers):
                marshal.dump((tuple(self._held.inodes), tuple(self._held.paths)), told)
                while (number := self._next()) is not None:
                    marshal.dump(self._chunks[number], told)
                    told.flush()
                    self._take(number, marshal.load(answers))  # noqa: S302 (from our own process)
                    number = None
        with self._changed:
            if number is not None:
                self._waiting.append(number)
            self._changed.notify_all()
