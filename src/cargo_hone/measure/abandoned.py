"""Builds that a killed session has left running: they are known by a variable in their environment."""

import contextlib
import os
import signal
import time
from pathlib import Path

PLACE_VARIABLE = "HONE_SCRATCH"
"""Everything that is started for a measurement inherits it; its value is the directory that the builds write to."""
_PATIENCE_S = 5.0


def end_processes(place: Path, *, proc: Path = Path("/proc")) -> int:
    """End what runs for the session of `place`, whose owner has died; returns how many processes there were.

    Only on systems with /proc (Linux). Elsewhere cargo ends by itself: nobody reads what it writes.
    """
    found = _processes(place, proc)
    ended = len(found)
    give_up_s = time.monotonic() + _PATIENCE_S
    # A cargo that dies may have just started one more compiler.
    while found and time.monotonic() < give_up_s:
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)
        found = _processes(place, proc)
    return ended


def _processes(place: Path, proc: Path) -> list[int]:
    wanted = f"{PLACE_VARIABLE}={place}".encode()
    found = []
    for entry in proc.glob("[0-9]*"):
        # Other people's processes cannot be read, and dead ones have no environment.
        with contextlib.suppress(OSError):
            words = (entry / "environ").read_bytes().split(b"\0")
            if wanted in words and int(entry.name) != os.getpid():
                found.append(int(entry.name))
    return found
