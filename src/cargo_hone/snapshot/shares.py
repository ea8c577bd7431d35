"""Many files, some of them large, as shares of the work of a few threads."""

from collections.abc import Callable, Iterator, Sequence

_LARGE_BYTES = 8 * 2**20


def shares(
    numbers: Sequence[int], size_bytes: Callable[[int], int], *, at_once: int
) -> Iterator[Sequence[int]]:
    """Split the files with these numbers: large ones first, each by itself, then `at_once` of the others together.

    So no thread begins with a large one when the others are done. (To hand over a small one takes as long as it does.)
    """
    large = [number for number in numbers if size_bytes(number) > _LARGE_BYTES]
    for number in sorted(large, key=size_bytes, reverse=True):
        yield (number,)
    apart = frozenset(large)
    small = [number for number in numbers if number not in apart]
    for start in range(0, len(small), at_once):
        yield small[start : start + at_once]
