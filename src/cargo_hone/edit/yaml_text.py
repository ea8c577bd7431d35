"""YAML written at indentation 0, laid out anew in a document's own style."""

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from cargo_hone.edit.yaml_block import block_of, line_start, lines_of
from cargo_hone.edit.yaml_document import Kind, Node, scan

_INDICATOR = re.compile(r"[|>][-+]?[0-9]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a document is indented, in columns.

    `step` is how much deeper than its key a mapping or a block scalar stands, `dash` a sequence's dashes, and
    `item` how far behind its dash an item's content starts.
    """

    step: int
    dash: int
    item: int


def style_of(text: str, way: Sequence[Node]) -> Style:
    """Return the style for a new entry of the last node: of its entries, else of those around, 2 where none shows.

    `way` is the nodes from the root to it. What stands nearest counts, and the commonest of it.
    """
    near = [_indentations(text, node) for node in reversed(way)]
    wide = [_indentations(text, *node.walk()) for node in reversed(way)]

    def commonest(what: str) -> tuple[int, int]:
        """Return the width and the step where it was seen."""
        for seen in (*near, *wide):
            if seen[what]:
                steps = seen["step"] or Counter([2])
                return seen[what].most_common(1)[0][0], steps.most_common(1)[0][0]
        return 2, 2

    (step, _), (dash, dash_step), (item, _) = map(commonest, ("step", "dash", "item"))
    return Style(step=step, dash=step if dash == dash_step else dash, item=item)


def _indentations(text: str, *nodes: Node) -> dict[str, Counter[int]]:
    found: dict[str, Counter[int]] = {"step": Counter(), "dash": Counter(), "item": Counter()}
    for node in nodes:
        if node.flow or not node.children:
            continue
        column = _column(text, node)
        for key, value in node.pairs:
            if value.children and not value.flow and "\n" in text[key.end : value.body]:
                what = "dash" if value.kind is Kind.SEQUENCE else "step"
                found[what][_column(text, value) - column] += 1
        for item in node.items:
            beside = text[line_start(text, item.body) : item.body].strip()
            if beside and item.kind is Kind.MAPPING and not item.flow:
                found["item"][_column(text, item) - column] += 1
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """A value laid out: comment lines that stand above it, its lines, and whether the first one may follow a key."""

    comment: tuple[str, ...]
    lines: tuple[str, ...]
    inline: bool


def laid_out(text: str, *, column: int, style: Style, below: bool) -> Laid:
    """Lay out YAML for a key or a dash that stands in `column`.

    `below` says that the value is a key's (a collection starts on the next line), else it is an item's. Raises
    ValueError for what is no YAML or more than one value with comments.
    """
    text = text.replace("\r\n", "\n") + ("" if text.endswith("\n") else "\n")
    root = scan(text)
    if root is None:
        return Laid(comment=tuple(leading_comments(text)), lines=(), inline=True)
    head, tail = text[: line_start(text, root.start)], text[root.end :]
    if any(not _is_comment(line) for line in (*lines_of(head), *lines_of(tail))):
        raise ValueError("the text holds more than one value")
    layout = _Layout(text, style)
    collection = root.kind in {Kind.MAPPING, Kind.SEQUENCE} and not root.flow
    if not collection:
        inner = column + (style.step if below else style.item)
        is_block = root.style in {"|", ">"}
        layout.scalar(root, column if is_block else inner, inner)
    elif not below:
        layout.collection(root, column + style.item)
    else:
        width = style.dash if root.kind is Kind.SEQUENCE else style.step
        layout.collection(root, column + width)
    lines = layout.lines(least=column + 1)
    count = head.count("\n")
    used = text[: root.end].count("\n") + (not text[: root.end].endswith("\n"))
    last = max([used, *(n + 1 for n, line in enumerate(lines) if line.strip())])
    return Laid(
        comment=tuple(leading_comments(head)),
        lines=tuple(lines[count:last]),
        inline=not collection or root.start < root.body,
    )


def leading_comments(text: str) -> list[str]:
    """Return the comment lines that a text begins with."""
    lines = itertools.takewhile(_is_comment, lines_of(text))
    return [line.strip() for line in lines if line.strip()]


class _Layout:
    """New indentations for the lines of a text, collected node by node."""

    def __init__(self, text: str, style: Style) -> None:
        self._text = text
        self._style = style
        self._targets: dict[int, int] = {}
        self._shifts: dict[int, int] = {}
        self._gaps: list[tuple[int, int, int]] = []

    def collection(self, node: Node, column: int) -> None:
        """Put a block collection's entries into this column."""
        old = _column(self._text, node)
        is_sequence = node.kind is Kind.SEQUENCE
        starts = [entry.start for entry in block_of(self._text, node).entries]
        befores = [start + 1 for start in starts] if is_sequence else [k.end for k, _ in node.pairs]
        values = node.items or [value for _, value in node.pairs]
        for start, before, value in zip(starts, befores, values, strict=True):
            self._targets.setdefault(self._line(start), column)
            same_line = "\n" not in self._text[before : value.body]
            if is_sequence and same_line and self._text[before : value.start].isspace():
                self._gaps.append((before, value.start, self._style.item - 1))
            width = self._style.item if is_sequence else self._style.step
            if value.flow or not value.children:
                self._shift(before, value.body, column - old)
                self.scalar(value, column - old, column + width)
                continue
            if value.start < value.body:
                # An anchor or a tag on a line of its own.
                self._shifts[self._line(value.start)] = column - old
            if same_line and not is_sequence:
                self.collection(value, column + _column(self._text, value) - old)
            elif value.kind is Kind.SEQUENCE and not is_sequence:
                self.collection(value, column + self._style.dash)
            else:
                self.collection(value, column + width)

    def scalar(self, node: Node, shift: int, column: int) -> None:
        """Shift the further lines of a scalar or flow collection; a block scalar's content goes to `column`."""
        if node.style in {"|", ">"} and not _INDICATOR.match(self._text, node.body):
            lines = self._text[node.body : node.end].split("\n")[1:]
            filled = next((line for line in lines if line.strip()), None)
            shift = shift if filled is None else column - _indent(filled)
        self._shift(node.body, node.end, shift)

    def lines(self, *, least: int) -> list[str]:
        """Return the text's lines in their new places; trailing comments in the column `least` or right of it."""
        text = self._text
        for start, end, width in sorted(self._gaps, reverse=True):
            text = text[:start] + " " * width + text[end:]
        old = lines_of(self._text)
        result: list[str] = []
        for number, line in enumerate(text.split("\n")[:-1]):
            indent = len(line) - len(line.lstrip(" "))
            if number in self._targets:
                new = self._targets[number]
            elif number in self._shifts:
                new = max(indent + self._shifts[number], 0) if line else 0
            elif line.strip():
                new = self._beside(old, number, indent, least)
            else:
                new = 0
            result.append(" " * new + line[indent:])
        return result

    def _beside(self, old: list[str], number: int, indent: int, least: int) -> int:
        """Return the place of a comment line: that of the entry which it stood in line with."""
        following = [n for n in sorted(self._targets) if n > number]
        if following and _indent(old[following[0]]) == indent:
            return self._targets[following[0]]
        earlier = [n for n in sorted(self._targets, reverse=True) if n < number]
        aligned = next((n for n in earlier if _indent(old[n]) == indent), None)
        if aligned is not None:
            place = self._targets[aligned]
        elif earlier:
            place = indent + self._targets[earlier[0]] - _indent(old[earlier[0]])
        else:
            place = indent + least
        return place if following else max(place, least)

    def _shift(self, start: int, end: int, shift: int) -> None:
        for number in range(self._line(start) + 1, self._line(max(end - 1, start)) + 1):
            self._shifts[number] = shift

    def _line(self, at: int) -> int:
        return self._text.count("\n", 0, at)


def _column(text: str, node: Node) -> int:
    return node.body - line_start(text, node.body)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _is_comment(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")
