"""A file of JSON lines as a sink: one line an event, appended."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.coordination.envelope import to_json
from cargo_hone.coordination.interface import Call, Line
from cargo_hone.coordination.records import Header, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonLines:
    """`jsonl` of the settings."""

    header: Header

    @property
    def name(self) -> str:
        """What messages call it."""
        return "jsonl"

    @property
    def first_patience(self) -> int:
        """It is there already."""
        return 1

    def calls(self, record: Record, *, index: int) -> Iterator[Call]:
        """Yield the one line of an event."""
        line = to_json(record, header=self.header, index=index)
        if line is not None:
            path = Path(self.header.root) / self.header.settings.jsonl
            yield Line(path=path, text=line + "\n")
