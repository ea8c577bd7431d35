"""What a sweep reads from the history and writes into it; neither may fail the sweep."""

from typing import TYPE_CHECKING

from cargo_hone.cli.invocation import Invocation
from cargo_hone.errors import HoneError
from cargo_hone.history.swept import RebuildTime, Trigger
from cargo_hone.sweep.budget import Budget
from cargo_hone.sweep.subject import Subject
from cargo_hone.sweep.sweep import Swept

if TYPE_CHECKING:
    from cargo_hone.history.sweeps import OwnSweep


def recalled(invocation: Invocation, subject: Subject) -> tuple[RebuildTime, ...]:
    """Return the compile times that earlier sweeps saw; none, with a note, where they cannot be read."""
    from cargo_hone.sweep.recall import recall  # noqa: PLC0415 - SQLite, only where there is a budget

    try:
        return recall(invocation.state_dir(subject.root), subject.target_dir)
    except HoneError as error:
        invocation.console.note(
            f"note: compile times of earlier sweeps are left out: {error.message}"
        )
        return ()


def recorded(
    invocation: Invocation,
    subject: Subject,
    swept: Swept,
    *,
    budget: Budget | None,
    trigger: Trigger,
) -> "OwnSweep | None":
    """Record a sweep; a note, and None, where that is not possible."""
    from cargo_hone.sweep import memory  # noqa: PLC0415 - only where something was swept

    try:
        return memory.remember(
            invocation.state_dir(subject.root), swept, budget=budget, trigger=trigger
        )
    except HoneError as error:
        invocation.console.note(f"note: this sweep was not recorded: {error.message}")
        return None


def proven(
    invocation: Invocation, subject: Subject, kept: "OwnSweep", again: Swept, *, rebuilt_units: int
) -> None:
    """Record the proof of a recorded sweep, and by the look after it what its price became."""
    from cargo_hone.sweep import memory  # noqa: PLC0415 - as above

    try:
        memory.proven(invocation.state_dir(subject.root), kept, rebuilt_units)
        memory.look_back(invocation.state_dir(subject.root), again)
    except HoneError as error:
        invocation.console.note(f"note: the proof was not recorded: {error.message}")
