"""The highest memory use of a set of processes that comes and goes, by looking at it again and again."""

import os
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

from cargo_hone.measure.process_tree import anonymous_bytes

INTERVAL_S = 0.05
"""Between two looks; what lives shorter than this may be missed, so the peak is a lower bound."""
_FIRST_S = 0.005
_AT_MOST_SHARE = 0.01
"""Of one core, for looking: where a look takes long, they come less often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """The highest sum of anonymous memory in `looks` looks; None bytes where nothing was ever seen."""

    size_bytes: int | None
    looks: int


class MemoryWatch:
    """Looks at some processes from a thread of its own, from `start` until `stop`."""

    def __init__(self, processes: Callable[[], Collection[int]]) -> None:
        self._processes = processes
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="memory watch", daemon=True)
        self._highest_bytes = 0
        self._looks = 0

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> Peak:
        """Stop looking and say what was seen; may be called again."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()
        return Peak(size_bytes=self._highest_bytes or None, looks=self._looks)

    def _run(self) -> None:
        # Close together at first: a build with nothing to do is over soon.
        pause_s = _FIRST_S
        while not self._over.wait(pause_s):
            began_s = time.thread_time()
            now_bytes = anonymous_bytes(self._processes(), besides=os.getpid())
            self._highest_bytes = max(self._highest_bytes, now_bytes)
            self._looks += 1
            cost_s = time.thread_time() - began_s
            pause_s = max(min(2 * pause_s, INTERVAL_S), cost_s / _AT_MOST_SHARE)
