"""Telling the sinks of one run, from its spool."""

import contextlib
import math
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import assert_never

from cargo_hone.coordination import keys, spool, standing
from cargo_hone.coordination.claude_flow import ClaudeFlow, environment
from cargo_hone.coordination.command import Command
from cargo_hone.coordination.delivery import Delivery
from cargo_hone.coordination.interface import Sink
from cargo_hone.coordination.jsonl import JsonLines
from cargo_hone.coordination.memory import Memory, now, open_memory
from cargo_hone.coordination.records import (
    Began,
    Ended,
    Happened,
    Header,
    Outcome,
    Record,
    Stored,
)
from cargo_hone.errors import HoneError
from cargo_hone.quantity import parse_seconds

_AFTER_THE_RUN = 30
"""How many times the time limit of one call may pass after a run has ended; what is left then is dropped."""


def tell_spool(path: Path, *, state_dir: Path, env: Mapping[str, str]) -> None:
    """Tell what is in one spool, waiting for a run that still writes it. Raises OSError where it cannot be read."""
    with spool.Reader(path) as reader:
        records = _understood(reader, path)
        header = next(records, None)
        if not isinstance(header, Header):
            return
        telling = _Telling(header, state_dir, env)
        try:
            _tell_all(telling, records, spool.Cursor(path), _left(reader, header))
        finally:
            telling.close()


def _understood(reader: spool.Reader, path: Path) -> Iterator[Header | Record]:
    try:
        yield from reader.records()
    except ValueError as error:
        # Written by another version, or damaged: what came before was told, the drain's log has the rest.
        sys.stderr.write(f"{path.name} cannot be read to its end: {error}\n")


def _tell_all(
    telling: "_Telling",
    records: Iterator[Header | Record],
    cursor: spool.Cursor,
    left_s: Callable[[], float],
) -> None:
    index, began, ended, dropped = -1, False, False, 0
    for index, record in enumerate(records):
        match record:
            case Header():
                continue
            case Began():
                began = True
            case Ended():
                ended = True
            case Happened() | Stored():
                pass
            case _:
                assert_never(record)
        dropped += not telling.tell(record, index, cursor, left_s)
    if began and not ended:
        telling.run_was_killed()
        end = Ended(at=now(), outcome=Outcome.INTERRUPTED)
        dropped += not telling.tell(end, index + 1, cursor, left_s)
    if dropped:
        telling.blocked("coordination", f"{dropped} events could not be told in time")


def _left(reader: spool.Reader, header: Header) -> Callable[[], float]:
    """Return what says how many seconds are left: no end while the run lives, then so many."""
    limit_s = _AFTER_THE_RUN * parse_seconds(header.settings.timeout)
    until_s = math.inf

    def left_s() -> float:
        nonlocal until_s
        if until_s == math.inf and not reader.is_live():
            until_s = time.monotonic() + limit_s
        return max(0.0, until_s - time.monotonic())

    return left_s


class _Telling:
    """The sinks of one run, and its memory."""

    def __init__(self, header: Header, state_dir: Path, env: Mapping[str, str]) -> None:
        self._header = header
        self._prefix = header.settings.memory_prefix
        self._memory = _memory(state_dir)
        self._deliveries = tuple(self._wanted(env))

    def tell(
        self, record: Record, index: int, cursor: spool.Cursor, left_s: Callable[[], float]
    ) -> bool:
        """Tell one record to all sinks, unless that was done before; False where there was no time left."""
        if left_s() == 0.0:
            return False
        if not cursor.take(index):
            return True
        step = record.step if isinstance(record, Happened) else "coordination"
        for delivery in self._deliveries:
            delivery.tell(record, index=index, step=step, left_s=left_s)
        return True

    def blocked(self, step: str, message: str) -> None:
        """Put an error into the blockers."""

        def add(value: str | None) -> str:
            return keys.with_blocker(value, run=self._header.run, step=step, message=message)

        self._update(keys.blockers(self._prefix), add)

    def run_was_killed(self) -> None:
        """Say so in the status, which the run itself could not do any more."""

        def killed(value: str | None) -> str:
            changed = standing.after_a_kill(value, run=self._header.run)
            return changed if changed is not None else value or "null"

        self._update(keys.status(self._prefix), killed)

    def close(self) -> None:
        """Close the memory."""
        if self._memory is not None:
            self._memory.close()

    def _wanted(self, env: Mapping[str, str]) -> Iterator[Delivery]:
        header, settings = self._header, self._header.settings
        root = Path(header.root)
        if header.claude_flow:
            flow = ClaudeFlow(settings=settings, root=root, remembered=self._remembered)
            yield self._delivery(flow, environment(env, offline=header.offline))
        if settings.command:
            yield self._delivery(Command(header=header), env)
        if settings.jsonl:
            yield self._delivery(JsonLines(header=header), env)

    def _delivery(self, sink: Sink, env: Mapping[str, str]) -> Delivery:
        return Delivery(
            sink=sink,
            cwd=Path(self._header.root),
            env=env,
            timeout_s=parse_seconds(self._header.settings.timeout),
            blocked=self.blocked,
        )

    def _remembered(self, key: str) -> str:
        entry = None
        if self._memory is not None:
            with _logged():
                entry = self._memory.get(key)
        return entry.value if entry is not None else keys.before_any_run(self._prefix)[key]

    def _update(self, key: str, change: Callable[[str | None], str]) -> None:
        if self._memory is not None:
            with _logged():
                self._memory.update(key, change)


def _memory(state_dir: Path) -> Memory | None:
    with _logged():
        return open_memory(state_dir)
    return None


@contextlib.contextmanager
def _logged() -> Iterator[None]:
    """The memory itself cannot be had: where blockers would go, so the drain's log gets it."""
    try:
        yield
    except HoneError as error:
        sys.stderr.write(f"{error.message}\n")
