"""What a budget takes beyond the dead: old things, incremental sessions, closed sets of live units, in this order."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field

from cargo_hone.sweep.belongings import Joint, belongings, joint
from cargo_hone.sweep.budget import Demand
from cargo_hone.sweep.closed_sets import cheapest
from cargo_hone.sweep.draft import Draft, Ledger, unit_entries
from cargo_hone.sweep.sizing import as_pieces
from cargo_hone.target.incremental import IncrementalDir
from cargo_hone.target.state import TargetState
from cargo_hone.target.units import UnitId


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What goes for the budget. Both sets of units are closed: with each unit all that stands on it."""

    old_units: frozenset[UnitId] = frozenset()
    live_units: frozenset[UnitId] = frozenset()
    old_sessions: tuple[IncrementalDir, ...] = ()
    sessions: tuple[IncrementalDir, ...] = ()
    was_futile: bool = False
    """Live units could have gone, and were spared because the bytes cannot be had anyway."""

    @property
    def units(self) -> frozenset[UnitId]:
        """All units that go."""
        return self.old_units | self.live_units

    @property
    def takes_something(self) -> bool:
        """Whether anything goes for the budget."""
        return bool(self.units or self.old_sessions or self.sessions)


def choose(
    state: TargetState,
    demand: Demand,
    *,
    dead: frozenset[UnitId],
    dead_drafts: Iterable[Draft],
    blocked: frozenset[UnitId],
    known: Joint | None = None,
) -> Choice:
    """Choose what goes beyond the dead. `blocked` units stay whatever happens, with all that they need.

    `known` is what several units may hold together, where that is known already.
    """
    chooser = _Chooser(
        state=state,
        demand=demand,
        joint=known or joint(state),
        gone=dead,
        stays=state.graph.reachable(blocked),
        named=state.graph.reachable(demand.live & state.graph.units.keys()),
    )
    for draft in dead_drafts:
        chooser.freed_bytes += chooser.ledger.take(draft.entries)
    old_units, old_sessions = chooser.take_old()
    sessions = chooser.take_sessions()
    live_units, was_futile = chooser.take_live()
    return Choice(
        old_units=old_units,
        live_units=live_units,
        old_sessions=old_sessions,
        sessions=sessions,
        was_futile=was_futile,
    )


@dataclass(slots=True, kw_only=True)
class _Chooser:
    state: TargetState
    demand: Demand
    joint: Joint
    gone: frozenset[UnitId]
    stays: frozenset[UnitId]
    named: frozenset[UnitId]
    freed_bytes: int = 0
    ledger: Ledger = field(default_factory=Ledger)

    def take_old(self) -> tuple[frozenset[UnitId], tuple[IncrementalDir, ...]]:
        """What no build has compiled since the cutoff, nor anything that stands on it."""
        cutoff_ns = self.demand.budget.cutoff_ns(self.demand.now_ns)
        if cutoff_ns is None:
            return frozenset(), ()
        graph = self.state.graph
        young = graph.reachable(
            unit.id
            for unit in graph.units.values()
            if unit.ended_ns >= cutoff_ns and unit.id not in self.gone
        )
        units = frozenset(graph.units) - young - self.gone - self.stays - self.named
        self._take_units(units)
        directories = tuple(
            directory
            for directory in self._free_directories()
            if max((session.time_ns for session in directory.sessions), default=cutoff_ns)
            < cutoff_ns
        )
        for directory in directories:
            self.freed_bytes += self.ledger.take(directory.tree)
        return units, directories

    def take_sessions(self) -> tuple[IncrementalDir, ...]:
        """The incremental state of the crates that were edited longest ago first; of named ones last."""
        freed: dict[str, int] = {}
        taken: list[IncrementalDir] = []
        for directory in sorted(self._free_directories(), key=self._session_rank):
            if self._missing_bytes <= sum(freed.values()):
                break
            size_bytes = self.ledger.would_free(directory.tree)
            if size_bytes:
                freed[directory.path] = size_bytes
                taken.append(directory)
        for directory in reversed(tuple(taken)):
            # The last one may have been more than enough.
            if sum(freed.values()) - freed[directory.path] >= self._missing_bytes:
                del freed[directory.path]
                taken.remove(directory)
        for directory in taken:
            self.freed_bytes += self.ledger.take(directory.tree)
        return tuple(taken)

    def take_live(self) -> tuple[frozenset[UnitId], bool]:
        """Closed sets at the least price; what is named, with what it needs, only if all else is not enough."""
        taken: frozenset[UnitId] = frozenset()
        free = frozenset(self.state.graph.units) - self.gone - self.stays
        for candidates in (free - self.named, free & self.named):
            if self._missing_bytes <= 0:
                break
            found = as_pieces(
                self.state,
                candidates,
                gone=self.gone,
                costs=self.demand.costs,
                ledger=self.ledger,
                known=self.joint,
            )
            chosen = cheapest(found.pieces, found.above, need_bytes=self._missing_bytes)
            units = found.units_of(chosen)
            self._take_units(units)
            taken |= units
        if self._missing_bytes > 0 and self.demand.budget.spares_if_futile:
            return frozenset(), bool(taken)
        return taken, False

    @property
    def _missing_bytes(self) -> int:
        need_bytes = self.demand.budget.need_bytes(
            total_bytes=self.state.inventory.total_bytes, free_bytes=self.demand.free_bytes
        )
        return need_bytes - self.freed_bytes

    def _take_units(self, units: frozenset[UnitId]) -> None:
        if not units:
            return
        self.gone |= units
        parts = belongings(self.state, self.gone, known=self.joint)
        # Of all that are gone: final names that a unit taken earlier had to leave may go now.
        known = self.state.graph.units
        trees = (unit_entries(known[unit_id], parts) for unit_id in self.gone)
        self.freed_bytes += self.ledger.take(itertools.chain.from_iterable(trees))

    def _free_directories(self) -> list[IncrementalDir]:
        """Incremental directories of what stays."""
        return [
            directory
            for directory in self.state.incremental
            if not (directory.owners and directory.owners <= self.gone)
            and self.ledger.would_free(directory.tree)
        ]

    def _session_rank(self, directory: IncrementalDir) -> tuple[bool, int, str]:
        newest_ns = max((session.time_ns for session in directory.sessions), default=0)
        return bool(directory.owners & self.named), newest_ns, directory.path
