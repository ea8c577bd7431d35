"""What `cargo hone sweep` was asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.sweep.budget import Budget
from cargo_hone.sweep.live import LiveCommand, parse

WAIT_S = 10.0
"""How long a build is waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The options, read. `budget` is None where no limit was given."""

    budget: Budget | None
    yes: bool
    dry_run: bool
    paths: tuple[Path, ...] = ()
    live: tuple[LiveCommand, ...] = ()
    verify: bool = False


def budget(
    max_bytes: int | None, min_free_bytes: int | None, older_than_s: float | None
) -> Budget | None:
    """Return what the three limits ask for together; None where none of them was given."""
    if (max_bytes, min_free_bytes, older_than_s) == (None, None, None):
        return None
    return Budget(max_bytes=max_bytes, min_free_bytes=min_free_bytes, older_than_s=older_than_s)


def live(texts: Sequence[str]) -> tuple[LiveCommand, ...]:
    """Read what was given with `--live`. Raises as `parse` does."""
    return tuple(parse(text) for text in texts)
