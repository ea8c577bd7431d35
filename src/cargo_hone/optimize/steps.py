"""What each step of the job came to, as events: the files that it changed, then how it ended."""

from collections.abc import Sequence
from pathlib import Path

from cargo_hone.edit.plan import shown
from cargo_hone.events import Emit, Event, EventKind
from cargo_hone.levers.registry import LEVERS
from cargo_hone.model import LeverOutcome, Plan

CHANGING = ("sccache", "target_dir", "levers", "ci", "devcontainer")
"""The steps that change files, in the order in which they are told."""


def tell(plan: Plan, outcomes: Sequence[LeverOutcome], *, root: Path, emit: Emit) -> None:
    """Say for each step which files were changed for it, and what became of it and why.

    `plan` has been applied. A step that had nothing to do here ends as well, with its reason.
    """
    for step in CHANGING:
        edits = [change for change in plan.changes if change.step == step]
        for change in edits:
            _emit(
                emit, EventKind.EDITED, step, shown(change.path, root=root), path=str(change.path)
            )
        said = [f"{o.title}: {o.standing} ({o.reason})" for o in outcomes if step_of(o) == step]
        if said:
            _emit(emit, EventKind.FINISHED, step, "; ".join(said))


def edited(paths: Sequence[Path], *, step: str, root: Path, emit: Emit) -> None:
    """Say that a step wrote these files."""
    for path in paths:
        _emit(emit, EventKind.EDITED, step, shown(path, root=root), path=str(path))


def finished(step: str, message: str, *, emit: Emit) -> None:
    """Say that a step has ended."""
    _emit(emit, EventKind.FINISHED, step, message)


def blocked(step: str, message: str, *, emit: Emit) -> None:
    """Say that a step could not be done, and why; the job goes on without it."""
    _emit(emit, EventKind.BLOCKED, step, message)


def step_of(outcome: LeverOutcome) -> str:
    """Return the step that an outcome belongs to: that of its lever; what keeps the gain is named like its step."""
    return {lever.name: lever.step for lever in LEVERS}.get(outcome.name, outcome.name)


def _emit(emit: Emit, kind: EventKind, step: str, message: str, **data: str) -> None:
    emit(Event(kind=kind, step=step, message=message, data=data))
