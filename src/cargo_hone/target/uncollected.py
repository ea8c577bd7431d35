"""Python's search for garbage in circles, left out where much is made and no circles are."""

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Do not search while the block runs: it goes through all that there is, again and again.

    That was a quarter of the time for a target directory of 300,000 entries. What nobody holds goes as ever.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
