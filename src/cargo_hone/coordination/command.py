"""A command as a sink: run once an event, with the event as JSON on its standard input."""

from collections.abc import Iterator
from dataclasses import dataclass

from cargo_hone.coordination.envelope import to_json
from cargo_hone.coordination.interface import Call, Program
from cargo_hone.coordination.records import Header, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """`command` of the settings."""

    header: Header

    @property
    def name(self) -> str:
        """What messages call it."""
        return "command"

    @property
    def first_patience(self) -> int:
        """It is there already."""
        return 1

    def calls(self, record: Record, *, index: int) -> Iterator[Call]:
        """Yield the one call for an event."""
        line = to_json(record, header=self.header, index=index)
        if line is not None:
            argv = self.header.settings.command
            yield Program(name=argv[0], argv=argv, stdin=line.encode() + b"\n")
