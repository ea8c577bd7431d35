"""A control group for one build: what is started from within it, and what is moved into it, is counted by the kernel.

It is made below the group that we are in, never elsewhere: a limit that somebody set for us holds for the build
as well, and what remains in it can go back to where it came from.
"""

import contextlib
import itertools
import os
import re
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from cargo_hone.errors import HoneError
from cargo_hone.measure.cgroup_place import Place, Version, group_of
from cargo_hone.measure.process_tree import PROC
from cargo_hone.proc import run

_PROCESSES = "cgroup.procs"
_THREADS = "tasks"
_PREFIX = "cargo-hone-"
_PATIENCE_S = 0.2
_PROBE_S = 10.0
_numbers = itertools.count(1)


class Group:
    """One group of our own, below the one that we are in.

    We are in it ourselves while a build runs: so cargo is in it from its first instruction, without a program in
    between that would have to pass on the environment (a shell drops variables whose names it cannot use).
    What we use up meanwhile is taken off again.
    """

    def __init__(self, place: Place, directory: Path) -> None:
        self.place = place
        self.directory = directory
        self._own_before_s: float | None = None

    def join(self) -> None:
        """Enter it: what this thread starts from now on is in it. Raises OSError where the kernel refuses.

        Moving a process waits for all cores (RCU, some 10 ms) unless another move was made just before. With
        version 1 only this thread moves, which does not wait; it must be the one that starts the build.
        """
        self._own_before_s = self._own_cpu_s()
        _write(self.directory / self._entrance, 0)

    def leave(self) -> None:
        """Go back to where we came from; nothing where we are not in it."""
        if self._own_before_s is not None:
            _write(self.place.directory / self._entrance, 0)
            self._own_before_s = None

    def adopt(self, pids: Collection[int], below: Collection[int]) -> bool:
        """Move processes in, and those `below` them; False (and nothing moved) where one is not in our own group.

        To be called before `join`. Raises OSError where the kernel refuses (nothing is moved then). A process that
        has gone meanwhile is passed over.
        """
        if any(group_of(pid, self.place.version) != self.place.name for pid in pids):
            return False
        try:
            for pid in (*pids, *below):
                with contextlib.suppress(ProcessLookupError):
                    _write(self.directory / _PROCESSES, pid)
        except OSError:
            self._send_back()
            raise
        return True

    def members(self) -> set[int]:
        """Return the ids of the processes that are in it now."""
        return {int(line) for line in (self.directory / _PROCESSES).read_text().split()} - {0}

    def cpu_s(self) -> float:
        """Return the CPU seconds of everything that ran in the group since it was made, without ours."""
        own_s = 0.0 if self._own_before_s is None else self._own_cpu_s() - self._own_before_s
        text = (self.directory / self.place.usage_file).read_text()
        if self.place.version is Version.V1:
            return int(text) / 1e9 - own_s
        fields = dict(line.split(" ", 1) for line in text.splitlines())
        return int(fields["usage_usec"]) / 1e6 - own_s

    def remove(self) -> None:
        """Send whatever is in it back to our own group, and delete it. What cannot be deleted is left, empty."""
        give_up_s = time.monotonic() + _PATIENCE_S
        while True:
            self._send_back()
            try:
                self.directory.rmdir()
            except FileNotFoundError:
                return
            except OSError:  # a process forked meanwhile, or is on its way out
                if time.monotonic() > give_up_s:
                    return
                time.sleep(0.005)
            else:
                return

    def _send_back(self) -> None:
        with contextlib.suppress(OSError):
            for pid in self.members():
                with contextlib.suppress(OSError):
                    _write(self.place.directory / _PROCESSES, pid)

    @property
    def _entrance(self) -> str:
        return _THREADS if self.place.version is Version.V1 else _PROCESSES

    def _own_cpu_s(self) -> float:
        return time.thread_time() if self.place.version is Version.V1 else time.process_time()


@contextmanager
def group(place: Place) -> Iterator[Group]:
    """Make a group below ours; in the end we leave it and it is removed. Raises OSError where that is not allowed."""
    made = Group(place, place.directory / f"{_PREFIX}{os.getpid()}-{next(_numbers)}")
    made.directory.mkdir()
    try:
        yield made
    finally:
        try:
            with contextlib.suppress(OSError):  # `remove` sends us back as well
                made.leave()
        finally:
            made.remove()


def refused(place: Place) -> str:
    """Make a group, run a program in it, read its time: return why that does not work, empty where it does."""
    try:
        with group(place) as tried:
            if "cpu" in _controllers(tried.directory):
                return f"groups below {place.directory} also hand out CPU time"
            tried.join()
            finished = run(["cat", "/proc/self/cgroup"], timeout_s=_PROBE_S)
            used_s = tried.cpu_s()
            tried.leave()
    except (OSError, KeyError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        return f"no group can be used below {place.directory}: {reason}"
    except HoneError as error:
        return f"nothing can be started in a group below {place.directory}: {error.message}"
    if tried.directory.name not in finished.text:
        return f"a program started in a group below {place.directory} was not in it"
    return "" if used_s > 0 else f"a group below {place.directory} counts no CPU time"


def remove_left_behind(place: Place) -> None:
    """Remove the groups of runs that were killed; their processes (a server may live on) go back to our group."""
    with contextlib.suppress(OSError):
        for directory in place.directory.glob(f"{_PREFIX}*"):
            found = re.fullmatch(rf"{_PREFIX}(\d+)-\d+", directory.name)
            if found and not (PROC / found[1]).exists():
                Group(place, directory).remove()


def _controllers(directory: Path) -> list[str]:
    try:
        return (directory / "cgroup.controllers").read_text().split()
    except FileNotFoundError:
        return []  # version 1


def _write(path: Path, pid: int) -> None:
    """Put a process into a group, 0 being ourselves. Makes no file: where the group has gone, that is an error."""
    handle = os.open(path, os.O_WRONLY)
    try:
        os.write(handle, str(pid).encode())
    finally:
        os.close(handle)
