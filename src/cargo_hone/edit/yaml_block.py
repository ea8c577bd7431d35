"""Adding an entry to a block mapping or sequence and taking one away, with the lines that belong to it.

An entry owns the lines of its content and the comment lines that follow it deeper than its own column; comments
at its column or left of it belong to what comes next. A new entry comes right behind what its predecessor owns.
It is set apart by a blank line where its neighbours are.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cargo_hone.edit.yaml_document import Kind, Node

_COMMENT_OR_BLANK = re.compile(r"[ \t]*(?:#[^\n]*)?\r?\n")
_BLANK = re.compile(r"[ \t]*\r?\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A key with its value, or an item with its dash.

    `start` is the offset of its first character, `end` the start of the line behind the last line that it owns.
    `keep` says that blank lines behind it would be its content (`|+`).
    """

    start: int
    end: int
    lines: int
    keep: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """The entries of a block collection, which all start in the same column (from 0)."""

    column: int
    entries: tuple[Entry, ...]


def block_of(text: str, node: Node) -> Block:
    """Return where the entries of a block collection are. Raises ValueError where that cannot be seen."""
    column = node.body - line_start(text, node.body)
    contents = [pair[1].end for pair in node.pairs] or [item.end for item in node.items]
    leaves = [_last(pair[1]) for pair in node.pairs] or [_last(item) for item in node.items]
    entries: list[Entry] = []
    start = node.body
    for number, (content, leaf) in enumerate(zip(contents, leaves, strict=True)):
        if number > 0:
            start = _content_line(text, line_behind(text, contents[number - 1])) + column
        end = owned(text, content, column)
        keep = leaf.style in {"|", ">"} and "+" in _header(text, leaf)
        lines = text.count("\n", start, end)
        entries.append(Entry(start=start, end=end, lines=lines, keep=keep))
    if any(line_start(text, each.start) + column != each.start for each in entries):
        raise ValueError("its entries do not start in one column")
    return Block(column=column, entries=tuple(entries))


def owned(text: str, content_end: int, column: int) -> int:
    """Return the start of the line behind what an entry in this column owns, whose content ends there."""
    end = at = line_behind(text, content_end)
    while (line := _COMMENT_OR_BLANK.match(text, at)) is not None:
        at = line.end()
        written = line[0].strip()
        if written and len(line[0]) - len(line[0].lstrip()) <= column:
            break
        if written:
            end = at
    return end


def with_entry(
    text: str, block: Block, index: int, lines: Sequence[str], *, comments: int, airy: bool
) -> str:
    """Return the text with an entry's lines (indented, without line ends) as the `index`-th.

    The first `comments` of them stand above the entry. `airy` says whether what is around the collection is set
    apart by blank lines; it counts where the collection has one entry only.
    """
    apart = _apart(text, block, index, len(lines) - comments, airy=airy)
    if index > 0:
        place = block.entries[index - 1].end
        eol = line_end_before(text, place)
        return text[:place] + eol * apart + "".join(line + eol for line in lines) + text[place:]
    first = block.entries[0].start
    start = line_start(text, first)
    if text[start:first].strip(" "):
        # Behind a dash: the entry that was there moves to a line of its own.
        eol = line_end_before(text, line_behind(text, first))
        written = eol.join(lines)[block.column :]
        return f"{text[:first]}{written}{eol}{' ' * block.column}{text[first:]}"
    place = _above(text, start, block.column)
    eol = line_end_before(text, line_behind(text, first))
    return text[:place] + "".join(line + eol for line in lines) + eol * apart + text[place:]


def without_entry(
    text: str, block: Block, index: int, comment: Sequence[str]
) -> Iterator[tuple[str, list[str]]]:
    """Yield texts without the `index`-th entry, with the lines that went (without blank ones), the likelier first.

    The comment lines above it go too if they are exactly these.
    """
    entry = block.entries[index]
    start = line_start(text, entry.start)
    behind_dash = _behind_dash(text, entry.start, comment) if index == 0 else None
    if behind_dash is not None:
        yield from _without_first_on_line(text, block, behind_dash)
        return
    start = above(text, start, comment)
    lines = lines_of(text[start : entry.end])
    blanks = list(_blanks_before(text, start))
    following = _blanks_at(text, entry.end)
    if index == 0:
        ends = [entry.end, *following]
        for end in ends if len(block.entries) == 1 else reversed(ends):
            yield text[:start] + text[end:], lines
        return
    preferred = len(blanks) if index == len(block.entries) - 1 else min(len(blanks), len(following))
    starts = [start, *blanks]
    for place in (starts[preferred], *starts):
        yield text[:place] + text[entry.end :], lines
    if following:
        # Behind a `|+`, blank lines would become its content.
        yield text[:start] + text[following[-1] :], lines


def airy(text: str, block: Block) -> bool:
    """Whether any two entries are separated by a blank line."""
    return any(_gaps(text, block))


def above(text: str, start: int, comment: Sequence[str]) -> int:
    """Return where the comment lines directly above the line at `start` start, if they are exactly these."""
    first = start
    for wanted in reversed(comment):
        previous = line_start(text, first - 1) if first > 0 else 0
        if text[previous:first].strip() != wanted.strip():
            return start
        first = previous
    return first


def lines_of(text: str) -> list[str]:
    r"""Return the lines of a text without their ends, which are `\n` or `\r\n` (`splitlines` knows more)."""
    return [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")] if text else []


def line_start(text: str, at: int) -> int:
    """Return where the line with the offset `at` starts."""
    return text.rfind("\n", 0, at) + 1


def line_behind(text: str, end: int) -> int:
    """Return where the line behind a content that ends at `end` starts (a block scalar ends with its line)."""
    return end if end > 0 and text[end - 1] == "\n" else text.index("\n", end) + 1


def line_end_before(text: str, at: int) -> str:
    r"""Return how the line that ends at `at` ends: `\n` or `\r\n`; the text's first where there is none."""
    end = at if at > 0 else text.find("\n") + 1
    return "\r\n" if text.endswith("\r\n", 0, end) else "\n"


def _apart(text: str, block: Block, index: int, lines: int, *, airy: bool) -> int:
    """Return how many blank lines set the new entry apart."""
    if index > 0 and block.entries[index - 1].keep:
        return 0
    gaps = _gaps(text, block)
    if gaps:
        return int(all(gaps) or (lines > 1 and gaps[min(max(index - 1, 0), len(gaps) - 1)]))
    return int(airy and lines > 1 and block.entries[0].lines > 1)


def _gaps(text: str, block: Block) -> list[bool]:
    return [_BLANK.match(text, entry.end) is not None for entry in block.entries[:-1]]


def _above(text: str, start: int, column: int) -> int:
    """Return the start of the comment lines that belong to the first entry, whose line starts at `start`.

    What the file begins with is about the file; deeper comments would seem to be the new entry's.
    """
    place = best = start
    while place > 0:
        previous = line_start(text, place - 1)
        line = text[previous:place]
        if not line.lstrip().startswith("#"):
            return start if line.startswith(("---", "%")) else best
        place = previous
        if len(line) - len(line.lstrip()) <= column:
            best = place
    return start


def _behind_dash(text: str, start: int, comment: Sequence[str]) -> int | None:
    """Return the offset, on the line of a dash, of what starts at `start` or of its comment; None for no such."""
    first = line_start(text, start)
    if text[first:start].strip(" "):
        return start
    top = first
    for _ in comment:
        top = line_start(text, top - 1) if top > 0 else 0
    lines = lines_of(text[top:first])
    if not comment or len(lines) != len(comment) or not lines[0].endswith(comment[0]):
        return None
    place = len(lines[0]) - len(comment[0])
    is_dash = lines[0][:place].strip(" ") and not lines[0][:place].strip(" -?:")
    same = all(line.strip() == wanted for line, wanted in zip(lines[1:], comment[1:], strict=True))
    return top + place if is_dash and same else None


def _without_first_on_line(text: str, block: Block, start: int) -> Iterator[tuple[str, list[str]]]:
    """Yield the text without the first entry, which stands behind a dash, from `start` on."""
    entry = block.entries[0]
    lines = lines_of(" " * block.column + text[start : entry.end])
    if len(block.entries) == 1:
        eol = line_end_before(text, entry.end)
        yield text[:start].rstrip(" ") + eol + text[entry.end :], lines
        return
    following = block.entries[1].start
    if text[entry.end : following].strip():
        yield text[:start] + text[entry.end :].lstrip(" "), lines
    yield text[:start] + text[following:], lines


def _blanks_before(text: str, start: int) -> Iterator[int]:
    """Yield the starts of the blank lines directly above, upwards."""
    while start > 0:
        previous = line_start(text, start - 1)
        if text[previous:start].strip():
            return
        yield previous
        start = previous


def _blanks_at(text: str, at: int) -> list[int]:
    """Return the ends of the blank lines that start at `at`."""
    ends: list[int] = []
    while (line := _BLANK.match(text, at)) is not None:
        at = line.end()
        ends.append(at)
    return ends


def _content_line(text: str, at: int) -> int:
    while (line := _COMMENT_OR_BLANK.match(text, at)) is not None:
        at = line.end()
    return at


def _last(node: Node) -> Node:
    while node.children and not node.flow and node.kind is not Kind.ALIAS:
        node = node.children[-1]
    return node


def _header(text: str, scalar: Node) -> str:
    return text[scalar.body : text.index("\n", scalar.body)].partition("#")[0]
