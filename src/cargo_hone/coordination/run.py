"""One run of the main job, told to whoever listens: what the command line plugs in.

    with begin(settings.coordination, root=root, state_dir=state_dir, env=env, note=console.note) as told:
        ended = optimize(proposal, …, emit=to_all((progress, told.emit)))
        told.measured(ended.run)

Nothing here raises because of a listener, the memory or the disk: the run goes on without, and one note says so.
"""

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from cargo_hone.coordination import discovery, drain, keys, spool
from cargo_hone.coordination.memory import Memory, now, open_memory
from cargo_hone.coordination.records import Began, Ended, Header, Outcome, Record, Stored, happened
from cargo_hone.coordination.standing import Standing
from cargo_hone.errors import HoneError
from cargo_hone.events import Event, EventKind
from cargo_hone.history.run import RunRecord
from cargo_hone.settings.model import Coordination as Settings

_PATIENCE_S = 0.2
"""How long the run waits for another process that writes to the memory; it does not wait a second time."""


class Coordination:
    """The listeners of one run."""

    def __init__(
        self,
        standing: Standing,
        *,
        memory: Memory | None,
        writer: spool.Writer | None,
        note: Callable[[str], None],
    ) -> None:
        self._standing = standing
        self._memory = memory
        self._writer = writer
        self._note = note
        self._is_memory_held = False
        self._metrics = keys.figures(None)

    def emit(self, event: Event) -> None:
        """Take in one event: an `events.Emit`. Progress is for a terminal only."""
        if event.kind is EventKind.PROGRESS:
            return
        if self._standing.follow(event):
            self._remember_status()
        if event.kind is EventKind.BLOCKED:
            self._block(event.step, event.message)
        self._spool(happened(event, at=now()))

    def measured(self, run: RunRecord) -> None:
        """Take the final figures from the run's record."""
        self._metrics = keys.figures(run)

    def began(self) -> None:
        """Say that the work begins; the memory forgets the blockers and figures of the run before."""
        phase = self._standing.phase
        self._remember_status()
        self._remember(keys.metrics(phase), lambda _: self._metrics_text())
        self._remember(keys.blockers(phase), lambda _: keys.text([]))
        self._spool(Began(at=now()))

    def ended(self, outcome: Outcome, error: str = "") -> None:
        """Say that the work is over, and let go of everything."""
        self._standing.state, self._standing.error = outcome, error
        self._is_memory_held = False
        self._remember_status()
        self._remember(keys.metrics(self._standing.phase), lambda _: self._metrics_text())
        if error and outcome is Outcome.FAILED:
            self._block(self._standing.step or "coordination", error)
        self._spool(Ended(at=now(), outcome=outcome))
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        if self._memory is not None:
            self._memory.close()
            self._memory = None

    def _metrics_text(self) -> str:
        return keys.text({"run": self._standing.run, **self._metrics})

    def _remember_status(self) -> None:
        self._remember(keys.status(self._standing.phase), lambda _: self._standing.text())

    def _block(self, step: str, message: str) -> None:
        run = self._standing.run

        def add(value: str | None) -> str:
            return keys.with_blocker(value, run=run, step=step, message=message)

        self._remember(keys.blockers(self._standing.phase), add)

    def _remember(self, key: str, change: Callable[[str | None], str]) -> None:
        if self._memory is None or self._is_memory_held:
            return
        try:
            self._memory.update(key, change)
        except HoneError as error:
            self._is_memory_held = True
            self._note(f"coordination goes on without its memory: {error.message}")

    def _spool(self, record: Record) -> None:
        if self._writer is None:
            return
        try:
            self._writer.append(record)
        except OSError as error:
            self._writer.close()
            self._writer = None
            self._note(f"coordination goes on without its listeners: {error}")


@contextlib.contextmanager
def begin(
    settings: Settings,
    *,
    root: Path,
    state_dir: Path,
    env: Mapping[str, str],
    note: Callable[[str], None],
    offline: bool = False,
) -> Iterator[Coordination]:
    """Tell the listeners of the work within the block; how the block ends is how the run ended.

    `env` is what the listeners run in. `note` gets what the user should know where something is missing.
    """
    header = _header(settings, root=root, env=env, offline=offline)
    standing = Standing(
        phase=settings.memory_prefix,
        run=header.run,
        workspace=header.root,
        claude_flow=header.claude_flow,
        started=now(),
    )
    writer = _writer(header, state_dir, note)
    memory = _memory(state_dir, note)
    told = Coordination(standing, memory=memory, writer=writer, note=note)
    told.began()
    _drain(state_dir, env, note)
    try:
        yield told
    except KeyboardInterrupt:
        told.ended(Outcome.INTERRUPTED)
        raise
    except HoneError as error:
        told.ended(Outcome.FAILED, error.message)
        raise
    except BaseException as error:
        told.ended(Outcome.FAILED, repr(error))
        raise
    told.ended(Outcome.FINISHED)


def mirror(
    settings: Settings,
    *,
    root: Path,
    state_dir: Path,
    env: Mapping[str, str],
    key: str,
    value: str,
    note: Callable[[str], None],
    offline: bool = False,
) -> None:
    """Tell claude-flow, where it is there, of a value that somebody put into the memory."""
    header = _header(settings, root=root, env=env, offline=offline)
    if not header.claude_flow:
        return
    writer = _writer(header, state_dir, note)
    if writer is None:
        return
    try:
        writer.append(Stored(at=now(), key=key, value=value))
    except OSError as error:
        note(f"claude-flow is not told: {error}")
    finally:
        writer.close()
    _drain(state_dir, env, note)


def _header(settings: Settings, *, root: Path, env: Mapping[str, str], offline: bool) -> Header:
    return Header(
        run=f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{os.getpid()}",
        root=str(root),
        settings=settings,
        claude_flow=discovery.wanted(settings, root=root, env=env),
        offline=offline,
    )


def _writer(header: Header, state_dir: Path, note: Callable[[str], None]) -> spool.Writer | None:
    settings = header.settings
    if not (header.claude_flow or settings.command or settings.jsonl):
        return None
    try:
        return spool.Writer(state_dir, header)
    except OSError as error:
        note(f"coordination goes on without its listeners: {error}")
        return None


def _memory(state_dir: Path, note: Callable[[str], None]) -> Memory | None:
    try:
        return open_memory(state_dir, patience_s=_PATIENCE_S)
    except HoneError as error:
        note(f"coordination goes on without its memory: {error.message}")
        return None


def _drain(state_dir: Path, env: Mapping[str, str], note: Callable[[str], None]) -> None:
    """Start a drain where there is something to tell: this run's, or what a killed drain left."""
    if not spool.pending(state_dir):
        return
    try:
        drain.start(state_dir, env)
    except OSError as error:
        note(f"coordination goes on without its listeners: {error}")
