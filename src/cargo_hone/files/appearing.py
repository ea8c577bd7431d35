"""Files that appear whole, under another name first; for many small ones: nothing is forced to the disk."""

import contextlib
import os
from collections.abc import Iterator

from cargo_hone.files import operation


@contextlib.contextmanager
def appearing(partial: str, goal: str) -> Iterator[None]:
    """Rename `partial`, which the block makes, to `goal` at its end; after an error remove it. Raises OSError."""
    try:
        yield
        operation.rename(partial, goal)
    except BaseException:
        with contextlib.suppress(OSError):
            operation.unlink(partial)
        raise


def write(partial: str, goal: str, content: bytes) -> None:
    """Make `content` the content of `goal`. Raises OSError."""
    descriptor = operation.create(partial, 0o666)
    with appearing(partial, goal):
        try:
            operation.write(descriptor, content, partial)
        finally:
            os.close(descriptor)
