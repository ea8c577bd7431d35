"""The spool: one file a run, to which the run appends and from which the drain reads.

A run holds a lock on its file for as long as it lives, so that the drain sees its end, however it came. Nothing is
forced to the disk: what a power failure takes was only news.
"""

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Self

from cargo_hone.coordination.records import Header, Record, from_line, to_line

_POLL_S = 0.2
_TRIES = 2
"""So many times a record is begun before it is held to be what kills the drain."""


def directory(state_dir: Path) -> Path:
    """Return where the spools of a workspace lie."""
    return state_dir / "coordination" / "spool"


def pending(state_dir: Path) -> list[Path]:
    """Return the spools that are not drained yet (one may still be written to), the oldest first."""
    return sorted(directory(state_dir).glob("*.jsonl"))


def remove(spool: Path) -> None:
    """Take away a spool that is drained."""
    spool.unlink(missing_ok=True)
    spool.with_suffix(".cursor").unlink(missing_ok=True)


class Writer:
    """A run's end of its spool."""

    def __init__(self, state_dir: Path, header: Header) -> None:
        """Make the spool, with its header. Raises OSError."""
        place = directory(state_dir)
        place.mkdir(parents=True, exist_ok=True)
        path = place / f"{time.time_ns():020d}-{os.getpid()}.jsonl"
        hidden = path.with_suffix(".new")
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        self._descriptor = os.open(hidden, flags, 0o600)
        try:
            # Locked and headed before it gets the name under which a drain finds it.
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._write(to_line(header))
            hidden.rename(path)
        except BaseException:
            os.close(self._descriptor)
            with contextlib.suppress(OSError):
                hidden.unlink()
            raise

    def append(self, record: Record) -> None:
        """Append one record. Raises OSError; the spool then ends with what came before."""
        self._write(to_line(record))

    def _write(self, line: bytes) -> None:
        if os.write(self._descriptor, line) < len(line):
            raise OSError("the disk is full")

    def close(self) -> None:
        """Let go of the spool: the run is over."""
        os.close(self._descriptor)


class Reader:
    """The drain's end of a spool."""

    def __init__(self, path: Path) -> None:
        """Open a spool. Raises OSError."""
        self._path = path
        self._file: BinaryIO = path.open("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def is_live(self) -> bool:
        """Whether the run that writes it still lives."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        fcntl.flock(self._file, fcntl.LOCK_UN)
        return False

    def records(self) -> Iterator[Header | Record]:
        """Yield all records, waiting for more while the run lives. Raises ValueError for a line that is none.

        A last line without its end (the run was killed, the disk full) is left out.
        """
        pending = b""
        while True:
            live = self.is_live()  # asked before reading: what was written until then is read now
            *lines, pending = (pending + self._file.read()).split(b"\n")
            for line in lines:
                yield from_line(line)
            if not live:
                return
            time.sleep(_POLL_S)


class Cursor:
    """Which records of a spool were dealt with, so that the next drain goes on where one was killed.

    The record in hand is begun again (at least once, not at most once: a second `notify` harms nobody), but not for
    ever: it may be what kills the drain.
    """

    def __init__(self, spool: Path) -> None:
        self._path = spool.with_suffix(".cursor")
        self._index, self._tries = self._read()

    def take(self, index: int) -> bool:
        """Note that record `index` is begun, those before it done; False where it is done, or was begun too often."""
        if index < self._index or (index == self._index and self._tries >= _TRIES):
            return False
        self._tries = self._tries + 1 if index == self._index else 1
        self._index = index
        self._write()
        return True

    def _read(self) -> tuple[int, int]:
        try:
            index, tries = json.loads(self._path.read_bytes())
            return int(index), int(tries)
        except (OSError, ValueError, TypeError):
            # None yet, or half of one: from the beginning.
            return 0, 0

    def _write(self) -> None:
        # Not through files.atomic: its fsync would stall builds that are being measured.
        # On a full disk it stays behind: the next drain repeats more, this one goes on.
        temporary = self._path.with_suffix(".tmp")
        with contextlib.suppress(OSError):
            temporary.write_text(json.dumps([self._index, self._tries]))
            temporary.replace(self._path)
