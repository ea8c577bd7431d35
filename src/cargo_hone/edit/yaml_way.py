"""The way through the nodes of a YAML document to what a path names, and what must not be on it."""

from cargo_hone.edit.jsonc_data import Path, named
from cargo_hone.edit.yaml_document import Kind, Node, key_text

_ARTICLES = {
    Kind.SCALAR: "a scalar",
    Kind.MAPPING: "a mapping",
    Kind.SEQUENCE: "a sequence",
    Kind.ALIAS: "an alias",
}


def way_to(root: Node | None, path: Path) -> list[Node]:
    """Return the nodes from the root to the one at `path`, both included; none for an empty document's root.

    Raises ValueError where the path leads nowhere, through an alias, or through (or to) an anchored node that
    an alias uses again: an edit there would change both places.
    """
    if root is None and not path:
        return []
    if root is None:
        raise ValueError("the document is empty")
    way = [root]
    for depth in range(1, len(path) + 1):
        _refuse_alias(way[-1], path[: depth - 1])
        way.append(child(way[-1], path[:depth])[1])
    _refuse_alias(way[-1], path)
    used = {id(node.target): node for node in root.walk() if node.kind is Kind.ALIAS}
    for depth, node in enumerate(way):
        if id(node) in used:
            again = used[id(node)].text
            raise ValueError(
                f"{named(path[:depth])} has the anchor `&{again}`, and `*{again}` uses it elsewhere: "
                "that would change too"
            )
    return way


def child(parent: Node, path: Path) -> tuple[int, Node]:
    """Return the number and the value of what the last step of `path` names. Raises ValueError for nothing."""
    step = path[-1]
    if isinstance(step, int) and parent.kind is Kind.SEQUENCE and 0 <= step < len(parent.items):
        return step, parent.items[step]
    for number, (key, value) in enumerate(parent.pairs):
        if step == key_text(key):
            return number, value
    raise ValueError(f"there is no {named(path)}")


def refuse_lost_anchors(root: Node, start: int, end: int) -> None:
    """Raise ValueError where an alias elsewhere uses an anchor that stands between the two offsets."""
    for node in root.walk():
        if node.kind is not Kind.ALIAS or node.target is None or start <= node.start < end:
            continue
        if start <= node.target.start < end:
            raise ValueError(f"`*{node.text}` elsewhere uses its anchor `&{node.text}`")


def described(node: Node) -> str:
    """Return what a node is, for a sentence."""
    return _ARTICLES[node.kind]


def _refuse_alias(node: Node, path: Path) -> None:
    if node.kind is Kind.ALIAS:
        raise ValueError(
            f"{named(path)} is the alias `*{node.text}`: change what `&{node.text}` names instead"
        )
