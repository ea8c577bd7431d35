"""One transaction over several files: all of them new, or all of them old, wherever the program dies.

The order is the whole proof. The record, with every content it needs, is on the disk in state STARTED before
the first file changes, and becomes COMMITTED by one rename after the last. Whoever finds a STARTED record
while holding the lock rolls it back; rolling back can itself be stopped and started again.
"""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.edit.journal import Journal
from cargo_hone.edit.plan import difference
from cargo_hone.edit.record import FileRecord, Record, State
from cargo_hone.edit.three_way import without_ours
from cargo_hone.files import atomic


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedFile:
    """A file that was edited in the same lines since, and so was left alone.

    `difference` shows what taking our change back would do to what we wrote, and what the edit did to it.
    """

    path: Path
    reason: str
    difference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reverted:
    """What a content becomes when one change is taken back out of it; `merged` if it was edited since."""

    content: bytes | None
    merged: bool


def run(journal: Journal, record: Record) -> Record:
    """Do what the record says and return it committed; the journal's lock must be held.

    Whatever is raised in the middle (^C too), the files are rolled back before it goes on.
    """
    committed = dataclasses.replace(record, state=State.COMMITTED)
    try:
        journal.write(record)
        for file in record.files:
            _write(file.path, journal.content(file.after), mode=file.after_mode)
        for file in record.files:
            for directory in file.emptied:
                atomic.remove_if_empty(directory)
        journal.write(committed)
    except BaseException as error:
        for refused in roll_back(journal, record):
            error.add_note(f"{refused.path} was not rolled back: {refused.reason}")
        raise
    return committed


def roll_back(journal: Journal, record: Record) -> tuple[RefusedFile, ...]:
    """Put back what the record has done so far, and forget it; the journal's lock must be held.

    A file that somebody else edited in the same lines meanwhile stays as it is and is returned; the record is
    then kept for that file alone, so that `undo` can try again.
    """
    refused: list[RefusedFile] = []
    stuck: list[FileRecord] = []
    for file in reversed(record.files):
        atomic.remove_leftovers(file.path)
        current = atomic.read(file.path)
        reverted = revert(journal, file, current)
        if isinstance(reverted, RefusedFile):
            refused.append(reverted)
            stuck.append(file)
        elif reverted.content != current:
            _write(file.path, reverted.content, mode=None if reverted.merged else file.before_mode)
    for file in reversed(record.files):
        for directory in reversed(file.made):
            atomic.remove_if_empty(directory)
    if stuck and not record.undoes:
        journal.write(
            dataclasses.replace(record, files=tuple(stuck), state=State.COMMITTED),
        )
    else:
        journal.forget(record)
    return tuple(refused)


def revert(journal: Journal, file: FileRecord, current: bytes | None) -> Reverted | RefusedFile:
    """Return what `current` becomes without the recorded change, or why that cannot be said."""
    before, after = journal.content(file.before), journal.content(file.after)
    if current == after:
        return Reverted(content=before, merged=False)
    if current == before:
        return Reverted(content=current, merged=False)
    if current is None:
        reason = "it was deleted since"
    elif before is None:
        reason = "it was created by cargo-hone and edited since"
    elif after is None:
        reason = "it was deleted by cargo-hone and created anew since"
    else:
        merged = without_ours(current, before=before, after=after)
        if merged is not None:
            return Reverted(content=merged, merged=True)
        reason = "the lines that cargo-hone changed, or their neighbours, were edited since"
    shown = [
        "undo would change:",
        *difference(after, before, file.path.name),
        "but this was changed since:",
        *difference(after, current, file.path.name),
    ]
    return RefusedFile(path=file.path, reason=reason, difference="\n".join(shown) + "\n")


def _write(path: Path, content: bytes | None, *, mode: int | None) -> None:
    if content is None:
        atomic.remove(path)
    else:
        atomic.create_parents(path)
        atomic.replace(path, content, mode=mode)
