"""A text file with its positions, and the comments in it that silence a rule."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cargo_hone.doctor.finding import Place

_BOM = b"\xef\xbb\xbf"
_IGNORE = re.compile(r"(?:#|//|/\*)\s*hone:\s*ignore\[([^\]]*)\]")
_COMMENT = re.compile(r"\s*(?:#|//|/\*.*\*/\s*$)")


@dataclass(frozen=True, kw_only=True)
class Source:
    """A file's text, without a byte order mark; what is not UTF-8 in it is replaced. Lines end at LF."""

    path: Path
    text: str

    @cached_property
    def lines(self) -> list[str]:
        """The lines, without their ends."""
        return [line.removesuffix("\r") for line in self.text.split("\n")]

    def place(self, offset: int) -> Place:
        """Where the character with this number (from 0) stands."""
        line = self.text.count("\n", 0, offset)
        return Place(
            path=self.path,
            line=line + 1,
            column=offset - (self.text.rfind("\n", 0, offset) + 1) + 1,
        )

    def at(self, line: int, what: str) -> Place:
        """Where `what` first stands on a line (from 1); the line's first character where it does not."""
        column = self.lines[line - 1].find(what)
        return Place(path=self.path, line=line, column=max(column, 0) + 1)

    def ignores(self, line: int) -> frozenset[str]:
        """The rules that a comment on this line (from 1), or in the comment right above it, silences."""
        found = set(_ignored(self.lines[line - 1]))
        above = line - 2
        while above >= 0 and _COMMENT.match(self.lines[above]):
            found.update(_ignored(self.lines[above]))
            above -= 1
        return frozenset(found)


def _ignored(line: str) -> list[str]:
    return [name.strip() for found in _IGNORE.findall(line) for name in found.split(",")]


def decoded(path: Path, content: bytes) -> Source:
    """Return a file's text with its positions."""
    return Source(path=path, text=content.removeprefix(_BOM).decode(errors="replace"))
