"""How the work on many files is divided among threads and processes.

To read or write a large file needs no Python: threads do it side by side. With small ones they would wait for each
other at every call of the system, and wake each other, which takes longer than the files (a save of 48,000 files by two
threads: 3.2 s of CPU time, by one 1.7 s). So small ones are one thread's; if they are many, other processes' as well.
"""

import os
import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

from cargo_hone.proc import processors

THREADS = max(2, min(8, os.cpu_count() or 2))
_LARGE_BYTES = 2**20
_MANY = 8_000
"""To make another process, and to hear what it did, takes as long as some hundred files."""
_MOST_PROCESSES = 4
T = TypeVar("T")


def by_size(
    numbers: Sequence[int], size_bytes: Callable[[int], int]
) -> tuple[list[int], list[int]]:
    """Return the large ones among files with these numbers, the largest first, and the others in their order."""
    large = [number for number in numbers if size_bytes(number) > _LARGE_BYTES]
    small = [number for number in numbers if size_bytes(number) <= _LARGE_BYTES]
    return sorted(large, key=size_bytes, reverse=True), small


def among_processes(tasks: Sequence[T], *, files: int) -> list[list[T]]:
    """Divide tasks that are so many files among processes; the first part is this one's."""
    processes = 1
    if files > _MANY and sys.platform == "linux":
        processes = min(_MOST_PROCESSES, processors())
    return [list(tasks[number::processes]) for number in range(processes)]
