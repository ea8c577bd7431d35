"""What a sweep hands to the history, and is given back by it: nouns alone, for a plan needs no database."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Trigger(StrEnum):
    """Who wanted a sweep."""

    ASKED = "asked"
    AUTO = "auto"
    WATCH = "watch"


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepRecord:
    """One sweep of a target directory, sizes in allocated bytes."""

    target_dir: Path
    before_bytes: int
    after_bytes: int
    deleted_units: int
    kept_units: int
    rebuilt_units: int | None
    """Units that the next build compiled; None where that was not tried."""
    skipped: str = ""
    """Why nothing was swept, if so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildTime:
    """One unit's whole compilation, in seconds.

    `profile` is the profile directory within the target directory (`debug`, `TRIPLE/release`), `hash` cargo's
    for the unit. `frontend_s` is the time until its metadata was there; None where nobody can start on that.
    """

    profile: str
    package: str
    hash: str
    wall_s: float
    frontend_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SweptPart:
    """What went for one reason, of one step (`dead`, `old`, `incremental sessions`, `live`)."""

    step: str
    reason: str
    pieces: int
    freed_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenUp:
    """A unit that was not dead and went for a budget, and how long it was foretold to compile, in seconds.

    `profile` is the profile directory within the target directory (`debug`, `TRIPLE/release`), `hash` cargo's.
    """

    profile: str
    package: str
    hash: str
    compile_s: float
