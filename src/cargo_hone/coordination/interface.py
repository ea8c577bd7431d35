"""What a sink is: something that says, for each record, which calls tell it to somebody. It makes none itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cargo_hone.coordination.records import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """What to run before a failed call is made once more, if `said` is in what it printed."""

    said: str
    argv: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program to run. `name` is what messages call it; `advice` what to do if its output has such a text."""

    name: str
    argv: tuple[str, ...]
    stdin: bytes | None = None
    remedy: Remedy | None = None
    advice: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line to append to a file."""

    path: Path
    text: str


Call = Program | Line


class Sink(Protocol):
    """Somebody who is told. Pure: what comes of the calls is nothing that a sink knows."""

    @property
    def name(self) -> str:
        """What messages call it."""
        ...

    @property
    def first_patience(self) -> int:
        """How many times the usual time limit the first call gets (it may have to be installed first)."""
        ...

    def calls(self, record: Record, *, index: int) -> Iterable[Call]:
        """Return what tells this record, the `index`-th of its run; asked for one after the other, lazily."""
        ...
