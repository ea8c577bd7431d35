"""Where an edit of a JSONC text has to happen, and the texts after it.

Raises ValueError throughout for what cannot be placed; `edit.jsonc` turns that into a refusal.
"""

import re
from collections.abc import Iterator

from cargo_hone.edit.jsonc_brackets import JSONC, Brackets, Item, added, indentation, removals
from cargo_hone.edit.jsonc_data import Path, Value, render, render_string
from cargo_hone.edit.jsonc_document import Kind, Member, Node, scan

_SHORT = 80
_MARK = re.compile(r"\*/")


def with_value(text: str, path: Path, value: Value) -> str:
    """Return the text with the value at `path`, which is there, replaced."""
    root = scan(text)
    node = _find(root, path)
    whole = node if isinstance(node.value, (dict, list)) else root
    lines = "\n" in text[whole.start : whole.end]
    written = _written(value, _line_indent(text, node.start), text) if lines else render(value)
    return text[: node.start] + written + text[node.end :]


def with_new(text: str, path: Path, index: int, value: Value, *, comment: str = "") -> str:
    """Return the text with a key or item added as the `index`-th of its parent, which is there."""
    root = scan(text)
    parent = _find(root, path[:-1])
    outer = _line_indent(text, parent.start)
    inner = outer + _unit(text, root)
    if parent.members:
        inner = _line_indent(text, parent.members[max(index - 1, 0)].start)
    lines_allowed = parent is root or "\n" in text[root.start : root.end]
    step = path[-1]
    key = f"{render_string(step)}: " if isinstance(step, str) else ""
    lines = [_MARK.sub("* /", line) for line in comment.splitlines()]
    item = Item(
        text=key + _written(value, inner, text),
        comment=tuple(f"// {line}".rstrip() for line in lines),
        inline=(f"/* {' '.join(lines)} */ " if lines else "") + key + render(value),
        expand=(inner, outer) if lines_allowed else None,
    )
    return added(text, _brackets(parent), index, item, dialect=JSONC, eol=_line_end(text))


def without(text: str, path: Path, *, comment: str = "") -> Iterator[str]:
    """Yield texts without the key or item at `path`, the best first; not each of them need be JSONC."""
    root = scan(text)
    parent = _find(root, path[:-1])
    number, member = _member(parent, path)
    written = text[member.start : member.node.end]
    lines = [_MARK.sub("* /", line) for line in comment.splitlines()]
    outer = _line_indent(text, parent.start)
    item = Item(
        text=written,
        comment=tuple(f"// {line}".rstrip() for line in lines),
        inline=(f"/* {' '.join(lines)} */ " if lines else "") + written,
        expand=(indentation(text, member.start) or "", outer),
    )

    def again(candidate: str, item: Item) -> str | None:
        try:
            host = _brackets(_find(scan(candidate), path[:-1]))
        except ValueError:
            return None
        if len(host.items) < number:
            return None
        return added(candidate, host, number, item, dialect=JSONC, eol=_line_end(text))

    yield from removals(text, _brackets(parent), number, item, dialect=JSONC, again=again)


def _find(node: Node, path: Path) -> Node:
    for depth in range(1, len(path) + 1):
        node = _member(node, path[:depth])[1].node
    return node


def _member(parent: Node, path: Path) -> tuple[int, Member]:
    step = path[-1]
    for number, member in enumerate(parent.members):
        if step == (number if parent.kind is Kind.ARRAY else member.key):
            return number, member
    raise ValueError(f"there is no `{step}`")


def _brackets(node: Node) -> Brackets:
    items = tuple((member.start, member.node.end) for member in node.members)
    return Brackets(start=node.start, end=node.end, items=items)


def _written(value: Value, indent: str, text: str) -> str:
    """Write a value for a place on a line that is indented by `indent`, in the document's style."""
    unit = _unit(text, scan(text))
    return _laid_out(value, indent, unit, _line_end(text))


def _laid_out(value: Value, indent: str, unit: str, eol: str) -> str:
    inner = indent + unit
    match value:
        case dict() if value:
            lines = [
                f"{inner}{render_string(key)}: {_laid_out(each, inner, unit, eol)}"
                for key, each in value.items()
            ]
            return f"{{{eol}{f',{eol}'.join(lines)}{eol}{indent}}}"
        case list() if _long(value):
            lines = [f"{inner}{_laid_out(each, inner, unit, eol)}" for each in value]
            return f"[{eol}{f',{eol}'.join(lines)}{eol}{indent}]"
        case _:
            return render(value)


def _long(items: list[Value]) -> bool:
    return any(isinstance(item, (dict, list)) and item for item in items) or (
        len(render(items)) > _SHORT
    )


def _unit(text: str, root: Node) -> str:
    """Return one level of the document's indentation: of the first object or array that has lines."""
    waiting = [root]
    while waiting:
        node = waiting.pop(0)
        outer = _line_indent(text, node.start)
        for member in node.members:
            inner = indentation(text, member.start)
            if inner is not None and inner.startswith(outer) and inner != outer:
                return inner[len(outer) :]
        waiting.extend(member.node for member in node.members)
    return "  "


def _line_indent(text: str, start: int) -> str:
    line = text[text.rfind("\n", 0, start) + 1 : start]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _line_end(text: str) -> str:
    first = text.find("\n")
    return "\r\n" if first > 0 and text[first - 1] == "\r" else "\n"
