"""Changes that are taken back unless everything after them succeeds."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from cargo_hone.edit.apply import Transaction, apply
from cargo_hone.edit.journal import Journal
from cargo_hone.edit.undo import undo
from cargo_hone.events import Emit, Event, EventKind
from cargo_hone.model import Plan


@contextlib.contextmanager
def applied(
    plan: Plan, *, journal: Journal, root: Path, emit: Emit
) -> Iterator[Transaction | None]:
    """Apply a plan for the length of the block, for good if the block ends well; None for an empty plan."""
    if not plan.changes:
        yield None
        return
    change = apply(plan, journal=journal, root=root)
    for edited in plan.changes:
        emit(
            Event(
                kind=EventKind.EDITED,
                step=edited.step,
                message=_shown(edited.path, root),
                data={"path": str(edited.path)},
            )
        )
    try:
        yield change
    except BaseException:
        undo(journal, change.id)
        emit(
            Event(
                kind=EventKind.NOTED, step="levers", message="all changes of files were taken back"
            )
        )
        raise


def _shown(path: Path, root: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
