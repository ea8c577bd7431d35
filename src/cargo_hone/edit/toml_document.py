"""Where things are in a TOML text: sections, entries and values with their spans.

The scanner finds positions and nothing else. It is given only texts that a parser has accepted, and what it
leads to is parsed again, so it need not judge what is valid. It reads TOML 1.0, and 1.1's inline tables over
several lines. Offsets count characters of the decoded text.
"""

import re
import tomllib
from dataclasses import dataclass
from enum import StrEnum

Step = str | int
"""A step of a path: a key, or the number of an element in an array of tables."""


class ValueKind(StrEnum):
    """What a value's text looks like."""

    SCALAR = "scalar"
    ARRAY = "array"
    INLINE_TABLE = "inline table"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An element of an array (`keys` is empty), or a `key = value` in an inline table."""

    keys: tuple[str, ...]
    start: int
    value: "Value"

    @property
    def end(self) -> int:
        """The offset behind the item, before any comma."""
        return self.value.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A value's text, from its first character to behind its last."""

    kind: ValueKind
    start: int
    end: int
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A `key = value` of a section; its line goes from the indentation to behind the line's end.

    `key_end` is the offset behind the key, before blanks and `=`.
    """

    keys: tuple[str, ...]
    line_start: int
    key_start: int
    key_end: int
    value: Value
    line_end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What stands between two headers; the first section has no header and an empty path.

    `body_start` is the offset behind the header's line, `end` the start of the next header's line.
    """

    path: tuple[Step, ...]
    header_start: int
    body_start: int
    end: int
    entries: tuple[Entry, ...]


def scan(text: str) -> tuple[Section, ...]:
    """Find the sections of a valid TOML text. Raises ValueError at what the scanner does not understand."""
    return _Scanner(text).sections()


_BLANKS = re.compile(r"[ \t]*")
_BLANK_LINES_AND_COMMENTS = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_REST_OF_LINE = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\n|\Z|\r\n)")
_SCALAR = re.compile(r"[^,\]}#\r\n]+")
_BARE = re.compile(r"[^\s.=\[\]{}\"'#,]+")
_QUOTED = re.compile(
    r'"""(?:[^\\]|\\.)*?"""(?:""|")?(?!")'
    r"|'''.*?'''(?:''|')?(?!')"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def sections(self) -> tuple[Section, ...]:
        found: list[Section] = []
        elements: dict[tuple[Step, ...], int] = {}
        path: tuple[Step, ...] = ()
        header_start = body_start = 0
        entries: list[Entry] = []
        while True:
            self._skip(_BLANK_LINES_AND_COMMENTS)
            line_start = self._line_start()
            if self._peek() not in {"[", ""}:
                entries.append(self._entry(line_start))
                continue
            at_end = self._peek() == ""
            end = len(self._text) if at_end else line_start
            found.append(
                Section(
                    path=path,
                    header_start=header_start,
                    body_start=body_start,
                    end=end,
                    entries=tuple(entries),
                )
            )
            if at_end:
                return tuple(found)
            path = self._header(elements)
            header_start, body_start, entries = line_start, self._at, []

    def _header(self, elements: dict[tuple[Step, ...], int]) -> tuple[Step, ...]:
        is_element = self._text.startswith("[[", self._at)
        self._at += 2 if is_element else 1
        self._skip(_BLANKS)
        keys = self._key()
        self._skip(_BLANKS)
        self._expect("]]" if is_element else "]")
        self._skip_line()
        path: tuple[Step, ...] = ()
        for number, key in enumerate(keys, start=1):
            path = (*path, key)
            if is_element and number == len(keys):
                elements[path] = elements.get(path, -1) + 1
            if path in elements:
                path = (*path, elements[path])
        return path

    def _entry(self, line_start: int) -> Entry:
        key_start = self._at
        keys = self._key()
        key_end = self._at
        self._skip(_BLANKS)
        self._expect("=")
        self._skip(_BLANKS)
        value = self._value()
        self._skip_line()
        return Entry(
            keys=keys,
            line_start=line_start,
            key_start=key_start,
            key_end=key_end,
            value=value,
            line_end=self._at,
        )

    def _key(self) -> tuple[str, ...]:
        keys: list[str] = []
        while True:
            start = self._at
            if self._peek() in {'"', "'"}:
                self._skip(_QUOTED)
                parsed = tomllib.loads(f"key = {self._text[start : self._at]}")
                keys.append(str(parsed["key"]))
            else:
                self._skip(_BARE)
                keys.append(self._text[start : self._at])
            end = self._at
            self._skip(_BLANKS)
            if self._peek() != ".":
                self._at = end
                return tuple(keys)
            self._at += 1
            self._skip(_BLANKS)

    def _value(self) -> Value:
        start = self._at
        match self._peek():
            case "[":
                items = self._items("]", keyed=False)
                kind = ValueKind.ARRAY
            case "{":
                items = self._items("}", keyed=True)
                kind = ValueKind.INLINE_TABLE
            case '"' | "'":
                self._skip(_QUOTED)
                return Value(kind=ValueKind.SCALAR, start=start, end=self._at)
            case _:
                self._skip(_SCALAR)
                # A date may have a blank in it, so blanks end no scalar; those at its end are not its own.
                end = start + len(self._text[start : self._at].rstrip())
                self._at = end
                return Value(kind=ValueKind.SCALAR, start=start, end=end)
        return Value(kind=kind, start=start, end=self._at, items=items)

    def _items(self, closing: str, *, keyed: bool) -> tuple[Item, ...]:
        items: list[Item] = []
        self._at += 1
        while True:
            self._skip(_BLANK_LINES_AND_COMMENTS)
            if self._peek() == closing:
                self._at += 1
                return tuple(items)
            start = self._at
            keys: tuple[str, ...] = ()
            if keyed:
                keys = self._key()
                self._skip(_BLANKS)
                self._expect("=")
                self._skip(_BLANKS)
            items.append(Item(keys=keys, start=start, value=self._value()))
            self._skip(_BLANK_LINES_AND_COMMENTS)
            if self._peek() != closing:
                self._expect(",")

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _skip(self, what: re.Pattern[str]) -> None:
        found = what.match(self._text, self._at)
        if found is None:
            raise ValueError(f"unexpected text at offset {self._at}")
        self._at = found.end()

    def _skip_line(self) -> None:
        self._skip(_REST_OF_LINE)

    def _expect(self, wanted: str) -> None:
        if not self._text.startswith(wanted, self._at):
            raise ValueError(f"no `{wanted}` at offset {self._at}")
        self._at += len(wanted)

    def _line_start(self) -> int:
        return self._text.rfind("\n", 0, self._at) + 1
