"""Processes to be counted: they use a known amount of CPU, or hold a known amount of memory."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

BURN = "import time\nwhile time.process_time() < {}: pass\n"
_SERVER = """
import os, subprocess, sys, time
from pathlib import Path
order, done = Path(sys.argv[1]), Path(sys.argv[2])
while not order.exists():
    time.sleep(0.01)
order.unlink()
mine = time.process_time() + 0.15
while time.process_time() < mine: pass
subprocess.run([sys.executable, "-S", "-c", "import time\\nwhile time.process_time() < 0.25: pass"])
done.touch()
time.sleep(60)
"""
SERVER_USES_S = 0.40


def burn(seconds: float) -> tuple[str, ...]:
    """A command line that uses so much CPU, at least."""
    return (sys.executable, "-S", "-c", BURN.format(seconds))


@dataclass(kw_only=True)
class FakeServer:
    """Something like a cache's server: not a child of the build, and it has children of its own."""

    pid: int
    order: Path
    done: Path

    def pids(self) -> tuple[int, ...]:
        return (self.pid,)

    def asking(self, *, wait: bool = True) -> tuple[str, ...]:
        """A command line that lets the server work, as a client does; with `wait`, until it is done."""
        until = f"[ -e '{self.done}' ]" if wait else f"[ ! -e '{self.order}' ]"
        waiting = f"until {until}; do sleep 0.02; done"
        return ("sh", "-c", f"rm -f '{self.done}'; : >'{self.order}'; {waiting}")

    def stop(self) -> None:
        end(self.pid)


@contextmanager
def fake_server(place: Path) -> Iterator[FakeServer]:
    order, done = place / "order", place / "done"
    words = [sys.executable, "-S", "-c", _SERVER, str(order), str(done)]
    # Its parent ends at once: it is nobody's child here, as a daemon is not.
    started = subprocess.run(
        ["sh", "-c", '"$@" >/dev/null 2>&1 & echo $!', "sh", *words],
        start_new_session=True,
        capture_output=True,
        check=True,
    )
    server = FakeServer(pid=int(started.stdout), order=order, done=done)
    try:
        yield server
    finally:
        server.stop()


def group_name(pid: int) -> str:
    """All that /proc says of the groups that a process is in."""
    return Path(f"/proc/{pid}/cgroup").read_text()


def wait_for(path: Path) -> str:
    """Wait until a file has something in it; return that."""
    for _ in range(1000):
        with contextlib.suppress(FileNotFoundError):
            if text := path.read_text().strip():
                return text
        time.sleep(0.01)
    raise TimeoutError(path)


def end(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 9)
