"""Processes and their descendants, as Linux's /proc shows them (proc_pid_stat(5), proc_pid_statm(5)).

A process that has gone is not an error: it is left out. Without /proc (macOS, BSD) nothing is found.
"""

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One process. `cpu_s` is the user and system time of itself and of all the children it has waited for.

    `started_ticks` (since boot) tells a process from a later one with the same id.
    """

    pid: int
    parent: int
    session: int
    started_ticks: int
    cpu_s: float


def look(pid: int, *, proc: Path = PROC) -> Process | None:
    """Read one process; None where it has gone."""
    try:
        text = (proc / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    # The name may hold blanks and brackets; what follows its last bracket is field 3, the state.
    fields = text.rpartition(")")[2].split()
    ticks = sum(int(field) for field in fields[11:15])  # utime, stime, cutime, cstime
    return Process(
        pid=pid,
        parent=int(fields[1]),
        session=int(fields[3]),
        started_ticks=int(fields[19]),
        cpu_s=ticks / os.sysconf("SC_CLK_TCK"),
    )


def anonymous_bytes(pids: Iterable[int], *, besides: int = 0, proc: Path = PROC) -> int:
    """Sum up what the processes hold in memory that no file stands behind (heap, stacks): resident less shared.

    Program text, mapped libraries and the page cache are not in it: compilers share them, and the kernel takes
    them back when memory is short. Processes that were forked and have not become another program yet show the
    memory of their parent: of those only the largest counts, and none that shows that of the process `besides`.
    """
    by_size: dict[bytes, list[tuple[int, int]]] = {}
    for pid in {*pids, besides}:
        try:
            size, resident, shared, *_ = (proc / str(pid) / "statm").read_bytes().split()
        except (OSError, ValueError):
            continue
        by_size.setdefault(size, []).append((pid, max(0, int(resident) - int(shared))))
    pages = 0
    for alike in by_size.values():
        # Only where sizes agree to the page, the question arises.
        images = {pid: str(pid) if len(alike) == 1 else _image(pid, proc) for pid, _ in alike}
        largest: dict[str, int] = {}
        for pid, anonymous in alike:
            largest[images[pid]] = max(largest.get(images[pid], 0), anonymous)
        largest.pop(images.get(besides, ""), None)
        pages += sum(largest.values())
    return pages * os.sysconf("SC_PAGE_SIZE")


def _image(pid: int, proc: Path) -> str:
    """What tells one run of a program from another: where the kernel put its stack and its arguments, at random."""
    try:
        text = (proc / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return str(pid)
    fields = text.rpartition(")")[2].split()
    places = (fields[25], *fields[45:49])  # startstack, arg_start, arg_end, env_start, env_end
    return " ".join(places) if any(place != "0" for place in places) else str(pid)


class Family:
    """The descendants of some processes. It remembers what it has seen: a look reads only what is new.

    Who once belonged to it goes on doing so when its parent ends. With `own_session` as an ancestor's session,
    whatever shares *another* session with a member belongs to it as well: a child is known even where its
    parent ended between two looks.
    """

    def __init__(self, roots: Collection[int], *, proc: Path = PROC) -> None:
        self._roots = frozenset(roots)
        self._proc = proc
        self._known: dict[int, bool] = {}
        self._sessions: set[int] = set()
        self._foreign_sessions = {
            root.session for pid in roots if (root := look(pid, proc=proc)) is not None
        }

    def members(self) -> set[int]:
        """Look again; return the ids of the descendants that are there now, without the roots."""
        try:
            present = {int(name) for name in os.listdir(self._proc) if name.isdigit()}  # noqa: PTH208 - a hot path
        except OSError:
            return set()
        # An id that came round again between two looks would be mistaken; the kernel hands them out in a circle.
        for gone in self._known.keys() - present:
            del self._known[gone]
        new = {
            pid: process
            for pid in present - self._known.keys() - self._roots
            if (process := look(pid, proc=self._proc)) is not None
        }
        self._judge(new)
        return {pid for pid, belongs in self._known.items() if belongs}

    def _judge(self, new: Mapping[int, Process]) -> None:
        undecided = dict(new)
        found = True
        while found:
            found = False
            for pid, process in tuple(undecided.items()):
                if self._belongs(process):
                    self._known[pid] = found = True
                    if process.session not in self._foreign_sessions:
                        self._sessions.add(process.session)
                    del undecided[pid]
        self._known.update(dict.fromkeys(undecided, False))

    def _belongs(self, process: Process) -> bool:
        return (
            process.parent in self._roots
            or self._known.get(process.parent, False)
            or process.session in self._sessions
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerTimes:
    """What some servers and their descendants had used up at one moment: (pid, start) to seconds, by server."""

    cpu_s: Mapping[tuple[int, int], float]

    def of(self, pids: Collection[int]) -> bool:
        """Whether all these servers could be read."""
        return {pid for pid, _ in self.cpu_s} >= set(pids)

    def only(self, others: "ServerTimes") -> "ServerTimes":
        """Return the times of those servers that are in `others` as well."""
        return ServerTimes(cpu_s={who: s for who, s in self.cpu_s.items() if who in others.cpu_s})


class Servers:
    """Servers that work for builds, with the processes that they start. Each look reads only what is new."""

    def __init__(self, pids: Collection[int], *, proc: Path = PROC) -> None:
        self._proc = proc
        self._families = {pid: Family([pid], proc=proc) for pid in pids}

    @property
    def pids(self) -> tuple[int, ...]:
        """The servers themselves."""
        return tuple(self._families)

    def add(self, pids: Collection[int]) -> None:
        """Look at these as well from now on."""
        for pid in pids:
            self._families.setdefault(pid, Family([pid], proc=self._proc))

    def below(self) -> set[int]:
        """Return the processes that they started and that are there now."""
        return {pid for family in self._families.values() for pid in family.members()}

    def times(self) -> ServerTimes:
        """Read the CPU time of each server, of the children it waited for, and of those at work now."""
        times: dict[tuple[int, int], float] = {}
        for pid, family in self._families.items():
            server = look(pid, proc=self._proc)
            if server is None:
                continue
            at_work = (look(child, proc=self._proc) for child in family.members())
            at_work_s = sum(process.cpu_s for process in at_work if process is not None)
            times[pid, server.started_ticks] = server.cpu_s + at_work_s
        return ServerTimes(cpu_s=times)


def used_between(before: ServerTimes, after: ServerTimes) -> float | None:
    """Return the seconds of CPU between two readings; None where a server of the first is gone from the second.

    A server that is only in the second was started in between: all its time counts. Each reading of a process
    is cut off to a clock tick (10 ms), so the difference is exact to one tick for each process.
    """
    if before.cpu_s.keys() - after.cpu_s.keys():
        return None
    return sum(
        max(0.0, seconds - before.cpu_s.get(who, 0.0)) for who, seconds in after.cpu_s.items()
    )
