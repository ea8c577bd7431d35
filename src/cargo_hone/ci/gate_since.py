"""Since which commit it is worse: by the whole row of runs where that shows it, else by where head's own begin."""

from collections.abc import Sequence
from dataclasses import dataclass

from cargo_hone.history.course import MeasuredRun
from cargo_hone.measure.change_point import worse_since


@dataclass(frozen=True, slots=True, kw_only=True)
class Valued:
    """A run with its value: its median, in seconds (or a share, or a size)."""

    run: MeasuredRun
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """The first commit that was measured to be worse, and the last one before it that was not (None: not measured).

    `is_found` tells that the row of runs shows the change; else it is where the values leave what base had.
    """

    commit: str
    after: str | None
    is_found: bool
    between: int | None = None
    """How many commits lead from the one to the other; None where git was not asked, or cannot tell."""


def worse_from(
    base: Sequence[Valued], way: Sequence[Valued], head: Valued, *, most: float, fork: str | None
) -> Since | None:
    """Say since when values are above `most`, the largest that the budget permits.

    `base`, `way` and `head` in the order of their commits; `fork` is what head stands on, for a head whose base was not
    measured in history. None where head's commit is not known.
    """
    row = [*base, *way, head]
    found = worse_since([one.value for one in row])
    # A change within base's own runs is what head is held against, and none of head's.
    if found is not None and found.first >= len(base):
        first, before = row[found.first].run.commit, row[found.first - 1].run.commit
        if first is not None and before != first:
            return Since(commit=first, after=before, is_found=True)
    first_worse = len(row) - 1
    while first_worse > len(base) and row[first_worse - 1].value > most:
        first_worse -= 1
    commit = row[first_worse].run.commit
    if commit is None:
        return None
    after = row[first_worse - 1].run.commit if first_worse > len(base) else fork
    return Since(commit=commit, after=after, is_found=False)
