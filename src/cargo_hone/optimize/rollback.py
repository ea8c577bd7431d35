"""Changes that are taken back unless everything after them succeeds."""

import contextlib
import signal
from collections.abc import Iterator
from pathlib import Path

from cargo_hone.edit.apply import Transaction, apply
from cargo_hone.edit.journal import Journal
from cargo_hone.edit.plan import shown
from cargo_hone.edit.undo import NothingToUndo, undo
from cargo_hone.errors import HoneError
from cargo_hone.events import Emit, Event, EventKind
from cargo_hone.files import atomic
from cargo_hone.model import Plan
from cargo_hone.optimize import steps


@contextlib.contextmanager
def applied(
    plan: Plan, *, journal: Journal, root: Path, unproven: Path, emit: Emit
) -> Iterator[Transaction | None]:
    """Apply a plan for the length of the block, for good if the block ends well; None for an empty plan.

    `unproven` names the change as long as the block runs: what a killed run leaves there is taken back by the next
    one (`take_back_unproven`).
    """
    if not plan.changes:
        yield None
        return
    change: Transaction | None = None
    # Before the first file changes: a kill at any moment finds the name of what is not proven yet.
    atomic.create_parents(unproven)
    atomic.replace(unproven, f"{journal.next_id()}\n{plan.title}\n".encode())
    try:
        change = apply(plan, journal=journal, root=root)
        yield change
    except BaseException:
        with _undisturbed():
            problem = _take_back(journal, change.id, emit, root) if change is not None else None
            if problem is None:
                atomic.remove(unproven)
        raise
    atomic.remove(unproven)


def take_back_unproven(unproven: Path, *, journal: Journal, root: Path, emit: Emit) -> None:
    """Take back what a run changed that was killed before it could prove it.

    Raises what `undo` raises: as long as the change cannot be taken back, nothing may be built on it.
    """
    left = atomic.read(unproven)
    if left is None:
        return
    change_id, _, title = left.decode().partition("\n")
    # A run that was killed before it applied anything named a number that somebody else may have by now; a marker
    # of an earlier version has no title, and was written behind its change.
    is_there = any(
        str(record.id) == change_id.strip() and title.strip() in {"", record.title}
        for record in journal.records()
    )
    problem = _take_back(journal, change_id, emit, root) if is_there else None
    if problem is not None and not isinstance(problem, NothingToUndo):
        raise problem
    atomic.remove(unproven)


def _take_back(journal: Journal, change_id: str, emit: Emit, root: Path) -> HoneError | None:
    """Undo, and say what came of it; an error is said and returned: it must not hide the one that led here."""

    def say(text: str) -> None:
        emit(Event(kind=EventKind.NOTED, step="levers", message=text))

    try:
        result = undo(journal, change_id)
    except HoneError as error:
        say(f"the changes could not be taken back: {error.message}; next: cargo hone undo")
        return error
    for file in result.refused:
        say(f"{shown(file.path, root=root)} was left as it is: {file.reason}")
    back = [*result.restored, *result.merged]
    steps.edited(back, step="levers", root=root, emit=emit)
    if back:
        say(f"{len(back)} changed files were taken back")
    return None


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """A second ^C waits until the files are back."""
    blocked = signal.pthread_sigmask(
        signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    )
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
