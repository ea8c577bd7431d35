"""What everything that worked for a build used up: cargo, the compilers, and the cache's server with its own.

The kernel's count for a control group of the build is taken where one can be had (the server is moved into it for the
build's time). Without one, on Linux, it is what cargo and the children it waited for used (wait4(2)), and what
the server and its compilers used more than before (/proc). Without /proc, the server is not counted. Each answer
says which it is, and why it is not a better one.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache

from cargo_hone.measure import cgroup
from cargo_hone.measure.account import Account
from cargo_hone.measure.cgroup_place import NoPlace, Place, Version, own_places
from cargo_hone.measure.process_tree import look
from cargo_hone.model import AccountingMethod


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounting:
    """A way to count that works on this machine; `note` says why it is not a better one.

    `place` is where control groups can be made; `processes_seen` whether there is a /proc to look at.
    """

    place: Place | None = None
    processes_seen: bool = True
    note: str = ""

    @property
    def method(self) -> AccountingMethod:
        """What is counted with, unless something goes wrong on the way."""
        if self.place is not None:
            second = self.place.version is Version.V2
            return AccountingMethod.CGROUP_V2 if second else AccountingMethod.CGROUP_V1
        return AccountingMethod.PROCESS_TREE if self.processes_seen else AccountingMethod.RUSAGE

    @contextmanager
    def account(self, servers: Callable[[], tuple[int, ...]] = tuple) -> Iterator[Account]:
        """Open the account of one build. `servers` tells the processes of the cache's servers, each time anew."""
        made, note = None, self.note
        with ExitStack() as stack:
            if self.place is not None:
                try:
                    made = stack.enter_context(cgroup.group(self.place))
                except OSError as error:  # it worked when it was tried
                    note = f"no group could be made for this build: {error.strerror}"
            yield stack.enter_context(
                Account(group=made, servers=servers, processes_seen=self.processes_seen, note=note)
            )


@cache
def find_accounting() -> Accounting:
    """Choose the best way that really works here: it is tried out, once for each process of ours."""
    why_not = []
    for found in own_places():
        if isinstance(found, NoPlace):
            why_not.append(found.why)
            continue
        cgroup.remove_left_behind(found)
        refused = cgroup.refused(found)
        if not refused:
            return Accounting(place=found, note="; ".join(why_not))
        why_not.append(refused)
    seen = look(os.getpid()) is not None
    if not seen:
        why_not.append("there is no /proc: a cache's server cannot be seen")
    return Accounting(processes_seen=seen, note="; ".join(why_not))
