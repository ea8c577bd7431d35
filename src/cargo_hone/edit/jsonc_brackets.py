"""Adding an item between brackets and taking one away, in the style of the others, whatever the language.

An item goes to a line of its own where its neighbour has one, and the comments of the neighbours stay theirs.
Taking an item away is found by trying: of the texts without it, the one is taken to which adding it again leads
back, so that removing what was added restores the bytes.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How comments look: what starts one up to the line's end, and the brackets of others (or "")."""

    line: str
    opening: str = ""
    closing: str = ""

    def gap(self) -> str:
        """Return a pattern for blanks and comments on one line."""
        block = rf"|{re.escape(self.opening)}(?:(?!{re.escape(self.closing)}).)*?{re.escape(self.closing)}"
        return rf"(?:[ \t]{block if self.opening else ''})*"

    def line_end(self) -> str:
        """Return a pattern for what may stand between an item and the end of its line, which is not matched."""
        return rf"{self.gap()}(?:{re.escape(self.line)}[^\r\n]*)?(?=\r?\n)"


JSONC = Dialect(line="//", opening="/*", closing="*/")
YAML = Dialect(line="#")


@dataclass(frozen=True, slots=True, kw_only=True)
class Brackets:
    """A bracketed text from its opening bracket to behind its closing one, with the spans of its items."""

    start: int
    end: int
    items: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An item to be added, further lines indented already, and comment lines for above it (with their marks).

    `inline` is the same for between other items on one line. `expand` is the indentation of the item and of the
    closing bracket where empty brackets shall get lines; None leaves them on one line.
    """

    text: str
    comment: tuple[str, ...] = ()
    inline: str = ""
    expand: tuple[str, str] | None = None


def added(text: str, host: Brackets, index: int, item: Item, *, dialect: Dialect, eol: str) -> str:
    """Return the text with the item as the `index`-th."""
    if not host.items:
        return _first(text, host, item, eol=eol)
    blank = eol if _apart(text, host, dialect) else ""
    if index == 0:
        return _before_all(text, host, item, dialect=dialect, eol=eol, blank=blank)
    start, end = host.items[index - 1]
    indent = indentation(text, start)
    behind = re.compile(rf"({_comma(dialect)})?{dialect.line_end()}").match(text, end, host.end)
    if indent is None or behind is None or (index < len(host.items) and not behind[1]):
        tight = len(host.items) > 1 and text[host.items[0][1] : host.items[1][0]] == ","
        return text[:end] + ("," if tight else ", ") + item.inline + text[end:]
    lines = "".join(f"{eol}{indent}{line}" for line in (*item.comment, item.text))
    comma, own = ("", ",") if behind[1] else (",", "")
    return f"{text[:end]}{comma}{text[end : behind.end()]}{blank}{lines}{own}{text[behind.end() :]}"


def removals(
    text: str,
    host: Brackets,
    index: int,
    item: Item,
    *,
    dialect: Dialect,
    again: Callable[[str, Item], str | None],
) -> Iterator[str]:
    """Yield texts without the `index`-th item, the best first; not each of them need be valid.

    `item` is the item as it stands there, with the comment lines above it that shall go too. `again` adds an
    item as the `index`-th to a text, None where it cannot.
    """
    candidates = list(dict.fromkeys(_removals(text, host, index, item.comment, dialect)))
    yield from (c for c in candidates if again(c, item) == text)
    yield from candidates


def indentation(text: str, start: int) -> str | None:
    """Return the blanks before what is the first on its line; None for what is not, or stands on the first line."""
    line_start = text.rfind("\n", 0, start) + 1
    before = text[line_start:start]
    return before if line_start > 0 and before.strip(" \t") == "" else None


def above(text: str, start: int, comment: Sequence[str]) -> int:
    """Return where the line of `start` starts, or the comment lines above it if they are exactly these."""
    line_start = first = text.rfind("\n", 0, start) + 1
    for wanted in reversed(comment):
        previous = text.rfind("\n", 0, max(first - 1, 0)) + 1
        if first == 0 or text[previous:first].strip() != wanted.strip():
            return line_start
        first = previous
    return first


def _first(text: str, host: Brackets, item: Item, *, eol: str) -> str:
    start, end = host.start + 1, host.end - 1
    inside = text[start:end]
    if not inside and item.expand is not None:
        inner, outer = item.expand
        lines = "".join(f"{eol}{inner}{line}" for line in (*item.comment, item.text))
        return f"{text[:start]}{lines}{eol}{outer}{text[end:]}"
    if not inside.strip(" \t"):
        return text[:start] + inside + item.inline + inside + text[end:]
    tail = re.compile(r"(?:\r?\n[ \t]*)+\Z").search(inside)
    if tail is not None and inside.strip():
        # Below the comments that are there, in line with the last one if that has a line of its own.
        last = start + tail.start()
        line = text[text.rfind("\n", 0, last) + 1 : last]
        indent = line[: len(line) - len(line.lstrip(" \t"))]
        if "\n" not in inside[: tail.start()]:
            indent = item.expand[0] if item.expand is not None else indent
        lines = "".join(f"{eol}{indent}{each}" for each in (*item.comment, item.text))
        return text[:last] + lines + text[last:]
    start += len(inside) - len(inside.lstrip(" \t"))
    return text[:start] + item.inline + ("" if text[start] in "\r\n" else " ") + text[start:]


def _before_all(
    text: str, host: Brackets, item: Item, *, dialect: Dialect, eol: str, blank: str
) -> str:
    first = host.items[0][0]
    indent = indentation(text, first)
    opened = re.compile(dialect.line_end()).match(text, host.start + 1, first)
    if indent is None or opened is None:
        return f"{text[:first]}{item.inline}, {text[first:]}"
    lines = "".join(f"{eol}{indent}{line}" for line in (*item.comment, item.text))
    return f"{text[: opened.end()]}{lines},{blank}{text[opened.end() :]}"


def _removals(
    text: str, host: Brackets, index: int, comment: Sequence[str], dialect: Dialect
) -> Iterator[str]:
    start, end = host.items[index]
    comma = re.compile(_comma(dialect)).match(text, end, host.end)
    behind = comma.end() if comma else end
    is_first_on_line = indentation(text, start) is not None
    top = above(text, start, comment) if is_first_on_line else start
    begin = _with_comment_beside(text, start, comment, dialect)
    if len(host.items) == 1:
        yield from _last_removals(text, host, top if text[top:start].strip() else begin, behind)
    rest = re.compile(dialect.line_end()).match(text, behind, host.end)
    if is_first_on_line and rest is not None:
        yield from _line_removals(text, host, index, (top, rest.end()), dialect)
    if index > 0:
        yield text[: host.items[index - 1][1]] + text[end:]
    elif len(host.items) > 1 and not text[behind : host.items[1][0]].strip(" \t"):
        yield text[:begin] + text[host.items[1][0] :]
    yield text[:begin] + text[behind:]
    yield _without_comma(text[:begin], host, index - 1, dialect) + text[behind:]
    yield text[:begin] + _without_comma(text, host, index, dialect)[end:]


def _last_removals(text: str, host: Brackets, begin: int, behind: int) -> Iterator[str]:
    """Yield what may be left when the only item goes, which is between the two offsets."""
    first, last = host.start + 1, host.end - 1
    before, after = text[first:begin], text[behind:last]
    if not (before + after).strip():
        yield text[:first] + text[last:]
        if before == after:
            yield text[:first] + before + text[last:]
    yield text[:begin] + text[behind:]
    if after[:1] == " ":
        yield text[:begin] + text[behind + 1 :]


def _line_removals(
    text: str, host: Brackets, index: int, span: tuple[int, int], dialect: Dialect
) -> Iterator[str]:
    """Yield the text without the lines from `span`'s start to the line end at its end, and blank ones beside."""
    head, rest = text[: span[0]].removesuffix("\n").removesuffix("\r"), text[span[1] :]
    trimmed = re.sub(r"\r?\n[ \t]*\Z", "", head)
    for each in dict.fromkeys([trimmed, head]):
        if index == len(host.items) - 1:
            yield _without_comma(each, host, index - 1, dialect) + rest
        yield each + rest
    following = re.match(r"\r?\n[ \t]*(?=\r?\n)", rest)
    if following is not None:
        yield head + rest[following.end() :]


def _without_comma(text: str, host: Brackets, index: int, dialect: Dialect) -> str:
    """Return the text without the comma behind an item, also where that is on a later line."""
    comments = rf"|{re.escape(dialect.line)}[^\n]*\n"
    if dialect.opening:
        comments += rf"|{re.escape(dialect.opening)}.*?{re.escape(dialect.closing)}"
    gap = re.compile(rf"(?:\s{comments})*,", re.DOTALL)
    comma = gap.match(text, host.items[index][1]) if index >= 0 else None
    return text if comma is None else text[: comma.end() - 1] + text[comma.end() :]


def _with_comment_beside(text: str, start: int, comment: Sequence[str], dialect: Dialect) -> int:
    """Return where the comment in front of an item on its line starts, if it is exactly this; else the item's start."""
    words = " ".join(line.removeprefix(dialect.line).strip() for line in comment)
    beside = f"{dialect.opening} {words} {dialect.closing} "
    return start - len(beside) if comment and text.endswith(beside, 0, start) else start


def _apart(text: str, host: Brackets, dialect: Dialect) -> bool:
    """Whether all items are separated by blank lines."""
    pattern = re.compile(rf"{_comma(dialect)}{dialect.line_end()}\r?\n[ \t]*\r?\n")
    ends = [end for _, end in host.items[:-1]]
    return bool(ends) and all(pattern.match(text, end, host.end) for end in ends)


def _comma(dialect: Dialect) -> str:
    return rf"{dialect.gap()},"
