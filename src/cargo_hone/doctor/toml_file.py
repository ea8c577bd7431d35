"""A TOML file: what it says, and where."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cargo_hone.doctor.finding import Place, Remove, Rewrite, Set, Syntax
from cargo_hone.doctor.source import Source, decoded

if TYPE_CHECKING:
    from cargo_hone.edit.toml_document import Value


@dataclass(frozen=True, kw_only=True)
class TomlFile:
    """A parsed file with its text."""

    source: Source
    values: Mapping[str, Any]

    @property
    def path(self) -> Path:
        """The file."""
        return self.source.path

    def value(self, *keys: str) -> Any:
        """What stands at a key; None where it is not there."""
        here: Any = self.values
        for key in keys:
            if not isinstance(here, Mapping) or key not in here:
                return None
            here = here[key]
        return here

    def place(self, *keys: str) -> Place:
        """Where a key stands, else the nearest table around it, else the file's start."""
        for length in range(len(keys), 0, -1):
            if (offset := self._offsets.get(keys[:length])) is not None:
                return self.source.place(offset)
        return self.source.place(0)

    def edited(self, *edits: Set | Remove) -> Rewrite:
        """Edits of this file."""
        return Rewrite(path=self.path, syntax=Syntax.TOML, edits=edits)

    @cached_property
    def _offsets(self) -> dict[tuple[str, ...], int]:
        from cargo_hone.edit.toml_document import scan  # noqa: PLC0415 - only for what is found

        found: dict[tuple[str, ...], int] = {}
        for section in scan(self.source.text):
            path = tuple(str(step) for step in section.path)
            if path:
                found.setdefault(path, section.header_start)
            for entry in section.entries:
                for keys, offset in _inside(entry.keys, entry.key_start, entry.value):
                    found[(*path, *keys)] = offset
        return found


def _inside(
    keys: tuple[str, ...], start: int, value: "Value"
) -> Iterator[tuple[tuple[str, ...], int]]:
    """Yield the keys of an entry and of the inline tables in it, with their offsets."""
    for length in range(1, len(keys) + 1):
        yield keys[:length], start
    for item in value.items:
        if item.keys:
            yield from (
                (keys + inner, at) for inner, at in _inside(item.keys, item.start, item.value)
            )


def parsed(path: Path, content: bytes) -> TomlFile:
    """Parse a file. Raises ValueError for what is not TOML, or not UTF-8."""
    content.decode()
    source = decoded(path, content)
    return TomlFile(source=source, values=_values(source.text))


def _values(text: str) -> dict[str, Any]:
    """Parse TOML 1.0; what is newer (cargo reads 1.1) is for a parser that takes long to import."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        from cargo_hone.edit import toml  # noqa: PLC0415

        return toml.parse(text)
