"""Cargo's own locks on a target directory, held while it is judged and deleted from."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

from cargo_hone.errors import Busy
from cargo_hone.files.lock import try_exclusive
from cargo_hone.target.layout import Layout

_POLL_S = 0.1


def lock_files(layout: Layout) -> tuple[Path, ...]:
    """Return every lock file of cargo's that exists in any profile: the unit graph crosses profiles."""
    return tuple(file for profile in layout.profiles for file in profile.lock_files)


@contextlib.contextmanager
def locked(layout: Layout, *, wait_s: float = 0.0) -> Iterator[None]:
    """Hold all of cargo's locks exclusively while the block runs.

    A lock file that is missing is not made: made by root, the user's cargo could not open it. Raises Busy
    where one is still held after `wait_s` seconds, Unavailable where one cannot be opened.
    """
    give_up_s = time.monotonic() + wait_s
    with contextlib.ExitStack() as stack:
        while True:
            try:
                stack.enter_context(try_exclusive(lock_files(layout)))
                break
            except Busy:
                # All or none: to wait for one while holding another might stop two builds for good.
                if time.monotonic() >= give_up_s:
                    raise
            time.sleep(_POLL_S)
        yield
