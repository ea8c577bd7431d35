"""A JSON file with comments: what it says, and where."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath

from cargo_hone.doctor.finding import Place, Remove, Rewrite, Set, Syntax
from cargo_hone.doctor.source import Source, decoded
from cargo_hone.edit.jsonc_data import Value
from cargo_hone.edit.jsonc_document import Node, scan


@dataclass(frozen=True, kw_only=True)
class JsoncFile:
    """A parsed file with its text."""

    source: Source
    root: Node

    @property
    def path(self) -> FilePath:
        """The file."""
        return self.source.path

    def value(self, *way: str) -> Value:
        """What stands there; None where nothing does."""
        here = self.root.value
        for step in way:
            if not isinstance(here, dict) or step not in here:
                return None
            here = here[step]
        return here

    def table(self, *way: str) -> Mapping[str, Value]:
        """The object that stands there; an empty one where nothing, or something else, does."""
        found = self.value(*way)
        return found if isinstance(found, dict) else {}

    def edited(self, *edits: Set | Remove) -> Rewrite:
        """Edits of this file."""
        return Rewrite(path=self.path, syntax=Syntax.JSONC, edits=edits)

    def place(self, *way: str) -> Place:
        """Where a key stands, else the nearest object around it."""
        node, offset = self.root, self.root.start
        for step in way:
            member = next((member for member in node.members if member.key == step), None)
            if member is None:
                break
            offset, node = member.start, member.node
        return self.source.place(offset)


def parsed(path: FilePath, content: bytes) -> JsoncFile:
    """Parse a file. Raises ValueError for what is not JSON with comments, or not UTF-8."""
    content.decode()
    source = decoded(path, content)
    return JsoncFile(source=source, root=scan(source.text))
