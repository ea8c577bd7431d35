"""Generated YAML documents in every style that people (and worse) write, and what is put into them."""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")

KEYS = ["a", "b", "on", "x.y", "ü", '"q k"', "'#'", "1", "<<", "run"]
PLAIN = ["1", "on", "yes", "~", "true", "0o17", "1e3", "x", "ü b", "a:b", "x#y", "-x", "2024-01-01"]
QUOTED = ["''", "'it''s'", '"a\\n# b: "', '"- x"', "': '", '"日本"', "'{'"]
COMMENTS = ["", "", "", " # c", "  # a: b", "\t# 'x", " #"]
TEXTS = [
    "x",
    "1 # one",
    "",
    "'it''s'",
    "a: 1",
    "a: 1\n# after\n",
    "# before\na: 1\nb:\n  - x\n  # c\n  - y: |\n      t\n       u\n\n      v\n",
    "uses: x@v1\nwith:\n    deep:\n        er: [1, {q: 2}]\n",
    "- a\n- - b\n  - c\n-\n  d: 1\n",
    "- a\n# after\n",
    "|\n  cargo build\n\n    # no comment\n  cargo test\n",
    "|-\n   x\n",
    "|2\n    x\n   y\n",
    ">\n  a\n  b\n\n  c\n",
    '"a\n  b"',
    "plain\nwords",
    "{a: 1, b: [x, y]}",
    "[a,\n b]",
    "# only\nx",
    "k: 'a\n   b'\nl: >-\n    t\n",
    "!!str 1",
    "&new\na: 1\n",
]


class Writer:
    """Writes one document at random."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._anchors: list[str] = []

    def document(self) -> bytes:
        """Return a document with either line end or both, perhaps markers, a BOM, no final line end."""
        head = self._one([[], [], [], ["---"], ["# licence", ""], ["%YAML 1.2", "---"]])
        lines = [*head, *self._gap(0), *self._collection(0, 0), *self._gap(0)]
        if self._often(0.1):
            lines.append("...")
        lines.extend(self._gap(0))
        ends = self._one([["\n"], ["\n"], ["\r\n"], ["\n", "\r\n"]])
        text = "".join(line + ends[number % len(ends)] for number, line in enumerate(lines))
        if self._often(0.25):
            text = text.rstrip("\r\n")
        return (b"\xef\xbb\xbf" if self._often(0.2) else b"") + text.encode()

    def _collection(self, column: int, depth: int, *, items: bool | None = None) -> list[str]:
        """Return the lines of a block collection, with blank lines and comments between its entries."""
        lines: list[str] = []
        items = self._often(0.3) if items is None else items
        airy = self._often(0.4)
        pad = " " * column
        for number, key in enumerate(self._random.sample(KEYS, self._random.randint(1, 4))):
            if number > 0:
                lines.extend([""] * airy)
                lines.extend(self._gap(column))
            if items and depth < 3 and self._often(0.4):
                wide = self._one([1, 1, 3])
                first, *rest = self._collection(column + 1 + wide, depth + 1)
                lines.extend([f"{pad}-{' ' * wide}{first.lstrip(' ')}", *rest])
                continue
            head, *rest = self._value(column, depth)
            explicit = not items and self._often(0.02)
            lines.extend([f"{pad}? {key}", f"{pad}:{head}"] if explicit else [])
            lines.extend([] if explicit else [f"{pad}{'-' if items else key + ':'}{head}"])
            lines.extend(rest)
        return lines

    def _value(self, column: int, depth: int) -> list[str]:
        """Return a value's lines for behind a key or a dash; the first one is on the same line."""
        inner = column + self._one([1, 2, 2, 4])
        if depth > 2 or self._often(0.6):
            return self._leaf(" " * inner)
        comment = self._one(COMMENTS)
        match self._random.randint(0, 6):
            case 0:
                lines = self._collection(inner, depth + 1)
                self._anchors.append("z")
                return [f" &z{comment}", *lines]
            case 1:
                return [comment, *self._gap(inner), *self._collection(inner, depth + 1)]
            case 2 | 3:
                return [comment, *self._collection(inner, depth + 1)]
            case 4:
                return [comment, *self._collection(column, depth + 1, items=True)]
            case _:
                return [comment, *self._collection(inner, depth + 1, items=True)]

    def _leaf(self, deeper: str) -> list[str]:
        """Return the lines of a scalar, an alias or a flow collection."""
        comment = self._one(COMMENTS)
        match self._random.randint(0, 9):
            case 0 | 1:
                return [f" {self._one(PLAIN + QUOTED)}{comment}"]
            case 2:
                return [comment]
            case 3:
                header = self._one(["|", ">", "|-", ">+", "|+", "|"])
                lines = self._one([["x"], ["x", "", "y"], ["# x", " y"], ["x", "", ""]])
                return [f" {header}{comment}", *(deeper + line if line else "" for line in lines)]
            case 4:
                return [' "two', f"{deeper}lines\\", f'{deeper} of"{comment}']
            case 5:
                return [" two", f"{deeper}lines{comment}"]
            case 6:
                return [f" {self._flow(2)}{comment}"]
            case 7:
                return [f" [{comment}", *self._flow_lines(deeper), f"{deeper}]{comment}"]
            case 8:
                name = self._one(["x", "y"])
                self._anchors.append(name)
                return [f" &{name}{self._one(['', ' !!str', ' !t'])} s{comment}"]
            case _:
                return [f" {self._alias()}{comment}"]

    def _flow(self, depth: int) -> str:
        pad = self._one(["", " "])
        match self._random.randint(0, 4 if depth else 1):
            case 0 | 1:
                return self._one(["1", "on", "x y", "'a, b'", '"]"', self._alias()])
            case 2:
                keys = self._random.sample(["a", "b", '"c"'], self._random.randint(0, 3))
                pairs = [f"{key}: {self._one(['', '1', self._flow(depth - 1)])}" for key in keys]
                return "{" + pad + ", ".join(pairs) + pad + "}"
            case _:
                items = [self._flow(depth - 1) for _ in range(self._random.randint(0, 3))]
                return "[" + pad + self._one([", ", ","]).join(items) + pad + "]"

    def _flow_lines(self, deeper: str) -> list[str]:
        lines: list[str] = []
        airy = self._often(0.2)
        for _ in range(self._random.randint(0, 3)):
            lines.extend([f"{deeper}  # c"] if self._often(0.2) else [])
            lines.append(f"{deeper}  {self._flow(1)}{self._one([',', ', # c', ' ,'])}")
            lines.extend([""] * airy)
        if lines and self._often(0.5):
            lines[-1] = lines[-1].rpartition(",")[0].rstrip()
        return lines

    def _gap(self, column: int) -> list[str]:
        """Return blank lines and comments, which stand where they like."""
        if self._often(0.5):
            return []
        lines = [
            self._one(["", "", "# c", "# - x", "#", "  "]) for _ in range(self._one([1, 1, 2]))
        ]
        columns = [0, max(column - 2, 0), column, column, column + 2]
        return [" " * self._one(columns) + line if line.startswith("#") else line for line in lines]

    def _alias(self) -> str:
        return f"*{self._one(self._anchors)} " if self._anchors else "none"

    def _one(self, choices: Sequence[T]) -> T:
        return self._random.choice(choices)

    def _often(self, share: float) -> bool:
        return self._random.random() < share
