"""Where an edit of a YAML text has to happen, and the texts after it.

Texts end in a line end. What is yielded are candidates, the best first; the first one that parses to what was
meant is taken. Raises ValueError throughout for what cannot be placed; `edit.yaml` turns that into a refusal.
"""

import re
from collections.abc import Iterator, Sequence

from cargo_hone.edit import yaml_block, yaml_flow, yaml_scalar
from cargo_hone.edit.jsonc_data import Path, Value
from cargo_hone.edit.yaml_block import block_of, line_end_before
from cargo_hone.edit.yaml_document import Kind, Node, scan, value_of
from cargo_hone.edit.yaml_text import Style, laid_out, leading_comments, style_of
from cargo_hone.edit.yaml_value import render_key
from cargo_hone.edit.yaml_way import child, described, refuse_lost_anchors, way_to

_DOCUMENT_END = re.compile(r"^\.\.\.", re.MULTILINE)


def meaning(text: str) -> Value:
    """Return what an entry's text at indentation 0 means. Raises ValueError for what is no YAML."""
    try:
        return value_of(scan(text if text.endswith("\n") else text + "\n"))
    except ValueError as error:
        raise ValueError(f"what shall be written is no YAML: {error}") from error


def with_scalar(text: str, path: Path, value: yaml_scalar.Scalar) -> Iterator[str]:
    """Yield texts with the scalar at `path`, which is there, replaced."""
    root = scan(text)
    way = way_to(root, path)
    if root is None or way[-1].kind is not Kind.SCALAR:
        raise ValueError(f"it is {described(way[-1])}: change what is in it")
    flow = any(parent.flow for parent in way[:-1])
    yield from yaml_scalar.replaced(text, root, way[-1], value, flow=flow)


def with_new(text: str, path: Path, index: int, entry: str, *, comment: str = "") -> str:
    """Return the text with a key or item added as the `index`-th of its parent, which is there."""
    root = scan(text)
    way = way_to(root, path[:-1])
    above = _comment(comment)
    if any(node.flow for node in way):
        above.extend(leading_comments(entry))
        return yaml_flow.with_entry(
            text, way[-1], index, meaning(entry), key=path[-1], comment=above
        )
    if way and way[-1].children:
        block = block_of(text, way[-1])
        lines, count = _lines(entry, path[-1], block.column, style_of(text, way), above)
        airy = _airy(text, way)
        return yaml_block.with_entry(text, block, index, lines, comments=count, airy=airy)
    style = style_of(text, way)
    lines, _ = _lines(entry, path[-1], _column_below(text, way, path, style), style, above)
    return _below(text, way, lines)


def without(text: str, path: Path, *, comment: str = "") -> Iterator[str]:
    """Yield texts without the key or item at `path`, which is there."""
    root = scan(text)
    way = way_to(root, path[:-1])
    if root is None:
        raise ValueError("the document is empty")
    parent = way[-1]
    index, node = child(parent, path)
    start = parent.pairs[index][0].start if parent.pairs else node.start
    refuse_lost_anchors(root, start, node.end)
    above = _comment(comment)
    if any(each.flow for each in way):
        yield from yaml_flow.without_entry(text, parent, path, index, above)
        return
    found = yaml_block.without_entry(text, block_of(text, parent), index, above)
    candidates = [(candidate, tuple(lines)) for candidate, lines in found]
    # What a new adding of the same lines would lead back from comes first: so a removal is an undo.
    for candidate, lines in candidates:
        if _again(candidate, path, index, lines, above) == text:
            yield candidate
    for candidate, _ in candidates:
        yield candidate


def _again(
    text: str, path: Path, index: int, lines: tuple[str, ...], above: Sequence[str]
) -> str | None:
    """Return the text with lines that were taken away added again; None where that is not possible."""
    try:
        way = way_to(scan(text), path[:-1])
        if not way or not way[-1].children:
            return _below(text, way, lines)
        block = block_of(text, way[-1])
    except ValueError:
        return None
    if index > len(block.entries):
        return None
    comments = len(above) if [line.strip() for line in lines[: len(above)]] == above else 0
    airy = _airy(text, way)
    return yaml_block.with_entry(text, block, index, lines, comments=comments, airy=airy)


def _lines(
    entry: str, step: str | int, column: int, style: Style, above: Sequence[str]
) -> tuple[list[str], int]:
    """Return the lines of a new entry in this column, and how many of them are comments above it."""
    pad = " " * column
    laid = laid_out(entry, column=column, style=style, below=isinstance(step, str))
    if isinstance(step, int):
        comments = [pad + line for line in (*above, *laid.comment)]
        first = laid.lines[0].lstrip(" ") if laid.lines else ""
        dash = f"{pad}-{' ' * (style.item - 1)}{first}" if first else f"{pad}-"
        return [*comments, dash, *laid.lines[1:]], len(comments)
    comments = [pad + line for line in above]
    key = f"{pad}{render_key(step)}:"
    if laid.inline and laid.lines and not laid.comment:
        return [*comments, f"{key} {laid.lines[0].lstrip(' ')}", *laid.lines[1:]], len(comments)
    inner = next((len(line) - len(line.lstrip(" ")) for line in laid.lines), 0)
    inside = [" " * max(inner, column + style.step) + line for line in laid.comment]
    return [*comments, key, *inside, *laid.lines], len(comments)


def _column_below(text: str, way: Sequence[Node], path: Path, style: Style) -> int:
    """Return the column for the first entry of a collection that is an empty value yet."""
    if way and way[-1].body < way[-1].end:
        raise ValueError("its place is a scalar, not an empty value")
    if len(way) < 2:
        return 0
    outer = block_of(text, way[-2]).column
    if way[-2].kind is Kind.SEQUENCE:
        return outer + style.item
    return outer + (style.dash if isinstance(path[-1], int) else style.step)


def _below(text: str, way: Sequence[Node], lines: Sequence[str]) -> str:
    """Return the text with lines below an empty value: behind the comments that it owns, or at the end."""
    if len(way) > 1:
        values = [value for _, value in way[-2].pairs] or list(way[-2].items)
        number = next(n for n, value in enumerate(values) if value is way[-1])
        place = block_of(text, way[-2]).entries[number].end
    else:
        end = _DOCUMENT_END.search(text)
        written = text[: end.start() if end else len(text)].rstrip()
        place = text.index("\n", len(written)) + 1 if written else 0
    eol = line_end_before(text, place)
    return text[:place] + "".join(line + eol for line in lines) + text[place:]


def _airy(text: str, way: Sequence[Node]) -> bool:
    """Whether the entries of the nearest collection around the last one are set apart by blank lines."""
    for node in reversed(way[:-1]):
        block = block_of(text, node)
        if len(block.entries) > 1:
            return yaml_block.airy(text, block)
    return False


def _comment(comment: str) -> list[str]:
    return [f"# {line}".rstrip() for line in comment.splitlines()]
