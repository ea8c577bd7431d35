"""Units as pieces for the search: their price, the bytes that are theirs alone, and those that several share."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from cargo_hone.sweep.belongings import Joint, joint
from cargo_hone.sweep.closed_sets import Piece
from cargo_hone.sweep.draft import Ledger
from cargo_hone.sweep.order import by_name
from cargo_hone.sweep.price import Cost
from cargo_hone.target.inventory import Entry
from cargo_hone.target.state import TargetState
from cargo_hone.target.units import UnitId


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """The pieces with what stands on each; the first ones are the `units`, in their order."""

    units: tuple[UnitId, ...]
    pieces: tuple[Piece, ...]
    above: tuple[frozenset[int], ...]

    def units_of(self, chosen: frozenset[int]) -> frozenset[UnitId]:
        """Return the units among the chosen pieces."""
        return frozenset(self.units[index] for index in chosen if index < len(self.units))


@dataclass(slots=True, kw_only=True)
class _Inode:
    """Names of one inode that are still there, and the units without which they all are gone."""

    entry: Entry
    paths: set[str] = field(default_factory=set)
    holders: set[UnitId] = field(default_factory=set)


def as_pieces(
    state: TargetState,
    candidates: frozenset[UnitId],
    *,
    gone: frozenset[UnitId],
    costs: Mapping[UnitId, Cost],
    ledger: Ledger,
    known: Joint | None = None,
) -> Pieces:
    """Make pieces of the candidates; whatever stands on one must be a candidate too, or in `gone`.

    Bytes come back when the last name of an inode goes: where names belong to several units (two that uplift
    to the same final name), the bytes are a piece of their own below all of those.
    """
    known = known or joint(state)
    units = tuple(sorted(candidates, key=by_name))
    number = {unit_id: index for index, unit_id in enumerate(units)}
    inodes, sizes = _inodes(state, candidates, gone=gone, known=known)
    alone = [sizes[unit_id] for unit_id in units]
    shared: dict[frozenset[int], int] = defaultdict(int)
    for inode in inodes.values():
        if ledger.names_left(inode.entry) > len(inode.paths) or not inode.holders <= candidates:
            continue
        holders = frozenset(number[holder] for holder in inode.holders)
        if len(holders) == 1:
            alone[min(holders)] += inode.entry.allocated_bytes
        else:
            shared[holders] += inode.entry.allocated_bytes
    pieces = [
        Piece(cost=costs[unit_id].wall_s, size_bytes=alone[index])
        for index, unit_id in enumerate(units)
    ]
    above = [
        frozenset(number[other] for other in state.graph.needed_by[unit_id] if other in number)
        for unit_id in units
    ]
    for holders, size_bytes in sorted(shared.items(), key=lambda item: sorted(item[0])):
        pieces.append(Piece(cost=0.0, size_bytes=size_bytes))
        above.append(holders)
    return Pieces(units=units, pieces=tuple(pieces), above=tuple(above))


def _inodes(
    state: TargetState,
    candidates: frozenset[UnitId],
    *,
    gone: frozenset[UnitId],
    known: Joint,
) -> tuple[Mapping[tuple[int, int], _Inode], Mapping[UnitId, int]]:
    """Return the inodes, and by unit the bytes of those that nothing else can hold: nearly all."""
    inodes: dict[tuple[int, int], _Inode] = {}
    sizes: dict[UnitId, int] = {}
    named = {entry.path for name in known.names for entry in (name.link, *name.notes)}
    alike = Counter(unit_id.hash for unit_id in state.graph.units)
    for unit_id in candidates:
        unit = state.graph.units[unit_id]
        is_alone = alike[unit_id.hash] == 1
        tree = {
            entry.path: entry for entry in (*unit.fingerprint_tree, *unit.outputs, *unit.build_tree)
        }
        own = {
            path: entry.allocated_bytes
            for path, entry in tree.items()
            if entry.links == 1 and is_alone and path not in named
        }
        sizes[unit_id] = sum(own.values())
        for path, entry in tree.items() if len(own) < len(tree) else ():
            if path in own:
                continue
            inode = inodes.setdefault(entry.identity, _Inode(entry=entry))
            inode.paths.add(path)
            inode.holders.add(unit_id)
    for name in known.names:
        holders = ({name.owner} | name.makers) - gone
        if not holders:
            continue
        for entry in (name.link, *name.notes):
            inode = inodes.setdefault(entry.identity, _Inode(entry=entry))
            inode.paths.add(entry.path)
            inode.holders |= holders
    for directory in known.directories:
        units = directory.holders - gone
        for entry in directory.tree if units else ():
            inodes[entry.identity] = _Inode(entry=entry, paths={entry.path}, holders=set(units))
    return inodes, sizes
