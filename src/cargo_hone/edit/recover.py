"""Rolling back what a killed run has left half done; called when a command that changes something starts."""

from dataclasses import dataclass

from cargo_hone.edit import transaction
from cargo_hone.edit.journal import Journal
from cargo_hone.edit.record import State
from cargo_hone.edit.transaction import RefusedFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """What was rolled back: the titles of the transactions, and the files that could not be."""

    titles: tuple[str, ...] = ()
    refused: tuple[RefusedFile, ...] = ()


def recover(journal: Journal) -> Recovered:
    """Roll back every transaction that was started and not committed.

    Safe at any time: it waits for the lock, so a transaction at work is never taken for a dead one. Raises
    Busy, or Unavailable (then it can be called again).
    """
    if not journal.records():
        return Recovered()
    with journal.locked():
        return recover_locked(journal)


def recover_locked(journal: Journal) -> Recovered:
    """Do the same while the journal's lock is held already."""
    titles: list[str] = []
    refused: list[RefusedFile] = []
    for record in reversed(journal.records()):
        if record.state is State.STARTED:
            titles.append(record.title)
            refused.extend(transaction.roll_back(journal, record))
    journal.tidy()
    return Recovered(titles=tuple(titles), refused=tuple(refused))
