"""Where things are in a YAML text: nodes with their spans, and what they mean.

The spans come from PyYAML's parser events (libyaml's, where it was built in: it reads tabs as YAML 1.2 does).
YAML 1.1's further line breaks (U+0085, U+2028, U+2029) are ordinary characters, as in YAML 1.2. Offsets count
characters of the text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import yaml

from cargo_hone.edit.jsonc_data import Value
from cargo_hone.edit.yaml_value import resolved

_DEPTH = 100
_EXPANDED = 100_000


class Kind(StrEnum):
    """What a node is."""

    SCALAR = "scalar"
    MAPPING = "mapping"
    SEQUENCE = "sequence"
    ALIAS = "alias"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A node from its first character to behind its last.

    `start` is where its anchor or tag starts if it has one, `body` where what follows them does. A block scalar
    ends behind the line end of the last line that its value depends on. `style` is the first character of a
    quoted or block scalar, else "". `text` is a scalar's content, or the name that an alias refers to.
    """

    kind: Kind
    start: int
    body: int
    end: int
    flow: bool = False
    style: str = ""
    text: str = ""
    tag: str | None = None
    anchor: str | None = None
    pairs: "tuple[tuple[Node, Node], ...]" = ()
    items: "tuple[Node, ...]" = ()
    target: "Node | None" = None

    @property
    def children(self) -> "tuple[Node, ...]":
        """All nodes directly inside, in their order."""
        return self.items or tuple(node for pair in self.pairs for node in pair)

    def walk(self) -> "Iterator[Node]":
        """Yield the node and all inside, in their order; an alias's target is not inside."""
        yield self
        for child in self.children:
            yield from child.walk()


def scan(text: str) -> Node | None:
    """Return the only document's root, None for a text without any. Raises ValueError for what is no YAML.

    The text must end in a line end, so that a last block scalar has one.
    """
    try:
        return _Builder(text).root()
    except yaml.YAMLError as error:
        raise ValueError(_reason(error)) from error


def value_of(root: Node | None) -> Value:
    """Return what a node means, with aliases resolved. Raises ValueError for keys that are not scalars."""
    if root is None:
        return None
    known: dict[int, tuple[Value, int]] = {}
    value, size = _value(root, known)
    if size > _EXPANDED and any(node.kind is Kind.ALIAS for node in root.walk()):
        raise ValueError(f"its aliases stand for more than {_EXPANDED} values")
    return value


def key_text(key: Node) -> str:
    """Return a mapping's key as it is written (without quotes). Raises ValueError for one that is no scalar."""
    if key.target is not None:
        return key_text(key.target)
    if key.kind is not Kind.SCALAR:
        raise ValueError(f"a key is a {key.kind}")
    return key.text


def _value(node: Node, known: dict[int, tuple[Value, int]]) -> tuple[Value, int]:
    """Return what a node means, and of how many values that consists."""
    if id(node) in known:
        return known[id(node)]
    value: Value
    size = 1
    match node.kind:
        case Kind.SCALAR:
            value = _scalar(node)
        case Kind.ALIAS:
            value, size = _value(node.target or node, known)
        case Kind.SEQUENCE:
            value = []
            for item in node.items:
                inner, count = _value(item, known)
                value.append(inner)
                size += count
        case Kind.MAPPING:
            value = {}
            for key, node_value in node.pairs:
                name = key_text(key)
                if name in value:
                    raise ValueError(f"the key `{name}` is there twice")
                value[name], count = _value(node_value, known)
                size += count
    known[id(node)] = value, size
    return value, size


def _scalar(node: Node) -> str | int | float | bool | None:
    if node.style or node.tag in {"!", "tag:yaml.org,2002:str"}:
        return node.text
    if node.tag is None or node.tag.startswith("tag:yaml.org,2002:"):
        return resolved(node.text)
    return node.text


def _reason(error: yaml.YAMLError) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"{error.problem} (line {error.problem_mark.line + 1})"
    return str(error).splitlines()[0]


def _start(event: yaml.Event) -> int:
    return event.start_mark.index if event.start_mark is not None else 0


def _end(event: yaml.Event) -> int:
    return event.end_mark.index if event.end_mark is not None else 0


_PROPERTY = re.compile(r"&[^\s,\[\]{}]+|!<[^>]*>|![^\s,\[\]{}]*")
_GAP = re.compile(r"(?:\s|(?<=\s)#[^\n]*)*")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Builder:
    def __init__(self, text: str) -> None:
        self._text = text
        self._anchors: dict[str, Node] = {}
        # Each character for one other, so that the positions hold.
        spare = (chr(code) for code in range(0xE000, 0xF8FF) if chr(code) not in text)
        self._hidden = {ord(c): next(spare) for c in "\x85\u2028\u2029" if c in text}
        self._shown = {ord(new): chr(old) for old, new in self._hidden.items()}
        self._events = yaml.parse(text.translate(self._hidden), Loader=_LOADER)

    def root(self) -> Node | None:
        root: Node | None = None
        documents = 0
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise ValueError("it holds several documents")
                root = self._node(next(self._events), 0)
        return root

    def _node(self, event: yaml.Event, depth: int) -> Node:
        if depth > _DEPTH:
            raise ValueError(f"it is nested more than {_DEPTH} levels deep")
        match event:
            case yaml.AliasEvent():
                return self._alias(event)
            case yaml.ScalarEvent():
                node = self._scalar(event)
            case yaml.MappingStartEvent():
                node = self._mapping(event, depth)
            case yaml.SequenceStartEvent():
                node = self._sequence(event, depth)
            case _:
                raise ValueError(f"unexpected {type(event).__name__}")
        if node.anchor is not None:
            self._anchors[node.anchor] = node
        return node

    def _alias(self, event: yaml.AliasEvent) -> Node:
        start, end, name = _start(event), _end(event), str(event.anchor)
        if name not in self._anchors:
            raise ValueError(f"the alias `*{name}` has no anchor before it")
        return Node(
            kind=Kind.ALIAS,
            start=start,
            body=start,
            end=end,
            text=name,
            target=self._anchors[name],
        )

    def _scalar(self, event: yaml.ScalarEvent) -> Node:
        style = event.style or ""
        start, end = _start(event), _end(event)
        text = event.value.translate(self._shown)
        body = self._body(event, end)
        if style in {"|", ">"}:
            end = self._block_end(body, end, text)
        return Node(
            kind=Kind.SCALAR,
            start=start,
            body=body,
            end=end,
            style=style,
            text=text,
            tag=event.tag,
            anchor=event.anchor,
        )

    def _mapping(self, event: yaml.MappingStartEvent, depth: int) -> Node:
        self._forget(event.anchor)
        body = self._body(event, len(self._text))
        pairs: list[tuple[Node, Node]] = []
        while not isinstance(inner := next(self._events), yaml.MappingEndEvent):
            key = self._node(inner, depth + 1)
            value = self._node(next(self._events), depth + 1)
            pairs.append((key, self._placed(key, value)))
        flow = bool(event.flow_style)
        return Node(
            kind=Kind.MAPPING,
            start=_start(event),
            body=body,
            end=_end(inner) if flow else pairs[-1][1].end,
            flow=flow,
            tag=event.tag,
            anchor=event.anchor,
            pairs=tuple(pairs),
        )

    def _sequence(self, event: yaml.SequenceStartEvent, depth: int) -> Node:
        self._forget(event.anchor)
        body = self._body(event, len(self._text))
        items: list[Node] = []
        while not isinstance(inner := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(inner, depth + 1))
        flow = bool(event.flow_style)
        return Node(
            kind=Kind.SEQUENCE,
            start=_start(event),
            body=body,
            end=_end(inner) if flow else items[-1].end,
            flow=flow,
            tag=event.tag,
            anchor=event.anchor,
            items=tuple(items),
        )

    def _forget(self, anchor: str | None) -> None:
        """From here on the name is the new node's, which nothing inside it can refer to."""
        if anchor is not None:
            self._anchors.pop(anchor, None)

    def _body(self, event: yaml.NodeEvent, end: int) -> int:
        """Return where what follows a node's anchor and tag starts; an empty scalar's is its end."""
        at = _start(event)
        for _ in range((event.anchor is not None) + (getattr(event, "tag", None) is not None)):
            found = _PROPERTY.match(self._text, at)
            if found is None:
                break
            at = found.end()
            if at < end:
                following = _GAP.match(self._text, at)
                at = following.end() if following else at
        return min(at, end)

    def _placed(self, key: Node, value: Node) -> Node:
        """Return the value; one that is not written at all stands at its key."""
        if value.start == value.end and ":" not in self._text[key.end : value.start]:
            return Node(kind=Kind.SCALAR, start=key.end, body=key.end, end=key.end)
        return value

    def _block_end(self, start: int, end: int, value: str) -> int:
        """Return the end of a block scalar without the blank lines that its value does not depend on."""
        header = self._text[start : self._text.index("\n", start)].partition("#")[0]
        if "+" in header or not value.rstrip("\n").rpartition("\n")[2].strip():
            return end
        written = self._text[start:end].rstrip()
        return min(self._text.index("\n", start + len(written)) + 1, end)
