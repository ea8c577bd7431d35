"""The account of one build: opened before it, closed with what it and the cache's server used up."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from cargo_hone.measure.cgroup import Group
from cargo_hone.measure.cgroup_place import Version
from cargo_hone.measure.memory_peak import MemoryWatch
from cargo_hone.measure.process_tree import Family, Servers, ServerTimes, used_between
from cargo_hone.model import AccountingMethod

_QUIET_S = 0.05
"""A server that uses no CPU for so long is done with a build."""
_NOISE_S = 0.001
_SETTLE_AT_MOST_S = 2.0
_LOOK_AGAIN_S = 0.01
_COUNTED_SHARE = 0.8
_TICKS_S = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What a build used. `note` says why the method is not a better one, or what is missing; empty where nothing is.

    `cpu_s` is of everything that `method` counts. `server_cpu_s` is the part of the cache's servers, None where
    there was none or it is not known. `peak_memory_bytes` is the highest anonymous memory of all processes
    together that was seen (see `memory_peak`), None where nothing was. `settled_s` is how long the servers went
    on after the build; what they did then is counted as well.
    """

    cpu_s: float
    server_cpu_s: float | None
    peak_memory_bytes: int | None
    method: AccountingMethod
    note: str
    settled_s: float


class Account:
    """Watches one build, from entering to leaving. `group` is its control group, None where there is none.

    Entered, left and asked by the thread that starts the build.
    """

    def __init__(
        self,
        *,
        group: Group | None,
        servers: Callable[[], tuple[int, ...]],
        processes_seen: bool,
        note: str,
    ) -> None:
        self._group = group
        self._server_pids = servers
        self._note = note
        self._processes_seen = processes_seen
        self._servers = Servers(servers())
        self._ours = Family([os.getpid()])
        self._before = ServerTimes(cpu_s={})
        self._servers_in_group = False
        self._watch = MemoryWatch(self._processes)

    def __enter__(self) -> Self:
        self._before = self._servers.times()
        if self._group is not None:
            with suppress(OSError):
                below = self._servers.below()
                self._servers_in_group = self._group.adopt(self._servers.pids, below)
        if self._processes_seen:
            self._watch.start()  # before we join: a thread is born into the group of the one that starts it
        if self._group is not None:
            try:
                self._group.join()
            except OSError as error:
                self._note = f"the group of the build could not be entered: {error.strerror}"
                self._group = None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._watch.stop()

    def used(self, *, waited_cpu_s: float, compiled: bool) -> Used:
        """Close the account after the build. `waited_cpu_s` is what wait4 says of cargo and its children.

        A server may go on after it has answered (sccache writes its entries then): where something was
        compiled, it is waited for until it is quiet, 2 s at most, so that its work is in this account and not
        in the next one's.
        """
        peak_bytes = self._watch.stop().size_bytes if self._processes_seen else None
        settled_s = self._settle() if compiled else 0.0
        served_before = self._servers.pids
        self._servers.add(self._server_pids())
        served, after = self._servers.pids, self._servers.times()
        server_s = used_between(self._before, after) if after.of(served) else None
        outside_s: float | None = 0.0
        if not self._servers_in_group:
            # A server that a client started anew meanwhile is a child of the build's, and in its group.
            old = after.only(self._before)
            outside_s = used_between(self._before, old) if old.of(served_before) else None
        counted_s, note = self._counted(waited_cpu_s, outside_s)
        if self._group is not None and counted_s is not None:
            second = self._group.place.version is Version.V2
            method = AccountingMethod.CGROUP_V2 if second else AccountingMethod.CGROUP_V1
            cpu_s = counted_s
        elif self._processes_seen and server_s is not None:
            method, cpu_s = AccountingMethod.PROCESS_TREE, waited_cpu_s + server_s
        else:
            method, cpu_s = AccountingMethod.RUSAGE, waited_cpu_s
            note = _joined(note, "what the cache's server used is not known" if served else "")
        if self._group is not None and counted_s is None:
            peak_bytes = None  # those in the group were looked at, and they were not all
        return Used(
            cpu_s=cpu_s,
            server_cpu_s=server_s if served and self._processes_seen else None,
            peak_memory_bytes=peak_bytes,
            method=method,
            note=note,
            settled_s=settled_s,
        )

    def _counted(self, waited_cpu_s: float, outside_s: float | None) -> tuple[float | None, str]:
        """What the group shows, and servers outside of it; None where that cannot be right. And a note."""
        if self._group is None:
            return None, self._note
        try:
            counted_s = self._group.cpu_s()
        except (OSError, KeyError, ValueError) as error:
            return None, f"the group of the build could not be read: {error}"
        if counted_s < _COUNTED_SHARE * waited_cpu_s - _TICKS_S:
            return None, "the build did not run in its group"
        if outside_s is None:
            return None, "the cache's server is in another group, and ended or cannot be seen"
        if self._servers_in_group:
            return counted_s, self._note
        note = "the cache's server is in another group: its part is what /proc shows"
        return counted_s + outside_s, _joined(self._note, note)

    def _processes(self) -> set[int]:
        """Who works for the build now."""
        group, found = self._group, set[int]()  # asked by the thread that watches, too
        if group is not None:
            with suppress(OSError):
                found = group.members()
        if group is None or not self._servers_in_group:
            found |= {*self._servers.pids, *self._servers.below()}
        if group is None:
            found |= self._ours.members()
        return found - {os.getpid()}

    def _settle(self) -> float:
        """Wait until the servers are quiet; return the seconds for which they were not."""
        if not self._servers.pids:
            return 0.0
        began_s = now_s = busy_s = time.monotonic()
        last_s = self._servers_used_s()
        while now_s - busy_s < _QUIET_S and now_s - began_s < _SETTLE_AT_MOST_S:
            time.sleep(_LOOK_AGAIN_S)
            now_s, used_s = time.monotonic(), self._servers_used_s()
            if abs(used_s - last_s) > _NOISE_S:
                busy_s, last_s = now_s, used_s
        return busy_s - began_s

    def _servers_used_s(self) -> float:
        if self._group is not None and self._servers_in_group:
            with suppress(OSError):
                return self._group.cpu_s()
        return sum(self._servers.times().cpu_s.values())


def _joined(*notes: str) -> str:
    return "; ".join(filter(None, notes))
