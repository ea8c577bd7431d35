"""What a sweep will delete, in which order, and what it leaves, with the reasons. Pure: facts in, plan out."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.sweep import schedule
from cargo_hone.sweep.belongings import Belongings, belongings
from cargo_hone.sweep.budget import Demand
from cargo_hone.sweep.choice import Choice, choose
from cargo_hone.sweep.draft import (
    Draft,
    Ledger,
    Step,
    orphan_draft,
    sessions_draft,
    superseded_draft,
    unit_draft,
)
from cargo_hone.sweep.order import dependents_first
from cargo_hone.sweep.price import Source
from cargo_hone.sweep.shortfall import Shortfall, find_shortfall
from cargo_hone.target.inventory import Entry
from cargo_hone.target.liveness import Judgement, Mark
from cargo_hone.target.running import InUse, units_in_use
from cargo_hone.target.state import TargetState
from cargo_hone.target.units import UnitId


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """One unit (or what is left of one): `paths` go in this order, whole trees, each by one rename.

    `freed_bytes` are allocated bytes that come back: of a file with several names only once the last goes.
    `compile_s` is what a unit that is not dead took to compile.
    """

    label: str
    reason: str
    step: Step
    paths: tuple[Path, ...]
    freed_bytes: int
    is_unit: bool
    compile_s: float = 0.0


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

    @property
    def freed_bytes(self) -> int:
        """What will come back."""
        return sum(removal.freed_bytes for removal in self.removals)

    @property
    def deleted_units(self) -> int:
        """Units that go, without mere leftovers."""
        return sum(removal.is_unit for removal in self.removals)


def make_plan(
    state: TargetState, judgement: Judgement, in_use: InUse, *, demand: Demand | None = None
) -> SweepPlan:
    """Plan the deletion of what is marked dead, of orphans, of superseded sessions; then what `demand` wants."""
    dead = frozenset(unit_id for unit_id, mark in judgement.marks.items() if mark is Mark.DEAD)
    blocked = units_in_use(state.units.units, in_use)
    choice = Choice()
    if demand is not None:
        choice = choose(
            state,
            demand,
            dead=dead,
            dead_drafts=_dead_drafts(state, judgement, in_use, dead, belongings(state, dead)),
            blocked=blocked,
        )
    parts = _without(belongings(state, dead | choice.units), choice)
    removals = _with_sizes(
        [
            *_dead_drafts(state, judgement, in_use, dead, parts),
            *(_chosen_drafts(state, demand, choice, parts) if demand else ()),
        ]
    )
    stays = {
        unit_id: mark for unit_id, mark in judgement.marks.items() if unit_id not in choice.units
    }
    shortfall = None
    if demand is not None:
        shortfall = find_shortfall(
            state,
            demand,
            freed_bytes=sum(removal.freed_bytes for removal in removals),
            stays=frozenset(stays) - dead,
            in_use=state.graph.reachable(blocked),
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
        price=_price(state, demand, choice.units) if demand else Price(),
        shortfall=shortfall,
    )


def _dead_drafts(
    state: TargetState,
    judgement: Judgement,
    in_use: InUse,
    dead: frozenset[UnitId],
    parts: Belongings,
) -> list[Draft]:
    drafts = [
        unit_draft(
            state.graph.units[unit_id], parts, step=Step.DEAD, reason=judgement.reasons[unit_id]
        )
        for unit_id in dependents_first(state.graph, dead)
    ]
    drafts += [
        orphan_draft(orphan) for orphan in state.units.orphans if not _is_used(orphan.tree, in_use)
    ]
    drafts += [
        superseded_draft(directory)
        for directory in state.incremental
        if directory.superseded and not (directory.owners and directory.owners <= dead)
    ]
    return drafts


def _chosen_drafts(
    state: TargetState, demand: Demand, choice: Choice, parts: Belongings
) -> list[Draft]:
    drafts: list[Draft] = []
    for step, units, directories, reason in (
        (
            Step.OLD,
            choice.old_units,
            choice.old_sessions,
            "no build has compiled it for so long, nor what stands on it",
        ),
        (Step.SESSIONS, frozenset[UnitId](), choice.sessions, ""),
        (Step.LIVE, choice.live_units, (), "given up for the budget: it will be compiled again"),
    ):
        drafts += [
            unit_draft(
                state.graph.units[unit_id],
                parts,
                step=step,
                reason=reason,
                compile_s=demand.costs[unit_id].wall_s,
            )
            for unit_id in dependents_first(state.graph, units)
        ]
        drafts += [sessions_draft(directory, step=step) for directory in directories]
    return drafts


def _without(parts: Belongings, choice: Choice) -> Belongings:
    """Incremental state that goes by itself does not go with its unit once more."""
    alone = {directory.path for directory in (*choice.old_sessions, *choice.sessions)}
    return Belongings(
        sessions={
            unit_id: tuple(one for one in found if one.path not in alone)
            for unit_id, found in parts.sessions.items()
        },
        final_links=parts.final_links,
    )


def _price(state: TargetState, demand: Demand, units: frozenset[UnitId]) -> Price:
    costs = {unit_id: demand.costs[unit_id] for unit_id in units}
    return Price(
        units=len(units),
        compile_s=sum(cost.wall_s for cost in costs.values()),
        rebuild_s=schedule.wall_seconds(costs, state.graph.needs, jobs=demand.jobs),
        jobs=demand.jobs,
        sources=tuple(sorted(Counter(cost.source for cost in costs.values()).items())),
    )


def _is_used(tree: tuple[Entry, ...], in_use: InUse) -> bool:
    return any(e.identity in in_use.identities or e.path in in_use.paths for e in tree)


def _with_sizes(drafts: Iterable[Draft]) -> tuple[Removal, ...]:
    ledger = Ledger()
    return tuple(
        Removal(
            label=draft.label,
            reason=draft.reason,
            step=draft.step,
            paths=tuple(Path(path) for path in draft.paths),
            freed_bytes=ledger.take(draft.entries),
            is_unit=draft.is_unit,
            compile_s=draft.compile_s,
        )
        for draft in drafts
    )


def _stays(state: TargetState, judgement: Judgement, units: frozenset[UnitId]) -> tuple[Stay, ...]:
    found: dict[str, tuple[int, int]] = {}
    for unit_id, mark in judgement.marks.items():
        if mark not in {Mark.UNCERTAIN, Mark.KEPT} or unit_id not in units:
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
