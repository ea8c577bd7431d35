"""What happens while the program works: rooms emit events, whoever listens is plugged in above.

Rooms take an `Emit` and call it; they know nothing of terminals, files or other programs that may listen.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class EventKind(StrEnum):
    """What an event tells."""

    STARTED = "started"
    """A step begins."""
    PROGRESS = "progress"
    """Where a step stands; may come many times a second."""
    NOTED = "noted"
    """Something that the user should read (a warning, a decision)."""
    EDITED = "edited"
    """A file was changed; `data["path"]` names it."""
    MEASURED = "measured"
    """One sample was taken."""
    BLOCKED = "blocked"
    """A step could not be done, and why."""
    FINISHED = "finished"
    """A step has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened in a step of the main job.

    `expected_s` is how many seconds the rest of the work is expected to take; None where nobody knows yet.
    """

    kind: EventKind
    step: str
    message: str
    expected_s: float | None = None
    data: Mapping[str, str | int | float] = field(default_factory=dict)


Emit = Callable[[Event], None]


def silent(event: Event) -> None:
    """An `Emit` for callers that don't listen."""
    del event


def to_all(sinks: Sequence[Emit]) -> Emit:
    """One `Emit` that passes each event to all `sinks`, in their order."""

    def emit(event: Event) -> None:
        for sink in sinks:
            sink(event)

    return emit
