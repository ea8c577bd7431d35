"""Adding, replacing and removing single items between brackets, so that comments beside the others stay."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import pairwise

from cargo_hone.edit.toml_document import Item, Value
from cargo_hone.edit.toml_value import render

Splice = tuple[int, int, str]
"""Replace the text from the first offset to the second by this."""

_COMMA_TO_LINE_END = re.compile(r"(,?)[ \t]*(?:#[^\n]*)?(?=\r?\n)")
_ALONE_TO_LINE_END = re.compile(r"[ \t]*,?[ \t]*(?:#[^\n]*)?\r?\n")
_COMMA = re.compile(r"[ \t]*,")


def spliced(text: str, splices: Sequence[Splice]) -> str:
    """Return `text` with all splices made. Raises ValueError where they overlap."""
    if overlap(splices):
        raise ValueError("its items cannot be changed one by one")
    for start, end, new in sorted(splices, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def overlap(splices: Sequence[Splice]) -> bool:
    """Whether two of the splices change the same characters."""
    ordered = sorted(splices)
    return any(one[1] > other[0] for one, other in pairwise(ordered))


def change_array(
    text: str, array: Value, old: list[object], new: list[object], *, eol: str
) -> list[Splice]:
    """Return what turns the array whose parsed value is `old` into `new`, item by item."""
    splices: list[Splice] = []
    written = [render(value) for value in new]
    differences = SequenceMatcher(None, [repr(v) for v in old], [repr(v) for v in new], False)
    appended: list[str] = []
    for kind, i1, i2, j1, j2 in differences.get_opcodes():
        if kind == "equal":
            continue
        pairs = min(i2 - i1, j2 - j1)
        for item, value in zip(array.items[i1:i2], new[j1:j2], strict=False):
            like = text[item.start : item.end]
            splices.append((item.start, item.end, render(value, like=like)))
        splices.extend(_removal(text, array, number) for number in range(i1 + pairs, i2))
        added = written[j1 + pairs : j2]
        if not added:
            continue
        if i2 < len(array.items):
            splices.append(_before(text, array.items[i2], added, eol=eol))
        else:
            appended = added
    return splices + append_items(text, array, appended, eol=eol)


def append_items(text: str, host: Value, items: Sequence[str], *, eol: str) -> list[Splice]:
    """Return what adds items at the end of an array or inline table, on lines of their own if the last one is."""
    if not items:
        return []
    if not host.items:
        blank = text[host.start + 1 : host.end - 1].strip(" \t") == ""
        padding = " " if text[host.start] == "{" else ""
        end = host.end - 1 if blank else host.start + 1
        return [(host.start + 1, end, padding + ", ".join(items) + padding)]
    last = host.items[-1]
    behind = _COMMA_TO_LINE_END.match(text, last.end, host.end)
    indent = _indentation(text, last)
    if behind is None or indent is None:
        return [(last.end, last.end, "".join(f", {item}" for item in items))]
    lines = f",{eol}{indent}".join(items) + behind[1]
    comma = [] if behind[1] else [(last.end, last.end, ",")]
    return [*comma, (behind.end(), behind.end(), f"{eol}{indent}{lines}")]


def remove_item(text: str, host: Value, number: int) -> list[Splice]:
    """Return what removes one item, its comma and, where it had a line to itself, that line."""
    return [_removal(text, host, number)]


def _before(text: str, item: Item, added: Sequence[str], *, eol: str) -> Splice:
    indent = _indentation(text, item)
    gap = " " if indent is None else f"{eol}{indent}"
    return (item.start, item.start, "".join(f"{value},{gap}" for value in added))


def _removal(text: str, host: Value, number: int) -> Splice:
    item = host.items[number]
    if len(host.items) == 1 and text[host.start + 1 : item.start].strip(" \t") == "":
        rest = text[item.end : host.end - 1]
        if rest.strip(" \t,") == "":
            return (host.start + 1, host.end - 1, "")
    indent = _indentation(text, item)
    if indent is not None:
        alone = _ALONE_TO_LINE_END.match(text, item.end, host.end)
        if alone is not None:
            return (item.start - len(indent), alone.end(), "")
    if number + 1 < len(host.items):
        following = host.items[number + 1]
        if _only_a_comma(text[item.end : following.start]):
            return (item.start, following.start, "")
    elif number > 0:
        previous = host.items[number - 1]
        if _only_a_comma(text[previous.end : item.start]):
            return (previous.end, item.end, "")
    comma = _COMMA.match(text, item.end, host.end)
    return (item.start, comma.end() if comma else item.end, "")


def _only_a_comma(gap: str) -> bool:
    return gap.strip(" \t") == ","


def _indentation(text: str, item: Item) -> str | None:
    """Return the blanks before an item that is the first on its line; None where it is not."""
    line_start = text.rfind("\n", 0, item.start) + 1
    before = text[line_start : item.start]
    return before if line_start > 0 and before.strip(" \t") == "" else None
