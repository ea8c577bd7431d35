"""One budget for several target directories: what each gives to it, chosen as if they were one. Pure.

First the dead of all, then the incremental state that is oldest in all, then the closed sets of live units that are
cheapest in all. `max_bytes` holds for their sum; `min_free_bytes` for each file system by itself.
"""

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from cargo_hone.sweep.budget import Budget, Demand
from cargo_hone.sweep.certain import Certain, certain
from cargo_hone.sweep.choice import Choice, choose
from cargo_hone.sweep.judged import Judged
from cargo_hone.sweep.plan import SweepPlan, make_plan
from cargo_hone.sweep.shortfall import Shortfall, find_shortfall
from cargo_hone.target.graph import Graph
from cargo_hone.target.inventory import Inventory, Kind
from cargo_hone.target.state import TargetState
from cargo_hone.target.units import UnitId, Units

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A target directory that may give something, and the file system (device number) that it lies on."""

    judged: Judged
    device: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """The plan for each holding, in their order; what is missing in the end."""

    plans: tuple[SweepPlan, ...]
    shortfall: Shortfall | None


def share(
    holdings: Sequence[Holding],
    budget: Budget,
    *,
    total_bytes: int,
    free_bytes: Mapping[int, int],
    now_ns: int,
    jobs: int,
) -> Shared:
    """Choose what goes beyond the dead.

    `total_bytes` is what all of them take, with those that cannot be swept now; `free_bytes` is by file system.
    """
    sharing = _Sharing(
        holdings=holdings, budget=budget, total_bytes=total_bytes, now_ns=now_ns, jobs=jobs
    )
    given = sharing.given(
        range(len(holdings)), dataclasses.replace(budget, min_free_bytes=None), free_bytes=0
    )
    missing_free_bytes = 0
    for device in sorted({holding.device for holding in holdings}):
        # What a file system must get is not to be had from another one.
        here = [place for place in given if holdings[place].device == device]
        free, wanted = free_bytes.get(device, 0), budget.min_free_bytes or 0
        if free + sharing.freed_bytes(here, given) < wanted:
            asked = dataclasses.replace(budget, max_bytes=None)
            given |= sharing.given(here, asked, free_bytes=free)
            short_bytes = wanted - free - sharing.freed_bytes(here, given)
            missing_free_bytes = max(missing_free_bytes, short_bytes)
    return Shared(
        plans=tuple(given[place].plan for place in sorted(given)),
        shortfall=sharing.shortfall(given, missing_free_bytes),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    choice: Choice
    plan: SweepPlan


@dataclass(slots=True, kw_only=True)
class _Sharing:
    """The holdings by their places (numbers), and the facts that are the same for all."""

    holdings: Sequence[Holding]
    budget: Budget
    total_bytes: int
    now_ns: int
    jobs: int
    sure: list[Certain] = field(init=False)

    def __post_init__(self) -> None:
        found = [holding.judged for holding in self.holdings]
        self.sure = [certain(one.state, one.judgement, one.in_use, docs=one.docs) for one in found]

    def given(self, places: Sequence[int], budget: Budget, *, free_bytes: int) -> dict[int, _Given]:
        """Choose among some of them as if they were one."""
        demand = self._demand(places, budget, free_bytes)
        choice = choose(
            self._merged(places),
            demand,
            dead=frozenset[UnitId]().union(*(self.sure[place].dead for place in places)),
            dead_drafts=[draft for place in places for draft in self.sure[place].drafts],
            blocked=self._blocked(places),
        )
        found: dict[int, _Given] = {}
        for place in places:
            one, own = self.holdings[place].judged, self._own(place, choice)
            plan = make_plan(
                one.state, one.judgement, one.in_use, demand=demand, choice=own, docs=one.docs
            )
            found[place] = _Given(choice=own, plan=plan)
        return found

    def freed_bytes(self, places: Iterable[int], given: Mapping[int, _Given]) -> int:
        """What comes back from some of them."""
        return sum(given[place].plan.freed_bytes for place in places)

    def shortfall(self, given: Mapping[int, _Given], missing_free_bytes: int) -> Shortfall | None:
        """What is missing to the size of all, or to the free space where that is more."""
        places = sorted(given)
        state = self._merged(places)
        gone = frozenset[UnitId]().union(
            *(self.sure[place].dead | given[place].choice.units for place in places)
        )
        found = find_shortfall(
            state,
            self._demand(places, dataclasses.replace(self.budget, min_free_bytes=None), 0),
            freed_bytes=self.freed_bytes(places, given),
            stays=frozenset(state.graph.units) - gone,
            in_use=state.graph.reachable(self._blocked(places)),
            was_futile=any(given[place].choice.was_futile for place in places),
        )
        if missing_free_bytes <= 0:
            return found
        return dataclasses.replace(
            found or Shortfall(missing_bytes=0),
            missing_bytes=max(found.missing_bytes if found else 0, missing_free_bytes),
            missing_free_bytes=missing_free_bytes,
        )

    def _demand(self, places: Iterable[int], budget: Budget, free_bytes: int) -> Demand:
        found = [self.holdings[place].judged for place in places]
        return Demand(
            budget=budget,
            costs={unit_id: cost for one in found for unit_id, cost in one.costs.items()},
            free_bytes=free_bytes,
            now_ns=self.now_ns,
            jobs=self.jobs,
            live=frozenset[UnitId]().union(*(one.live for one in found)),
        )

    def _blocked(self, places: Iterable[int]) -> frozenset[UnitId]:
        return frozenset[UnitId]().union(*(self.sure[place].blocked for place in places))

    def _merged(self, places: Iterable[int]) -> TargetState:
        states = [self.holdings[place].judged.state for place in places]
        return merged(states, total_bytes=self.total_bytes)

    def _own(self, place: int, choice: Choice) -> Choice:
        state = self.holdings[place].judged.state
        paths = {directory.path for directory in state.incremental}
        units = frozenset(state.graph.units)
        return Choice(
            old_units=choice.old_units & units,
            live_units=choice.live_units & units,
            old_sessions=tuple(one for one in choice.old_sessions if one.path in paths),
            sessions=tuple(one for one in choice.sessions if one.path in paths),
            was_futile=choice.was_futile,
        )


def merged(states: Sequence[TargetState], *, total_bytes: int) -> TargetState:
    """Return several target directories as one of `total_bytes`; units keep their ids, which hold their paths.

    One that lies inside another is taken out of what the outer one holds of such.
    """
    roots = [state.layout.root for state in states]
    kinds: dict[Kind, int] = defaultdict(int)
    for state in states:
        for kind, size_bytes in state.inventory.bytes_by_kind:
            kinds[kind] += size_bytes
        if _is_inside(state.layout.root, roots):
            kinds[Kind.NESTED] -= state.inventory.total_bytes
    return TargetState(
        layout=states[0].layout,
        inventory=Inventory(
            total_bytes=total_bytes,
            bytes_by_kind=tuple((kind, max(kinds[kind], 0)) for kind in Kind),
            profiles=tuple(p for state in states for p in state.inventory.profiles),
        ),
        units=Units(
            units=tuple(unit for state in states for unit in state.units.units),
            orphans=tuple(orphan for state in states for orphan in state.units.orphans),
        ),
        graph=_joined([state.graph for state in states]),
        incremental=tuple(directory for state in states for directory in state.incremental),
    )


def _is_inside(root: Path, roots: Sequence[Path]) -> bool:
    return any(other in root.parents for other in roots)


def _joined(graphs: Sequence[Graph]) -> Graph:
    return Graph(
        units=_all_of(graph.units for graph in graphs),
        needs=_all_of(graph.needs for graph in graphs),
        needed_by=_all_of(graph.needed_by for graph in graphs),
        unresolved=_all_of(graph.unresolved for graph in graphs),
        resolved=_all_of(graph.resolved for graph in graphs),
    )


def _all_of(parts: Iterable[Mapping[UnitId, _Value]]) -> dict[UnitId, _Value]:
    return {unit_id: value for part in parts for unit_id, value in part.items()}
