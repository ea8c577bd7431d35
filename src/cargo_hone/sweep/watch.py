"""Staying beside a target directory and looking again now and then, at the price of one statvfs.

The watch belongs to the session that it was started in (a terminal, a login): it ends when the process that
leads that session has ended. One that leads its own session (`setsid`) or ignores the hang-up (`nohup`) was meant
to outlive it, and ends with the machine or the container.
"""

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cargo_hone.sweep.space import read_space

_CHANGE_BYTES = 16 * 1024 * 1024
"""By how much the free space must have changed for the target directory to be worth a walk."""
_SESSION_EVERY_S = 2.0


def session_leader() -> tuple[int, str] | None:
    """Return the process that leads our session, with its start time; None where we are to outlive it."""
    leader = os.getsid(0)
    if leader == os.getpid() or signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        return None
    started = started_at(leader)
    # A leader that is not to be seen (it has ended already, or lives outside of the container) says nothing.
    return (leader, started) if started else None


@dataclass(slots=True, kw_only=True)
class Watch:
    """One watch of one target directory, every `every_s` seconds; `look` does what is to be done.

    `pause` waits for so many seconds; `leader` is the process with which it ends (None: none).
    """

    target_dir: Path
    every_s: float
    look: Callable[[], None]
    pause: Callable[[float], None] = time.sleep
    leader: tuple[int, str] | None = field(default_factory=session_leader)
    _looked_at_bytes: int | None = None
    _misses: int = 0
    _was_there: bool = False

    def stay(self) -> str:
        """Watch until there is nothing left to watch, and say why it ended. Raises what `look` raises."""
        while True:
            reason = self._round()
            if reason:
                return reason

    def _round(self) -> str:
        """Look once and wait; returns why the watch ends, "" where it goes on."""
        if not self.target_dir.parent.is_dir():
            return f"{self.target_dir.parent} is gone"
        if self.target_dir.is_dir():
            self._was_there, self._misses = True, 0
            self._look_where_it_changed()
        elif self._was_there:
            # `cargo clean` takes it away, and the next build makes it again: one look may miss it.
            self._misses += 1
            if self._misses > 1:
                return f"{self.target_dir} is gone"
        return self._wait()

    def _look_where_it_changed(self) -> None:
        free_bytes = _free_bytes(self.target_dir)
        known_bytes = self._looked_at_bytes
        if free_bytes is None or (
            known_bytes is not None and abs(free_bytes - known_bytes) < _CHANGE_BYTES
        ):
            return
        self.look()
        self._looked_at_bytes = _free_bytes(self.target_dir)

    def _wait(self) -> str:
        left_s = self.every_s
        while left_s > 0:
            if self.leader is not None and started_at(self.leader[0]) != self.leader[1]:
                return "the session that it was started in has ended"
            self.pause(min(left_s, _SESSION_EVERY_S))
            left_s -= _SESSION_EVERY_S
        return ""


def _free_bytes(directory: Path) -> int | None:
    try:
        return read_space(directory).free_bytes
    except FileNotFoundError:
        return None  # It went away just now: the next round counts that.


def started_at(pid: int) -> str:
    """Return when a process started, in the kernel's ticks (pids are used again); "" where there is none."""
    try:
        text = Path("/proc", str(pid), "stat").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return ""
    # Field 22 of man 5 proc_pid_stat; the second, in parentheses, may hold spaces. State Z has ended.
    words = text.rpartition(")")[2].split()
    return "" if words[0] == "Z" else words[19]
