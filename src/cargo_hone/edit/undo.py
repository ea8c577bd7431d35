"""Undo: the newest transaction (with all that extended it) taken back, as a transaction of its own."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cargo_hone.edit import transaction
from cargo_hone.edit.journal import Journal
from cargo_hone.edit.record import FileRecord, Record, State
from cargo_hone.edit.recover import recover_locked
from cargo_hone.edit.transaction import RefusedFile
from cargo_hone.errors import UsageProblem
from cargo_hone.files import atomic
from cargo_hone.model import FileChange, Plan

_NONE: Mapping[Path, str] = {}


class NothingToUndo(UsageProblem):
    """There is no transaction that is not undone already (exit 2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoResult:
    """What became of each file: restored to its bytes and mode, merged with later edits, or left alone."""

    id: str
    title: str
    restored: tuple[Path, ...]
    merged: tuple[Path, ...]
    refused: tuple[RefusedFile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Undoing:
    """One file on its way back, through the group's changes of it from the newest to the oldest."""

    change: FileChange
    file: FileRecord
    undoes: tuple[tuple[int, Path], ...]
    merged: bool


def preview(
    journal: Journal, transaction_id: str | None = None, *, keep: Mapping[Path, str] = _NONE
) -> tuple[Plan, UndoResult]:
    """Return what `undo` would do now, as a plan to show; nothing is written. Raises what `undo` does."""
    group = _group(journal, transaction_id)
    undoing, refused = _take_back(journal, group, keep)
    changes = tuple(u.change for u in undoing if u.change.before != u.change.after)
    return Plan(title=f"undo: {group[0].title}", changes=changes), _result(group, undoing, refused)


def undo(
    journal: Journal, transaction_id: str | None = None, *, keep: Mapping[Path, str] = _NONE
) -> UndoResult:
    """Take back the newest transaction that is not undone, or the named one, with its whole group.

    A file that is as we left it gets its old bytes and mode, or vanishes if we created it, with the
    directories made for it if they are empty. In a file edited since only our lines are taken back; where the
    same lines were edited it is left alone, and a later undo tries it again. So are those in `keep`, which gives the
    reasons. All files change or none. Raises NothingToUndo, UsageProblem for an unknown id, Busy, Unavailable.
    """
    with journal.locked():
        recover_locked(journal)
        group = _group(journal, transaction_id)
        undoing, refused = _take_back(journal, group, keep)
        if undoing:
            record = Record(
                id=(number := journal.next_id()),
                group=number,
                title=f"undo: {group[0].title}",
                root=group[0].root,
                at=datetime.now(UTC).isoformat(timespec="seconds"),
                state=State.STARTED,
                files=tuple(
                    _kept(journal, u) for u in undoing if u.change.before != u.change.after
                ),
                undoes=tuple(pair for u in undoing for pair in u.undoes),
            )
            transaction.run(journal, record)
        return _result(group, undoing, refused)


def _group(journal: Journal, transaction_id: str | None) -> tuple[Record, ...]:
    """Return the records to undo, the oldest first, each with only the files that are not undone yet."""
    records = [r for r in journal.records() if r.state is State.COMMITTED]
    undone = {pair for record in records for pair in record.undoes}
    done = [record for record in records if not record.undoes]
    if transaction_id is None:
        still = [r.group for r in done if any((r.id, f.path) not in undone for f in r.files)]
        if not still:
            raise NothingToUndo(
                "nothing to undo: no change made by cargo-hone is left here",
                next_step="nothing has to be done",
            )
        wanted = still[-1]
    else:
        groups = [r.group for r in done if transaction_id in {str(r.id), str(r.group)}]
        if not groups:
            known = ", ".join(dict.fromkeys(str(r.group) for r in done)) or "none"
            raise UsageProblem(
                f"there is no transaction {transaction_id!r} (known: {known})",
                next_step="cargo hone undo without an id undoes the newest",
            )
        wanted = groups[0]
    group = tuple(record for record in done if record.group == wanted)
    if all((r.id, f.path) in undone for r in group for f in r.files):
        raise NothingToUndo(
            f"nothing to undo: transaction {transaction_id} is undone already",
            next_step="nothing has to be done",
        )
    return group


def _take_back(
    journal: Journal, group: tuple[Record, ...], keep: Mapping[Path, str]
) -> tuple[list[_Undoing], list[RefusedFile]]:
    records = journal.records()
    undone = {pair for r in records if r.state is State.COMMITTED for pair in r.undoes}
    chains: dict[Path, list[tuple[int, FileRecord]]] = {}
    for record in reversed(group):
        for file in record.files:
            if (record.id, file.path) not in undone:
                chains.setdefault(file.path, []).append((record.id, file))
    undoing: list[_Undoing] = []
    refused: list[RefusedFile] = []
    for path, chain in chains.items():
        back: _Undoing | RefusedFile
        if path in keep:
            back = RefusedFile(path=path, reason=keep[path], difference="")
        else:
            back = _back_through(journal, chain)
        if isinstance(back, RefusedFile):
            refused.append(back)
        else:
            undoing.append(back)
    return undoing, refused


def _back_through(journal: Journal, chain: list[tuple[int, FileRecord]]) -> _Undoing | RefusedFile:
    """Take the changes of one file back in memory, the newest first."""
    newest, oldest = chain[0][1], chain[-1][1]
    path = newest.path
    current = atomic.read(path)
    content, merged = current, False
    for _, file in chain:
        reverted = transaction.revert(journal, file, content)
        if isinstance(reverted, RefusedFile):
            return reverted
        content, merged = reverted.content, merged or reverted.merged
    mode = atomic.permissions(path)
    # A mode that the user has changed since is theirs.
    after_mode = oldest.before_mode if mode in {newest.after_mode, None} else mode
    return _Undoing(
        change=FileChange(
            path=path, before=current, after=content, why=f"undo: {oldest.why}", step=oldest.step
        ),
        file=FileRecord(
            path=path,
            before=None,
            after=None,
            before_mode=mode,
            after_mode=None if content is None else after_mode,
            why=oldest.why,
            step=oldest.step,
            made=() if content is None else tuple(atomic.missing_parents(path)),
            emptied=tuple(d for _, file in chain for d in reversed(file.made)),
        ),
        undoes=tuple((number, path) for number, _ in chain),
        merged=merged,
    )


def _kept(journal: Journal, undoing: _Undoing) -> FileRecord:
    """Return the file's record with both contents in the journal."""
    return dataclasses.replace(
        undoing.file,
        before=journal.keep(undoing.change.before),
        after=journal.keep(undoing.change.after),
    )


def _result(
    group: tuple[Record, ...], undoing: list[_Undoing], refused: list[RefusedFile]
) -> UndoResult:
    return UndoResult(
        id=str(group[0].group),
        title=group[0].title,
        restored=tuple(u.change.path for u in undoing if not u.merged),
        merged=tuple(u.change.path for u in undoing if u.merged),
        refused=tuple(refused),
    )
