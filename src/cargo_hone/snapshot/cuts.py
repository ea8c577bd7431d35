"""Files cut into groups where their names say so: one file more or less changes one group, not all after it."""

import zlib
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def cut(
    sized: Iterable[tuple[T, bytes, int]], mean_files: int, most_bytes: int
) -> Iterator[list[T]]:
    """Yield groups of things, each given with path and size in bytes; several hold no more than `most_bytes`."""
    some: list[T] = []
    all_bytes = 0
    for one, path, size_bytes in sized:
        if some and all_bytes + size_bytes > most_bytes:
            yield some
            some, all_bytes = [], 0
        some.append(one)
        all_bytes += size_bytes
        if zlib.crc32(path) % mean_files == 0:
            yield some
            some, all_bytes = [], 0
    if some:
        yield some
