"""A YAML file: what it says, and where."""

from dataclasses import dataclass
from pathlib import Path as FilePath

from cargo_hone.doctor.finding import Add, Place, Remove, Rewrite, Set, Syntax
from cargo_hone.doctor.source import Source, decoded
from cargo_hone.edit.jsonc_data import Path, Value, at, is_there
from cargo_hone.edit.yaml_document import Kind, Node, key_text, scan, value_of


@dataclass(frozen=True, kw_only=True)
class YamlFile:
    """A parsed file with its text."""

    source: Source
    root: Node | None
    value: Value

    @property
    def path(self) -> FilePath:
        """The file."""
        return self.source.path

    def at(self, way: Path) -> Value:
        """What stands there; None where nothing does."""
        return at(self.value, way) if is_there(self.value, way) else None

    def edited(self, *edits: Set | Remove | Add) -> Rewrite:
        """Edits of this file."""
        return Rewrite(path=self.path, syntax=Syntax.YAML, edits=edits)

    def place(self, way: Path) -> Place:
        """Where the key or the item starts, else the nearest thing around it."""
        node, offset = self.root, 0
        for step in way:
            found = _step(node, step)
            if found is None:
                break
            offset, node = found
        return self.source.place(offset)

    def lines(self, way: Path) -> range:
        """The lines, from 1, that the key or the item takes with all that is in it; none where it is not there."""
        node, offset = self.root, 0
        for step in way:
            found = _step(node, step)
            if found is None:
                return range(0)
            offset, node = found
        end = node.end if node is not None else offset
        written = self.source.text[offset:end].rstrip()
        first = self.source.place(offset).line
        return range(first, first + written.count("\n") + 1)

    def script_place(self, way: Path, line: int, what: str) -> Place:
        """Where `what` first stands on a line (from 0) of the script at `way`.

        Exact where the script's lines are the file's (a block with `|`, or one line); else the script's start.
        """
        node, offset = self.root, 0
        for step in way:
            found = _step(node, step)
            if found is None:
                return self.source.place(offset)
            offset, node = found
        if node is None or node.kind is not Kind.SCALAR:
            return self.source.place(offset)
        first = self.source.place(node.body)
        number = first.line + line + 1 if node.style == "|" else first.line
        if node.style == ">" or (node.style != "|" and line):
            return self.source.place(offset)
        after = 0 if node.style == "|" else first.column - 1
        column = self.source.lines[number - 1].find(what, after)
        if column < 0:
            return self.source.place(offset)
        return Place(path=self.path, line=number, column=column + 1)


def _step(node: Node | None, step: str | int) -> tuple[int, Node] | None:
    """The offset of a key or item, and what stands there; an alias's target is where it was written."""
    while node is not None and node.target is not None:
        node = node.target
    if node is None:
        return None
    if isinstance(step, int):
        return (node.items[step].start, node.items[step]) if step < len(node.items) else None
    return next(
        ((key.start, value) for key, value in node.pairs if key_text(key) == step),
        None,
    )


def parsed(path: FilePath, content: bytes) -> YamlFile:
    """Parse a file. Raises ValueError for what is not YAML, or not UTF-8."""
    content.decode()
    source = decoded(path, content)
    # The scanner wants a last line end, so that a last block scalar has one.
    root = scan(source.text if source.text.endswith("\n") else source.text + "\n")
    return YamlFile(source=source, root=root, value=value_of(root))
