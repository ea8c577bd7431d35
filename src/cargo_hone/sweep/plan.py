"""What a sweep will delete, in which order, and what it leaves, with the reasons. Pure: facts in, plan out."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.sweep.belongings import Belongings, belongings
from cargo_hone.sweep.order import dependents_first
from cargo_hone.target.incremental import IncrementalDir
from cargo_hone.target.inventory import Entry
from cargo_hone.target.liveness import Judgement, Mark
from cargo_hone.target.running import InUse
from cargo_hone.target.state import TargetState
from cargo_hone.target.units import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """One unit (or what is left of one): `paths` go in this order, whole trees, each by one rename.

    `freed_bytes` are allocated bytes that come back: of a file with several names only once the last goes.
    """

    label: str
    reason: str
    paths: tuple[Path, ...]
    freed_bytes: int
    is_unit: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """Units that were neither found alive nor deleted, by reason."""

    reason: str
    units: int
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepPlan:
    """What goes and what stays, sizes in allocated bytes. `skipped` says why nothing was judged, if so."""

    target_dir: Path
    removals: tuple[Removal, ...]
    stays: tuple[Stay, ...]
    alive_units: int
    kept_units: int
    total_bytes: int
    doubts: tuple[str, ...] = ()
    skipped: str = ""

    @property
    def freed_bytes(self) -> int:
        """What will come back."""
        return sum(removal.freed_bytes for removal in self.removals)

    @property
    def dead_units(self) -> int:
        """Units that go, without mere leftovers."""
        return sum(removal.is_unit for removal in self.removals)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    label: str
    reason: str
    paths: tuple[str, ...]
    entries: tuple[Entry, ...]
    is_unit: bool


def make_plan(state: TargetState, judgement: Judgement, in_use: InUse) -> SweepPlan:
    """Plan the deletion of what is marked dead, of orphans and of superseded incremental sessions."""
    dead = frozenset(unit_id for unit_id, mark in judgement.marks.items() if mark is Mark.DEAD)
    parts = belongings(state, dead)
    drafts = [
        _unit_draft(state.graph.units[unit_id], judgement.reasons[unit_id], parts)
        for unit_id in dependents_first(state.graph, dead)
    ]
    drafts += [
        _Draft(
            label=orphan.name,
            reason="cargo has no fingerprint for it",
            paths=_tops(orphan.tree),
            entries=orphan.tree,
            is_unit=False,
        )
        for orphan in state.units.orphans
        if not _is_used(orphan.tree, in_use)
    ]
    drafts += [
        _sessions_draft(d)
        for d in state.incremental
        if d.superseded and not (d.owners and d.owners <= dead)
    ]
    return SweepPlan(
        target_dir=state.layout.root,
        removals=_with_sizes(drafts),
        stays=_stays(state, judgement),
        alive_units=sum(mark is Mark.ALIVE for mark in judgement.marks.values()),
        kept_units=len(judgement.marks) - len(dead),
        total_bytes=state.inventory.total_bytes,
        doubts=judgement.doubts,
    )


def _unit_draft(unit: Unit, reason: str, parts: Belongings) -> _Draft:
    """First what the unit can do without (incremental state, final names), then the fingerprint, then the rest.

    The fingerprint goes before the outputs because a live fingerprint whose OUT_DIR is gone is a hard build
    failure that cargo 1.95 does not repair. What carries no unit hash in its name goes before the fingerprint
    because nobody could tell any more whose it was, if the sweep died in between.
    """
    trees = (
        *(directory.tree for directory in parts.sessions.get(unit.id, ())),
        parts.final_links.get(unit.id, ()),
        unit.fingerprint_tree,
        unit.outputs,
        unit.build_tree,
    )
    return _Draft(
        label=unit.label,
        reason=reason,
        paths=tuple(dict.fromkeys(path for tree in trees for path in _tops(tree))),
        entries=tuple(entry for tree in trees for entry in tree),
        is_unit=True,
    )


def _sessions_draft(directory: IncrementalDir) -> _Draft:
    trees = tuple(session.tree for session in directory.superseded)
    return _Draft(
        label=directory.path.rpartition("/")[2],
        reason="an older incremental session",
        paths=tuple(path for tree in trees for path in _tops(tree)),
        entries=tuple(entry for tree in trees for entry in tree),
        is_unit=False,
    )


def _tops(tree: tuple[Entry, ...]) -> tuple[str, ...]:
    """The paths that must be taken to take all of a tree: the directory it begins with, or each file."""
    if tree and tree[0].is_directory:
        return (tree[0].path,)
    return tuple(entry.path for entry in tree)


def _is_used(tree: tuple[Entry, ...], in_use: InUse) -> bool:
    return any(e.identity in in_use.identities or e.path in in_use.paths for e in tree)


def _with_sizes(drafts: Iterable[_Draft]) -> tuple[Removal, ...]:
    """Give each inode's bytes to the removal that takes its last name; to nobody while one is left."""
    names_left: dict[tuple[int, int], int] = {}
    taken: set[str] = set()
    removals: list[Removal] = []
    for draft in drafts:
        freed = 0
        for entry in draft.entries:
            if entry.path in taken:
                continue
            taken.add(entry.path)
            left = names_left.get(entry.identity, entry.links) - 1
            names_left[entry.identity] = left
            if left == 0:
                freed += entry.allocated_bytes
        removals.append(
            Removal(
                label=draft.label,
                reason=draft.reason,
                paths=tuple(Path(path) for path in draft.paths),
                freed_bytes=freed,
                is_unit=draft.is_unit,
            )
        )
    return tuple(removals)


def _stays(state: TargetState, judgement: Judgement) -> tuple[Stay, ...]:
    found: dict[str, tuple[int, int]] = {}
    for unit_id, mark in judgement.marks.items():
        if mark not in {Mark.UNCERTAIN, Mark.KEPT}:
            continue
        unit = state.graph.units[unit_id]
        size = sum(
            entry.allocated_bytes
            for entry in (*unit.fingerprint_tree, *unit.build_tree, *unit.outputs)
        )
        count, total = found.get(judgement.reasons[unit_id], (0, 0))
        found[judgement.reasons[unit_id]] = (count + 1, total + size)
    return tuple(
        Stay(reason=reason, units=count, size_bytes=total)
        for reason, (count, total) in sorted(found.items())
    )
