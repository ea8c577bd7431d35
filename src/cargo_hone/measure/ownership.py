"""Whose scratch copy it is, and whether its owner still lives.

A process is known by its id, the time it was started and the machine (and boot) it runs on: an id alone comes
round again, and a directory may be shared with containers or over a network.
"""

import json
import os
import socket
from dataclasses import asdict, dataclass
from pathlib import Path

from cargo_hone.proc import run

MARKER_NAME = ".hone-scratch"
"""Only a directory that bears this file is ever taken for a scratch copy."""
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_START_TIME_FIELD = 22
"""Of /proc/PID/stat, in clock ticks since boot (proc_pid_stat(5))."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A process. `started` is opaque: equal for the same process, different for another one with its id."""

    pid: int
    started: str
    machine: str

    @property
    def is_gone(self) -> bool:
        """Whether the process has ended for certain; unknown for one on another machine, so False."""
        return self.machine == _machine() and _started(self.pid) != self.started


def mark(directory: Path) -> None:
    """Write down that `directory` belongs to this process."""
    pid = os.getpid()
    owner = Owner(pid=pid, started=_started(pid) or "", machine=_machine())
    (directory / MARKER_NAME).write_text(json.dumps(asdict(owner)) + "\n")


def owner_of(directory: Path) -> Owner | None:
    """Return who marked `directory`; None without a marker that we wrote."""
    try:
        said = json.loads((directory / MARKER_NAME).read_bytes())
        return Owner(pid=int(said["pid"]), started=said["started"], machine=said["machine"])
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError):
        return None


def _started(pid: int) -> str | None:
    """Return when a process was started, None if there is none of that id."""
    if not _BOOT_ID.exists():
        answer = run(["ps", "-o", "lstart=", "-p", str(pid)])  # macOS and the BSDs have no /proc
        return answer.text.strip() or None
    try:
        said = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The command's name, in parentheses, may hold blanks; counting starts behind it, at field 3.
    fields = said[said.rindex(")") + 2 :].split()
    return None if fields[0] in {"Z", "X"} else fields[_START_TIME_FIELD - 3]


def _machine() -> str:
    boot = _BOOT_ID.read_text().strip() if _BOOT_ID.exists() else ""
    # Processes of another container on this machine are invisible: its name space is part of the address.
    space = Path("/proc/self/ns/pid")
    return f"{socket.gethostname()} {boot} {space.readlink() if space.is_symlink() else ''}"
