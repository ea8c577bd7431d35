"""Generated JSONC documents in every style that people (and worse) write."""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")

KEYS = ["a", "b", "ü", "// no", "/*", "}", 'q\\"', "ghcr.io/x:1", ""]
SCALARS = ["1", "-0.5e3", "true", "null", '"x"', '"// no"', '"\\u00fc\\n"', '"日本 ,]}"', '"\\\\"']


class Writer:
    """Writes one document at random."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._eol = self._one(["\n", "\n", "\r\n"])
        self._unit = self._one(["\t", "  ", "    ", " "])

    def document(self) -> bytes:
        """Return an object, perhaps with comments around, a BOM, no final line end."""
        head = self._one(["", "", f"// for {self._eol}", f"/* x{self._eol} */ "])
        tail = self._one(["", self._eol, self._eol, f" // end{self._eol}", self._eol * 2])
        text = head + self._value("", 0, brackets=True) + tail
        return (b"\xef\xbb\xbf" if self._often(0.2) else b"") + text.encode()

    def _value(self, indent: str, depth: int, *, brackets: bool = False) -> str:
        if not brackets and (depth > 3 or self._often(0.4)):
            return self._one(SCALARS)
        opening, closing = self._one(["{}", "{}", "[]"])
        keys = self._random.sample(KEYS, self._random.randint(0, 4))
        if not keys:
            inside = ["", "", " ", self._eol, f"{self._eol}{indent}", f" // e{self._eol}{indent}"]
            inner = indent + self._unit
            inside += ["/**/", f"{self._eol}{inner}// {closing}{self._eol}{indent}"]
            return opening + self._one(inside) + closing
        if self._often(0.7):
            return opening + self._lines(keys, indent, depth, opening) + closing
        pad, comma = self._one(["", " "]), self._one([",", ", ", " , ", ", /* , */ "])
        members = [self._member(key, indent, 4, opening) for key in keys]
        return opening + pad + comma.join(members) + self._one(["", "", ","]) + pad + closing

    def _lines(self, keys: Sequence[str], indent: str, depth: int, opening: str) -> str:
        inner = indent + self._unit
        text = self._one(["", "", " // open", " /* open */"])
        airy, trailing = self._often(0.2), self._often(0.3)
        for number, key in enumerate(keys):
            text += self._eol * (number > 0 and airy) + self._gap(inner)
            text += self._eol + inner + self._member(key, inner, depth + 1, opening)
            if number < len(keys) - 1 or trailing:
                text += self._one([",", ",", ",", " ,", " /* c */,", f"{self._eol}{inner},"])
            text += self._one(["", "", " // ] c,", " /* } */", " /* a */ // b"])
        return text + self._gap(inner) + self._eol + indent

    def _member(self, key: str, indent: str, depth: int, opening: str) -> str:
        value = self._value(indent, depth)
        if opening == "[":
            return value
        return f'"{key}"{self._one([": ", ": ", ":", " : ", ": /* v */ "])}{value}'

    def _gap(self, indent: str) -> str:
        gap = ""
        while self._often(0.25):
            gap += self._eol
            gap += self._one(["", f"{indent}// c", f"{indent}/* c */", f"{indent}/*{self._eol}*/"])
        return gap

    def _one(self, choices: Sequence[T]) -> T:
        return self._random.choice(choices)

    def _often(self, share: float) -> bool:
        return self._random.random() < share
