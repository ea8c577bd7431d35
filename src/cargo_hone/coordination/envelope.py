"""An event as JSON on one line: what a command gets on its standard input, and what a JSON-lines file holds."""

import json
from typing import assert_never

from cargo_hone.coordination.records import Began, Ended, Happened, Header, Record, Stored

SCHEMA = "cargo-hone/event/v1"


def to_json(record: Record, *, header: Header, index: int) -> str | None:
    """Return the line for a record (without its end); None for what is no event.

    `run` and `seq` together name the event: after a crash one may come twice. ASCII only, so that any path fits.
    """
    match record:
        case Began():
            kind, step, message, data = "began", "", "the work begins", {}
        case Happened():
            kind, step, message, data = record.kind.value, record.step, record.message, record.data
        case Ended():
            kind, step, message, data = "ended", "", record.outcome.value, {}
        case Stored():
            return None
        case _:
            assert_never(record)
    return json.dumps(
        {
            "schema": SCHEMA,
            "run": header.run,
            "seq": index,
            "at": record.at,
            "workspace": header.root,
            "kind": kind,
            "step": step,
            "message": message,
            "data": data,
        }
    )
