"""Where things are in a JSONC text (JSON with comments and trailing commas, as VS Code reads its settings)."""

import json
import re
from dataclasses import dataclass
from enum import StrEnum

from cargo_hone.edit.jsonc_data import Value

_DEPTH = 100
_GAP = re.compile(r"(?:[ \t\r\n]|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_WORD = re.compile(r"[^\s\"\[\]{},:/]+")
_LITERALS: dict[str, Value] = {"true": True, "false": False, "null": None}
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")


class Kind(StrEnum):
    """What a node is."""

    OBJECT = "object"
    ARRAY = "array"
    SCALAR = "scalar"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A key with its value, or an item of an array (`key` is None); `start` is where the key starts."""

    key: str | None
    start: int
    node: "Node"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A value from its first character to behind its last, and what it means."""

    kind: Kind
    start: int
    end: int
    value: Value
    members: tuple[Member, ...] = ()


def scan(text: str) -> Node:
    """Return the root. Raises ValueError for what is no JSONC, a key twice in an object too."""
    return _Scanner(text).root()


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def root(self) -> Node:
        self._skip_gap()
        node = self._node(0)
        self._skip_gap()
        if self._at < len(self._text):
            raise self._wrong("text behind the end")
        return node

    def _node(self, depth: int) -> Node:
        if depth > _DEPTH:
            raise ValueError(f"it is nested more than {_DEPTH} levels deep")
        start = self._at
        match self._peek():
            case "{":
                members = self._members("}", depth)
                pairs = {str(member.key): member.node.value for member in members}
                return Node(
                    kind=Kind.OBJECT, start=start, end=self._at, value=pairs, members=members
                )
            case "[":
                members = self._members("]", depth)
                items = [member.node.value for member in members]
                return Node(
                    kind=Kind.ARRAY, start=start, end=self._at, value=items, members=members
                )
            case '"':
                value: Value = self._string()
            case _:
                value = self._word()
        return Node(kind=Kind.SCALAR, start=start, end=self._at, value=value)

    def _members(self, closing: str, depth: int) -> tuple[Member, ...]:
        members: list[Member] = []
        keys: set[str] = set()
        self._at += 1
        while True:
            self._skip_gap()
            if self._peek() == closing:
                self._at += 1
                return tuple(members)
            start = self._at
            key = None
            if closing == "}":
                key = self._string()
                if key in keys:
                    raise self._wrong(f"the key `{key}` twice in an object")
                keys.add(key)
                self._skip_gap()
                self._expect(":")
                self._skip_gap()
            members.append(Member(key=key, start=start, node=self._node(depth + 1)))
            self._skip_gap()
            if self._peek() != closing:
                self._expect(",")

    def _string(self) -> str:
        found = _STRING.match(self._text, self._at)
        if found is None:
            raise self._wrong("no string where one should be")
        try:
            text = json.loads(found[0])
        except ValueError as error:
            raise self._wrong("a string that is not JSON") from error
        self._at = found.end()
        return str(text)

    def _word(self) -> Value:
        found = _WORD.match(self._text, self._at)
        word = found[0] if found else ""
        if word in _LITERALS:
            self._at += len(word)
            return _LITERALS[word]
        if not _NUMBER.fullmatch(word):
            raise self._wrong("no value where one should be")
        self._at += len(word)
        number: int | float = json.loads(word)
        return number

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _skip_gap(self) -> None:
        if (gap := _GAP.match(self._text, self._at)) is not None:
            self._at = gap.end()

    def _expect(self, wanted: str) -> None:
        if self._peek() != wanted:
            raise self._wrong(f"no `{wanted}` where one should be")
        self._at += 1

    def _wrong(self, what: str) -> ValueError:
        return ValueError(f"{what} (line {self._text.count(chr(10), 0, self._at) + 1})")
