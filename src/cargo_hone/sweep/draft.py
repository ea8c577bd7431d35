"""Single things that a sweep may take: what belongs to them on disk, in which order it goes, what comes back."""

import itertools
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from cargo_hone.sweep.belongings import Belongings
from cargo_hone.target.documents import GoneDocs
from cargo_hone.target.incremental import IncrementalDir
from cargo_hone.target.inventory import Entry
from cargo_hone.target.units import Orphan, Unit


class Step(StrEnum):
    """Why something goes, in the order in which it goes."""

    DEAD = "dead"
    """No build can use it."""
    OLD = "old"
    """No build has compiled it for as long as was asked."""
    SESSIONS = "incremental sessions"
    """The next edit of that crate takes longer."""
    LIVE = "live"
    """The next build that needs it compiles it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One removal before its bytes are counted; `tops` go in this order, each as a whole."""

    label: str
    reason: str
    step: Step
    tops: tuple[Entry, ...]
    entries: tuple[Entry, ...]
    is_unit: bool
    compile_s: float = 0.0


@dataclass(slots=True)
class Ledger:
    """Gives each inode's bytes to whoever takes its last name; to nobody while one is left."""

    _names_left: dict[tuple[int, int], int] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)

    def names_left(self, entry: Entry) -> int:
        """Return how many names of an entry's inode nobody has taken."""
        if entry.links == 1:
            return 0 if entry.path in self._taken else 1
        return self._names_left.get(entry.identity, entry.links)

    def would_free(self, entries: Iterable[Entry]) -> int:
        """Return the allocated bytes that would come back if these were taken now."""
        return self._freed(self._untaken(entries).values())

    def take(self, entries: Iterable[Entry]) -> int:
        """Take them; returns the allocated bytes that come back."""
        new = self._untaken(entries)
        freed = self._freed(new.values())
        for entry in new.values():
            if entry.links > 1:
                self._names_left[entry.identity] = self.names_left(entry) - 1
        self._taken.update(new)
        return freed

    def _untaken(self, entries: Iterable[Entry]) -> dict[str, Entry]:
        taken = self._taken
        return {entry.path: entry for entry in entries if entry.path not in taken}

    def _freed(self, new: Collection[Entry]) -> int:
        # Nearly all have one name: those need no accounts.
        freed = sum([entry.allocated_bytes for entry in new if entry.links == 1])
        several = [entry for entry in new if entry.links > 1]
        if not several:
            return freed
        names = Counter(entry.identity for entry in several)
        inodes = {entry.identity: entry for entry in several}
        return freed + sum(
            entry.allocated_bytes
            for identity, entry in inodes.items()
            if self.names_left(entry) <= names[identity]
        )


def unit_draft(
    unit: Unit, parts: Belongings, *, step: Step, reason: str, compile_s: float = 0.0
) -> Draft:
    """First what the unit can do without (incremental state, final names), then the fingerprint, then the rest.

    The fingerprint goes before the outputs because a live fingerprint whose OUT_DIR is gone is a hard build
    failure that cargo 1.95 does not repair. What carries no unit hash in its name goes before the fingerprint
    because nobody could tell any more whose it was, if the sweep died in between.
    """
    trees = _trees(unit, parts)
    return Draft(
        label=unit.label,
        reason=reason,
        step=step,
        tops=(*itertools.chain.from_iterable(map(_tops, trees)),),
        entries=(*itertools.chain.from_iterable(trees),),
        is_unit=True,
        compile_s=compile_s,
    )


def unit_entries(unit: Unit, parts: Belongings) -> Iterator[Entry]:
    """Yield the entries of a unit's draft."""
    return itertools.chain.from_iterable(_trees(unit, parts))


def _trees(unit: Unit, parts: Belongings) -> tuple[tuple[Entry, ...], ...]:
    outputs = unit.outputs
    if unit.build_tree:
        # What lies in the unit's own directory goes with that.
        own = unit.build_tree[0].path + "/"
        outputs = tuple(entry for entry in outputs if not entry.path.startswith(own))
    return (
        *(directory.tree for directory in parts.sessions.get(unit.id, ())),
        parts.final_links.get(unit.id, ()),
        unit.fingerprint_tree,
        outputs,
        unit.build_tree,
        parts.emptied.get(unit.id, ()),
    )


def docs_draft(documents: GoneDocs) -> Draft:
    """Documentation that nobody needs."""
    return Draft(
        label=documents.path.rpartition("/")[2],
        reason=documents.reason,
        step=Step.DEAD,
        tops=_tops(documents.tree),
        entries=documents.tree,
        is_unit=False,
    )


def orphan_draft(orphan: Orphan) -> Draft:
    """Files that are no unit's any more."""
    return Draft(
        label=orphan.name,
        reason=orphan.reason,
        step=Step.DEAD,
        tops=_tops(orphan.tree),
        entries=orphan.tree,
        is_unit=False,
    )


def superseded_draft(directory: IncrementalDir) -> Draft:
    """The sessions that a newer one has replaced."""
    trees = tuple(session.tree for session in directory.superseded)
    return Draft(
        label=directory.path.rpartition("/")[2],
        reason="an older incremental session",
        step=Step.DEAD,
        tops=tuple(entry for tree in trees for entry in _tops(tree)),
        entries=tuple(entry for tree in trees for entry in tree),
        is_unit=False,
    )


def sessions_draft(directory: IncrementalDir, *, step: Step) -> Draft:
    """All incremental state of one crate; what it belongs to stays fresh."""
    return Draft(
        label=directory.path.rpartition("/")[2],
        reason="incremental state: the next edit of that crate compiles all of it",
        step=step,
        tops=_tops(directory.tree),
        entries=directory.tree,
        is_unit=False,
    )


def _tops(tree: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """What must be taken to take all of a tree: the directory it begins with, or each file."""
    return tree[:1] if tree and tree[0].is_directory else tree
