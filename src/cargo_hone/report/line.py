"""A line of text in named pieces, so that a terminal may colour what the plain text already says."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

WIDTH = 100
"""Columns; no line of ours is wider, unless one word is."""


class Tone(StrEnum):
    """What a piece of text is, not how it looks."""

    PLAIN = "plain"
    HEADING = "heading"
    GOOD = "good"
    BAD = "bad"
    QUIET = "quiet"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text of one tone."""

    text: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line, without its newline."""

    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        """The line as plain text."""
        return "".join(piece.text for piece in self.pieces).rstrip()


def line(*pieces: Piece | str) -> Line:
    """Make a line; a bare string is a plain piece."""
    return Line(pieces=tuple(Piece(piece) if isinstance(piece, str) else piece for piece in pieces))


def wrapped(head: Iterable[Piece], text: str, tone: Tone = Tone.PLAIN) -> tuple[Line, ...]:
    """Lay `text` out beside `head`, in as many lines as it takes, all of them starting in one column."""
    import textwrap  # noqa: PLC0415 - only where text is laid out

    pieces = tuple(head)
    indent = sum(len(piece.text) for piece in pieces)
    parts = textwrap.wrap(text, WIDTH - indent, break_long_words=False, break_on_hyphens=False) or [
        ""
    ]
    first = line(*pieces, Piece(parts[0], tone))
    return (first, *(line(" " * indent, Piece(part, tone)) for part in parts[1:]))
