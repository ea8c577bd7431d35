"""Sweeping by itself: the thresholds of the place where it runs, and what they want. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from cargo_hone.quantity import parse_bytes, parse_share
from cargo_hone.settings.model import Disk, Thresholds
from cargo_hone.sweep.budget import Budget
from cargo_hone.sweep.space import Space


class Place(StrEnum):
    """Where we are, as the table of the settings that holds there."""

    MACHINE = "disk"
    CI = "disk.ci"
    CODESPACE = "disk.codespace"


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """The thresholds: sizes of the target directory in bytes, and how full its disk may be (0 to 1)."""

    warn_bytes: int
    sweep_bytes: int
    fail_share: float


def place_of(env: Mapping[str, str]) -> Place:
    """Say where we run: GitHub sets CODESPACES or GITHUB_ACTIONS, nearly every other pipeline CI."""
    if env.get("CODESPACES") == "true":
        return Place.CODESPACE
    if env.get("GITHUB_ACTIONS") == "true" or env.get("CI", "").lower() in {"true", "1"}:
        return Place.CI
    return Place.MACHINE


def marks_of(disk: Disk, place: Place) -> Marks:
    """Read the thresholds of a place. A `sweep` below `warn` counts as `warn`: there is nothing to sweep down to."""
    table: Thresholds
    match place:
        case Place.MACHINE:
            table = disk
        case Place.CI:
            table = disk.ci
        case Place.CODESPACE:
            table = disk.codespace
        case _:
            assert_never(place)
    warn_bytes = parse_bytes(table.warn)
    return Marks(
        warn_bytes=warn_bytes,
        sweep_bytes=max(parse_bytes(table.sweep), warn_bytes),
        fail_share=parse_share(table.fail),
    )


def wanted(place: Place, marks: Marks, *, size_bytes: int, space: Space) -> Budget | None:
    """Say which budget a target directory of `size_bytes` gets; None where nothing is to be done.

    Past `sweep`, and past `warn` on a disk that is fuller than `fail`, it goes down to `warn`. On a disk that is
    too full, and in a pipeline (where what is left gets into a cache), the dead go in any case.
    """
    is_full = space.used_share > marks.fail_share
    if size_bytes > marks.sweep_bytes or (is_full and size_bytes > marks.warn_bytes):
        return Budget(max_bytes=marks.warn_bytes, spares_if_futile=True)
    if is_full or place is Place.CI:
        return Budget()
    return None
