"""Applying a plan: one transaction over all its files, recorded so that `undo` restores the bytes."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cargo_hone.edit import transaction
from cargo_hone.edit.journal import Journal
from cargo_hone.edit.plan import merge, shown
from cargo_hone.edit.record import FileRecord, Record, State
from cargo_hone.edit.recover import recover_locked
from cargo_hone.errors import Busy, UsageProblem
from cargo_hone.files import atomic
from cargo_hone.model import FileChange, Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """An applied plan. `group` is what `undo` takes: all transactions with the same one are undone together."""

    id: str
    group: str
    title: str
    paths: tuple[Path, ...]


def apply(
    plan: Plan, *, journal: Journal, root: Path, extend: Transaction | None = None
) -> Transaction:
    """Change all files of the plan or none, and return what `undo` can take back.

    With `extend` the changes join an earlier transaction: both are undone as one. A killed earlier run is
    rolled back first. Raises Busy when a file is not as the plan found it or another process is at work,
    UsageProblem when two changes lead to one file, Unavailable (permission, space). Whatever is raised, ^C
    too, no file has changed.
    """
    with journal.locked():
        recover_locked(journal)
        number = journal.next_id()
        group = number
        if extend is not None:
            group = _open_group(journal, extend)
        record = Record(
            id=number,
            group=group,
            title=plan.title,
            root=root,
            at=datetime.now(UTC).isoformat(timespec="seconds"),
            state=State.STARTED,
            files=_files(merge([plan], title=plan.title), journal, root),
        )
        if record.files:
            transaction.run(journal, record)
    return Transaction(
        id=str(record.id),
        group=str(record.group),
        title=record.title,
        paths=tuple(file.path for file in record.files),
    )


def _open_group(journal: Journal, extend: Transaction) -> int:
    """Return the group that `extend` belongs to. Raises UsageProblem where it was undone meanwhile."""
    records = journal.records()
    members = {record.id for record in records if str(record.group) == extend.group}
    undone = {number for record in records for number, _ in record.undoes}
    if members & undone:
        raise UsageProblem(
            f"{extend.title!r} was undone while it was still going on",
            next_step="run the command again",
        )
    return int(extend.group)


def _files(plan: Plan, journal: Journal, root: Path) -> tuple[FileRecord, ...]:
    files: dict[Path, FileRecord] = {}
    for change in plan.changes:
        # The final file: a link that leads to it stays a link, now and after an undo.
        path = Path(os.path.realpath(change.path))
        if path in files:
            raise UsageProblem(
                f"two changes of one plan lead to the same file {path}",
                next_step="remove one of the links that lead to it, then run the command again",
            )
        if atomic.read(path) != change.before:
            raise Busy(
                f"{shown(change.path, root=root)} has changed since the plan was made",
                next_step="run the command again to plan with the new content",
            )
        files[path] = _file(path, change, journal)
    return tuple(files.values())


def _file(path: Path, change: FileChange, journal: Journal) -> FileRecord:
    before_mode = atomic.permissions(path)
    after_mode = before_mode
    if change.after is None:
        after_mode = None
    elif before_mode is None:
        after_mode = (0o777 if change.executable else 0o666) & ~_umask()
    return FileRecord(
        path=path,
        before=journal.keep(change.before),
        after=journal.keep(change.after),
        before_mode=before_mode,
        after_mode=after_mode,
        why=change.why,
        step=change.step,
        made=tuple(atomic.missing_parents(path)),
    )


def _umask() -> int:
    # It can only be read by setting it.
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
