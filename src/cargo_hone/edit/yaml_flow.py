"""Entries of YAML's flow collections (`{...}`, `[...]`): added and taken away as between any brackets."""

from collections.abc import Iterator

from cargo_hone.edit.jsonc_brackets import YAML, Brackets, Item, added, removals
from cargo_hone.edit.jsonc_data import Path, Value, render, render_string
from cargo_hone.edit.yaml_block import line_behind, line_end_before
from cargo_hone.edit.yaml_document import Kind, Node, scan
from cargo_hone.edit.yaml_value import render_flow, render_key
from cargo_hone.edit.yaml_way import described, way_to

_OPENING = {Kind.MAPPING: "{", Kind.SEQUENCE: "["}


def with_entry(
    text: str, parent: Node, index: int, value: Value, *, key: str | int, comment: list[str]
) -> str:
    """Return the text with an entry as the `index`-th; a comment needs a line and is left out where there is none."""
    # What is JSON stays JSON.
    is_json = bool(parent.pairs) and all(name.style == '"' for name, _ in parent.pairs)
    written = render(value) if is_json else render_flow(value)
    if isinstance(key, str):
        written = f"{render_string(key) if is_json else render_key(key)}: {written}"
    return _added(text, parent, index, Item(text=written, comment=tuple(comment), inline=written))


def without_entry(
    text: str, parent: Node, path: Path, index: int, comment: list[str]
) -> Iterator[str]:
    """Yield texts without the `index`-th entry, the best first; not each of them need be YAML."""
    host = _brackets(text, parent)
    start, end = host.items[index]
    written = text[start:end]
    item = Item(text=written, comment=tuple(comment), inline=written)

    def again(candidate: str, item: Item) -> str | None:
        try:
            found = way_to(scan(candidate), path[:-1])[-1]
            return _added(candidate, found, index, item)
        except (ValueError, IndexError):
            return None

    yield from removals(text, host, index, item, dialect=YAML, again=again)


def _added(text: str, parent: Node, index: int, item: Item) -> str:
    eol = line_end_before(text, line_behind(text, parent.end))
    return added(text, _brackets(text, parent), index, item, dialect=YAML, eol=eol)


def _brackets(text: str, parent: Node) -> Brackets:
    if text[parent.body] != _OPENING.get(parent.kind):
        raise ValueError(
            f"it stands in brackets as {described(parent)} without brackets of its own"
        )
    items = [(key.start, max(key.end, value.end)) for key, value in parent.pairs]
    items = items or [(item.start, item.end) for item in parent.items]
    return Brackets(start=parent.body, end=parent.end, items=tuple(items))
