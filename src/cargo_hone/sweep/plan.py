"""What a sweep will delete, in which order, and what it leaves, with the reasons. Pure: facts in, plan out."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.sweep import schedule
from cargo_hone.sweep.belongings import belongings
from cargo_hone.sweep.budget import Demand
from cargo_hone.sweep.certain import certain, chosen_drafts, dead_drafts, without_chosen
from cargo_hone.sweep.choice import Choice, choose
from cargo_hone.sweep.draft import (
    Draft,
    Ledger,
    Step,
)
from cargo_hone.sweep.price import Source
from cargo_hone.sweep.shortfall import Shortfall, find_shortfall
from cargo_hone.target.documents import GoneDocs
from cargo_hone.target.inventory import Entry
from cargo_hone.target.liveness import Judgement, Mark
from cargo_hone.target.running import InUse
from cargo_hone.target.state import TargetState
from cargo_hone.target.units import UnitId

_UNPROVEN = frozenset({Mark.UNCERTAIN, Mark.KEPT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """One unit (or what is left of one): `tops` go in this order, whole trees, each by one rename.

    `freed_bytes` are allocated bytes that come back: of a file with several names only once the last goes.
    `compile_s` is what a unit that is not dead took to compile.
    """

    label: str
    reason: str
    step: Step
    tops: tuple[Entry, ...]
    freed_bytes: int
    is_unit: bool
    compile_s: float = 0.0

    @property
    def paths(self) -> tuple[str, ...]:
        """What is renamed, each path once."""
        return tuple(dict.fromkeys(path for top in self.tops for path in top.paths))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """Units that were neither found alive nor deleted, by reason."""

    reason: str
    units: int
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What it costs to have the units again that are not dead: if all of them are built again, in seconds.

    `compile_s` is the sum of their times, `rebuild_s` what cargo will take with `jobs` at a time. `sources` says
    for how many units each source knew the time.
    """

    units: int = 0
    compile_s: float = 0.0
    rebuild_s: float = 0.0
    jobs: int = 1
    sources: tuple[tuple[Source, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepPlan:
    """What goes and what stays, sizes in allocated bytes. `skipped` says why nothing was judged, if so.

    `shortfall` says what is missing to the budget where it cannot be reached.
    """

    target_dir: Path
    removals: tuple[Removal, ...]
    stays: tuple[Stay, ...]
    alive_units: int
    kept_units: int
    total_bytes: int
    doubts: tuple[str, ...] = ()
    skipped: str = ""
    price: Price = Price()
    shortfall: Shortfall | None = None
    given_up: frozenset[UnitId] = frozenset()
    """The units that go and are not dead."""
    dead: frozenset[UnitId] = frozenset()

    @property
    def freed_bytes(self) -> int:
        """What will come back."""
        return sum(removal.freed_bytes for removal in self.removals)

    @property
    def deleted_units(self) -> int:
        """Units that go, without mere leftovers."""
        return sum(removal.is_unit for removal in self.removals)


def make_plan(
    state: TargetState,
    judgement: Judgement,
    in_use: InUse,
    *,
    demand: Demand | None = None,
    choice: Choice | None = None,
    docs: Sequence[GoneDocs] = (),
) -> SweepPlan:
    """Plan the deletion of what is certain, and then of what `demand` wants.

    A `choice` that was made for several target directories together is taken as it is; what is missing to their
    budget is not known here then.
    """
    sure = certain(state, judgement, in_use, docs=docs)
    dead = sure.dead
    is_shared = choice is not None
    if choice is None:
        choice = Choice()
        if demand is not None:
            choice = choose(
                state,
                demand,
                dead=dead,
                dead_drafts=sure.drafts,
                blocked=sure.blocked,
                known=sure.joint,
            )
    chosen = choice.units
    drafts = sure.drafts
    if demand is not None and choice.takes_something:
        # With other units gone more of what several share may go with the dead, too.
        parts = without_chosen(belongings(state, dead | chosen, known=sure.joint), choice)
        drafts = (
            *dead_drafts(state, judgement, in_use, parts=parts, docs=docs),
            *chosen_drafts(state, demand, choice, parts),
        )
    removals = _with_sizes(drafts)
    stays = {unit_id: mark for unit_id, mark in judgement.marks.items() if unit_id not in chosen}
    shortfall = None
    if demand is not None and not is_shared:
        shortfall = find_shortfall(
            state,
            demand,
            freed_bytes=sum(removal.freed_bytes for removal in removals),
            stays=frozenset(stays) - dead,
            in_use=state.graph.reachable(sure.blocked),
            was_futile=choice.was_futile,
        )
    return SweepPlan(
        target_dir=state.layout.root,
        removals=removals,
        stays=_stays(state, judgement, frozenset(stays)),
        alive_units=sum(mark is Mark.ALIVE for mark in stays.values()),
        kept_units=len(stays) - len(dead),
        total_bytes=state.inventory.total_bytes,
        doubts=judgement.doubts,
        price=_price(state, demand, chosen) if demand else Price(),
        shortfall=shortfall,
        given_up=chosen,
        dead=dead,
    )


def _price(state: TargetState, demand: Demand, units: frozenset[UnitId]) -> Price:
    costs = {unit_id: demand.costs[unit_id] for unit_id in units}
    return Price(
        units=len(units),
        # (Whatever their order, the same to the last digit.)
        compile_s=math.fsum(cost.wall_s for cost in costs.values()),
        rebuild_s=schedule.wall_seconds(costs, state.graph.needs, jobs=demand.jobs),
        jobs=demand.jobs,
        sources=tuple(sorted(Counter(cost.source for cost in costs.values()).items())),
    )


def _with_sizes(drafts: Iterable[Draft]) -> tuple[Removal, ...]:
    ledger = Ledger()
    return tuple(
        Removal(
            label=draft.label,
            reason=draft.reason,
            step=draft.step,
            tops=draft.tops,
            freed_bytes=ledger.take(draft.entries),
            is_unit=draft.is_unit,
            compile_s=draft.compile_s,
        )
        for draft in drafts
    )


def _stays(state: TargetState, judgement: Judgement, units: frozenset[UnitId]) -> tuple[Stay, ...]:
    found: dict[str, tuple[int, int]] = {}
    for unit_id, mark in judgement.marks.items():
        if mark not in _UNPROVEN or unit_id not in units:
            continue
        unit = state.graph.units[unit_id]
        trees = (unit.fingerprint_tree, unit.build_tree, unit.outputs)
        size = sum([entry.allocated_bytes for tree in trees for entry in tree])
        count, total = found.get(judgement.reasons[unit_id], (0, 0))
        found[judgement.reasons[unit_id]] = (count + 1, total + size)
    return tuple(
        Stay(reason=reason, units=count, size_bytes=total)
        for reason, (count, total) in sorted(found.items())
    )
