"""Where an edit of a TOML text has to happen, and the text after it.

Raises ValueError throughout for what cannot be placed; `edit.toml` turns that into a refusal.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cargo_hone.edit.toml_document import Entry, Item, Section, Value, ValueKind, scan
from cargo_hone.edit.toml_items import append_items, change_array, overlap, remove_item, spliced
from cargo_hone.edit.toml_value import render, render_key

_BLANK_LINE = re.compile(r"[ \t]*\r?\n")
_CONTENT_AND_LINE_END = re.compile(r".*\S[ \t]*(?:\r?\n|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """The way to a key through the text: its entry, and the inline tables that lead to it.

    `value` is None where the key is not there; then `host` is the inline table that has to take `rest`.
    """

    section: Section
    entry: Entry
    host: Value | None
    item: Item | None
    value: Value | None
    rest: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A `key = value` to be added, with the comment lines above it."""

    keys: tuple[str, ...]
    value: str
    comment: list[str]

    def written(self, equals: str) -> list[str]:
        return [*self.comment, f"{render_key(self.keys)}{equals}{self.value}"]


def with_value(
    text: str, data: dict[str, object], path: tuple[str, ...], value: object, *, comment: str
) -> str:
    """Return the text with `path` set; `data` is what the text parses to."""
    eol = _line_end(text)
    sections = scan(text)
    found = _find(sections, path)
    if found is None:
        if _is_there(data, path):
            raise ValueError("it is a table with lines of its own: set its keys one by one")
        return _with_line(text, sections, path, render(value), _comment(comment))
    if found.value is not None:
        old = _at(data, path)
        span = found.value
        if (
            found.value.kind is ValueKind.ARRAY
            and isinstance(old, list)
            and isinstance(value, list)
        ):
            splices = change_array(text, span, old, value, eol=eol)
            if not overlap(splices) or "#" in text[span.start : span.end]:
                return spliced(text, splices)
        new = render(value, like=text[span.start : span.end])
        return spliced(text, [(span.start, span.end, new)])
    if found.host is None:
        raise ValueError("it leads through something that is not a table")
    item = f"{render_key(found.rest)} = {render(value)}"
    return spliced(text, append_items(text, found.host, [item], eol=eol))


def without_key(text: str, path: tuple[str, ...], *, prune: bool, comment: str) -> str:
    """Return the text without `path`, which is in it."""
    found = _find(scan(text), path)
    if found is None or found.value is None:
        raise ValueError("it is a table with lines of its own: remove its keys one by one")
    if found.host is not None and found.item is not None:
        number = found.host.items.index(found.item)
        return spliced(text, remove_item(text, found.host, number))
    start = _above(text, found.entry.line_start, comment)
    after = _without_lines(text, start, found.entry.line_end)
    if not prune or not found.section.path:
        return after
    (section,) = (s for s in scan(after) if s.path == found.section.path)
    header = after[section.header_start : section.body_start].rstrip()
    if after[section.body_start : section.end].strip() or not header.endswith("]"):
        # Somebody's comment is content too.
        return after
    start = _above(after, section.header_start, comment)
    previous_line = after.rfind("\n", 0, max(start - 1, 0)) + 1
    if start > 0 and _BLANK_LINE.fullmatch(after, previous_line, start):
        start = previous_line
    return _without_lines(after, start, section.body_start)


def _find(sections: Sequence[Section], path: tuple[str, ...]) -> _Found | None:
    """Return the entry that is, or leads to, `path`; None where no value is on the way."""
    for section in sections:
        for entry in section.entries:
            full = (*section.path, *entry.keys)
            if full != path[: len(full)]:
                continue
            host, item, value = None, None, entry.value
            rest = path[len(full) :]
            while rest and value.kind is ValueKind.INLINE_TABLE:
                host = value
                item = next((i for i in host.items if i.keys == rest[: len(i.keys)]), None)
                if item is None:
                    break
                rest, value = rest[len(item.keys) :], item.value
            if not rest:
                return _Found(
                    section=section, entry=entry, host=host, item=item, value=value, rest=()
                )
            host = host if item is None else None
            return _Found(section=section, entry=entry, host=host, item=None, value=None, rest=rest)
    return None


def _with_line(
    text: str, sections: Sequence[Section], path: tuple[str, ...], value: str, comment: list[str]
) -> str:
    """Add `path` as a line: to its table, beside its dotted siblings, or with a new table at the end."""
    for depth in range(len(path) - 1, -1, -1):
        parent = path[:depth]
        for section in sections:
            line = _Line(keys=path[len(section.path) :], value=value, comment=comment)
            if section.path == parent and depth == len(path) - 1:
                return _into(text, section, section.entries, line)
            if len(section.path) < depth and section.path == parent[: len(section.path)]:
                # A table that dotted keys have made can only grow by dotted keys in the same section.
                inner = parent[len(section.path) :]
                siblings = [e for e in section.entries if e.keys[: len(inner)] == inner]
                if siblings:
                    return _into(text, section, siblings, line)
    header = f"[{render_key(path[:-1])}]"
    return _at_end(text, [*comment, header, f"{render_key(path[-1:])} = {value}"])


def _into(text: str, section: Section, siblings: Sequence[Entry], line: _Line) -> str:
    """Add a line to a section: behind the last sibling and in its style, or as the section's first."""
    if siblings:
        last = siblings[-1]
        equals = "=" if text[last.key_end : last.value.start] == "=" else " = "
        indent = text[last.line_start : last.key_start]
        return _with_lines(text, last.line_end, [indent + each for each in line.written(equals)])
    lines = line.written(" = ")
    if section.path:
        return _with_lines(text, section.body_start, lines)
    if section.end == len(text):
        return _at_end(text, lines)
    # The first key before the first header: above the comment that belongs to that header.
    place = section.end
    while place > 0:
        previous_line = text.rfind("\n", 0, place - 1) + 1
        if not text.startswith("#", previous_line):
            break
        place = previous_line
    return _with_lines(text, place, [*lines, ""])


def _at_end(text: str, lines: Sequence[str]) -> str:
    """Add lines behind the last line with something on it, after an empty one; blank lines at the end stay."""
    content = _CONTENT_AND_LINE_END.match(text)
    if content is None:
        return _with_lines(text, 0, lines)
    return _with_lines(text, content.end(), ["", *lines])


def _with_lines(text: str, place: int, lines: Sequence[str]) -> str:
    eol = _line_end(text)
    block = eol.join(lines)
    if place == len(text) and text and not text.endswith("\n"):
        return text + eol + block
    return text[:place] + block + eol + text[place:]


def _without_lines(text: str, start: int, end: int) -> str:
    if end == len(text) and not text.endswith("\n"):
        # What has no final line end keeps none.
        return text[:start].removesuffix("\n").removesuffix("\r")
    return text[:start] + text[end:]


def _above(text: str, line_start: int, comment: str) -> int:
    """Return where a line's own comment starts, if exactly that stands above it; else the line's start."""
    start = line_start
    for wanted in reversed(_comment(comment)):
        previous_line = text.rfind("\n", 0, max(start - 1, 0)) + 1
        if text[previous_line:start].strip() != wanted:
            return line_start
        start = previous_line
    return start


def _comment(comment: str) -> list[str]:
    return [f"# {line}".rstrip() for line in comment.splitlines()]


def _line_end(text: str) -> str:
    first = text.find("\n")
    return "\r\n" if first > 0 and text[first - 1] == "\r" else "\n"


def _is_there(data: object, path: Sequence[str]) -> bool:
    for key in path:
        if not isinstance(data, dict) or key not in data:
            return False
        data = data[key]
    return True


def _at(data: object, path: Sequence[str]) -> object:
    for key in path:
        data = data[key] if isinstance(data, dict) else None
    return data
