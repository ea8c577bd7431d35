"""Jobs of `tally` done here and, where there are many and a second processor, in a second process at the same time."""

import contextlib
import os
import sys
import threading
from collections import deque
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from cargo_hone.errors import HoneError
from cargo_hone.proc import conversing, processors
from cargo_hone.target import tally
from cargo_hone.target.parcels import receive, send
from cargo_hone.target.tally import Held, Job, Sum

_CHUNK_NAMES = 4_000
"""What takes some 10 ms: as long as one may wait for the other in the end."""
_MANY_NAMES = 5 * _CHUNK_NAMES
"""Below that a second process is not worth its start."""
_NAMES_IN_DIRECTORY = 50
"""A guess: nobody knows before it is listed. (To list and read a fingerprint takes about as long.)"""
_PATIENCE_S = 60.0
"""A second process that takes longer for a chunk hangs: it is ended, and the rest is done here."""


class Tallies:
    """Sums that were asked for: `add` what is to be done, then take all that was `found`, in the same order."""

    def __init__(self, held: Held) -> None:
        self._held = held
        self._chunks: list[list[Job]] = []
        self._found: dict[int, list[list[Sum] | None]] = {}
        self._open: list[Job] = []
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
        if not isinstance(groups, list):
            self._open.append(job)
            if len(self._open) * _NAMES_IN_DIRECTORY >= _CHUNK_NAMES:
                self._close()
            return
        some: list[list[str]] = []
        count = 0
        for names in groups:
            some.append(names)
            count += len(names)
            if count >= _CHUNK_NAMES:
                self._put([(directory, some)], is_long=True)
                some, count = [], 0
        if some:
            self._put([(directory, some)], is_long=True)

    def found(self) -> Iterator[tuple[Job, list[Sum]]]:
        """Do what is left; yield each job and what it found. Raises OSError where a directory cannot be listed."""
        self._close()
        while (number := self._last()) is not None:
            self._found[number] = [tally.done(job, self._held) for job in self._chunks[number]]
        chunks, self._chunks = self._chunks, []
        found, self._found = self._found, {}
        for number, jobs in enumerate(chunks):
            for job, sums in zip(jobs, found[number], strict=True):
                # What the other process could not list cannot be listed here: this says why.
                yield job, tally.done(job, self._held) if sums is None else sums

    def _close(self) -> None:
        """Make a chunk of the directories that were added."""
        if self._open:
            self._put(self._open, is_long=False)
            self._open = []

    def _put(self, jobs: list[Job], *, is_long: bool) -> None:
        with self._changed:
            number = len(self._chunks)
            self._chunks.append(jobs)
            # What is long to tell the other process is rather done here.
            if is_long:
                self._waiting.append(number)
            else:
                self._waiting.appendleft(number)
            self._changed.notify_all()
        is_many = len(self._waiting) * _CHUNK_NAMES >= _MANY_NAMES
        if is_many and self._partner is None and processors() > 1:
            self._partner = threading.Thread(target=self._share, name="tally", daemon=True)
            self._partner.start()

    def _first(self) -> int | None:
        """The next chunk for the second process; None when there will be none."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._is_over)
            return None if self._is_over else self._waiting.popleft()

    def _last(self) -> int | None:
        """The next chunk for us, from the other end; None when all are done."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or len(self._found) == len(self._chunks))
            return self._waiting.pop() if self._waiting else None

    def _share(self) -> None:
        """Hand chunks to a second process, one at a time; one that is not answered is done here."""
        argv = [sys.executable, "-I", "-S", "-X", f"utf8={sys.flags.utf8_mode}", tally.__file__]
        number: int | None = None
        # Whatever is wrong with it: we are slower without, that is all.
        with (
            contextlib.suppress(OSError, EOFError, ValueError, TypeError, HoneError),
            conversing(argv) as (told, answers),
        ):
            os.set_blocking(told.fileno(), False)
            ways = told.fileno(), answers.fileno()
            held = tuple(self._held.inodes), tuple(self._held.paths)
            send(ways[0], held, patience_s=_PATIENCE_S)
            while (number := self._first()) is not None:
                send(ways[0], self._chunks[number], patience_s=_PATIENCE_S)
                found = receive(ways[1], patience_s=_PATIENCE_S)
                with self._changed:
                    self._found[number] = found
                    self._changed.notify_all()
        with self._changed:
            if number is not None and number not in self._found:
                self._waiting.append(number)
            self._changed.notify_all()
