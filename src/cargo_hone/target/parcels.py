"""What two processes tell each other through pipes: one piece at a time, as `marshal` writes it, after its length.

The length tells how much to read at once: to read piece by piece what `marshal` asks for takes far longer.
"""

import marshal
import os
import select
import time
from typing import Any

_LENGTH_BYTES = 8
_PART_BYTES = 1 << 20


def send(descriptor: int, thing: Any, *, patience_s: float) -> None:
    """Write one piece into a pipe that does not block. Raises TimeoutError where nobody takes it, and OSError."""
    text = marshal.dumps(thing)
    rest = memoryview(len(text).to_bytes(_LENGTH_BYTES, "little") + text)
    until_s = time.monotonic() + patience_s
    while rest:
        _wait([], [descriptor], until_s)
        rest = rest[os.write(descriptor, rest[:_PART_BYTES]) :]


def receive(descriptor: int, *, patience_s: float) -> Any:
    """Read one piece. Raises TimeoutError where it does not come, EOFError at the end, ValueError for nonsense."""
    until_s = time.monotonic() + patience_s
    length = int.from_bytes(_exactly(descriptor, _LENGTH_BYTES, until_s), "little")
    return marshal.loads(_exactly(descriptor, length, until_s))  # noqa: S302 (from our own process)


def _exactly(descriptor: int, count: int, until_s: float) -> bytes:
    parts: list[bytes] = []
    while count > 0:
        _wait([descriptor], [], until_s)
        part = os.read(descriptor, min(count, _PART_BYTES))
        if not part:
            raise EOFError
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def _wait(reading: list[int], writing: list[int], until_s: float) -> None:
    ready = select.select(reading, writing, [], max(until_s - time.monotonic(), 0.0))
    if not any(ready):
        raise TimeoutError
