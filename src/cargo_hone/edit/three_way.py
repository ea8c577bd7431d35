"""Taking our change back out of a file that somebody edited since: a line-based three-way merge."""

from difflib import SequenceMatcher


def without_ours(current: bytes, *, before: bytes, after: bytes) -> bytes | None:
    """Return `current` (an edited `after`) with our change from `before` to `after` taken back.

    Each of our hunks, with the line above and the line below it, must be as we left it; otherwise the answer
    is None, as it is for binary content. The neighbours count because a key means something else below
    another header.
    """
    if b"\0" in before + after + current:
        return None
    ours = after.splitlines(keepends=True)
    old, new = before.splitlines(keepends=True), current.splitlines(keepends=True)
    theirs = _changes(ours, new)
    result = list(new)
    for start, end, old_start, old_end in reversed(_changes(ours, old)):
        if any(_touches(start - 1, end + 1, hunk[0], hunk[1]) for hunk in theirs):
            return None
        # Their earlier hunks have moved ours by so many lines.
        moved = sum(
            (hunk[3] - hunk[2]) - (hunk[1] - hunk[0]) for hunk in theirs if hunk[1] <= start
        )
        result[start + moved : end + moved] = old[old_start:old_end]
    return b"".join(result)


def _changes(one: list[bytes], other: list[bytes]) -> list[tuple[int, int, int, int]]:
    """Return (start, end) in `one` and (start, end) in `other` of each difference, in order."""
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return [(i1, i2, j1, j2) for kind, i1, i2, j1, j2 in matcher.get_opcodes() if kind != "equal"]


def _touches(low: int, high: int, start: int, end: int) -> bool:
    """Whether the hunk [start, end), which may be an insertion (empty), lies in or cuts [low, high)."""
    if start == end:
        return low < start < high
    return start < high and end > low
