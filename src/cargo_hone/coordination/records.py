"""What a spool holds, one JSON object a line: a header, then what happened, in order."""

import json
from enum import StrEnum

import msgspec

from cargo_hone.events import Event, EventKind
from cargo_hone.settings.model import Coordination


class Outcome(StrEnum):
    """How a run ended."""

    FINISHED = "finished"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


class _Record(msgspec.Struct, frozen=True, kw_only=True, tag_field="record"):
    """One line of a spool."""


class Header(_Record, tag="header", frozen=True, kw_only=True):
    """The first line: whose events these are, and who is to be told.

    `claude_flow` says why claude-flow is told ("" if it is not); `offline` that nothing may use the network.
    """

    run: str
    root: str
    settings: Coordination
    claude_flow: str
    offline: bool


class Began(_Record, tag="began", frozen=True, kw_only=True):
    """The work begins."""

    at: str


class Happened(_Record, tag="happened", frozen=True, kw_only=True):
    """An event of a step."""

    at: str
    kind: EventKind
    step: str
    message: str
    data: dict[str, str | int | float]


class Stored(_Record, tag="stored", frozen=True, kw_only=True):
    """Somebody put a value into the memory."""

    at: str
    key: str
    value: str


class Ended(_Record, tag="ended", frozen=True, kw_only=True):
    """The work is over; the memory holds its outcome and figures."""

    at: str
    outcome: Outcome


Record = Began | Happened | Stored | Ended


def happened(event: Event, *, at: str) -> Happened:
    """Return an event as it is spooled."""
    return Happened(
        at=at, kind=event.kind, step=event.step, message=event.message, data=dict(event.data)
    )


def to_line(record: Header | Record) -> bytes:
    """Return the line of a record, with its newline.

    By the standard library: paths need not be UTF-8, and msgspec refuses the surrogates that stand for such bytes.
    """
    return json.dumps(msgspec.to_builtins(record)).encode() + b"\n"


def from_line(line: bytes) -> Header | Record:
    """Return the record of a line. Raises ValueError for what is none."""
    return msgspec.convert(json.loads(line), Header | Record)
