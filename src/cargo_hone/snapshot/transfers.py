"""What moves to a remote or from it: several at a time, and counted."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass

from cargo_hone.snapshot import parts
from cargo_hone.snapshot.bundles import Bundle
from cargo_hone.snapshot.manifest import File

Progress = Callable[[int, int, int], None]
"""Called with how many blobs are done, of how many, and the bytes that travelled so far."""

_THREADS = 8
_LARGE_AT_ONCE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Travelled:
    """What a push or pull came to: large files are several blobs, small ones share one.

    `there` are blobs that were at the other side already.
    """

    blobs: int
    there: int
    moved_bytes: int


class Tally:
    """Counts what moved, and tells of it."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self._total, self._progress = total, progress
        self._lock = threading.Lock()
        self._done = self._there = self._bytes = 0

    def moved(self, size_bytes: int) -> None:
        """Count one blob that travelled."""
        self._add(1, 0, size_bytes)

    def there(self, count: int) -> None:
        """Count blobs that were there."""
        self._add(count, count, 0)

    def _add(self, count: int, there: int, size_bytes: int) -> None:
        with self._lock:
            self._done += count
            self._there += there
            self._bytes += size_bytes
            if self._progress is not None and count:
                self._progress(self._done, self._total, self._bytes)

    def result(self, more_bytes: int) -> Travelled:
        """Return what it came to, with bytes that were not counted."""
        return Travelled(blobs=self._done, there=self._there, moved_bytes=self._bytes + more_bytes)


def in_parallel(
    together: tuple[Callable[[Bundle], None], Sequence[Bundle]],
    alone: tuple[Callable[[File], None], Sequence[File]],
) -> None:
    """Bundles and small files many at a time, large ones few: their parts come several at a time already.

    The first error ends it.
    """
    do_bundle, some = together
    do, files = alone
    with ThreadPoolExecutor(_THREADS) as pool, ThreadPoolExecutor(_LARGE_AT_ONCE) as few:
        large = sorted(
            (file for file in files if file.size_bytes > parts.PART_BYTES),
            key=lambda file: -file.size_bytes,
        )
        waiting = [few.submit(do, file) for file in large]
        waiting += [pool.submit(do_bundle, bundle) for bundle in some]
        waiting += [pool.submit(do, file) for file in files if file.size_bytes <= parts.PART_BYTES]
        try:
            done, _ = wait(waiting, return_when=FIRST_EXCEPTION)
            for one in done:
                one.result()
        except BaseException:
            few.shutdown(wait=False, cancel_futures=True)
            pool.shutdown(wait=True, cancel_futures=True)
            raise
