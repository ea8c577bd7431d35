"""What `cargo hone sweep` was asked for."""

from dataclasses import dataclass
from pathlib import Path

from cargo_hone.sweep.budget import Budget
from cargo_hone.sweep.live import LiveCommand

WAIT_S = 10.0
"""How long a build is waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The options, read. `budget` is None where no limit was given."""

    paths: tuple[Path, ...]
    budget: Budget | None
    live: tuple[LiveCommand, ...]
    verify: bool
    yes: bool
    dry_run: bool
