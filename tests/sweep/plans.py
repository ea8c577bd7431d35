"""Plans of sweeps with a budget, by the facts that a test gives."""

import time

from cargo_hone.sweep.budget import Budget, Demand
from cargo_hone.sweep.draft import Step
from cargo_hone.sweep.plan import SweepPlan, make_plan
from cargo_hone.sweep.price import compile_times, costs
from cargo_hone.target.liveness import Judgement, judge
from cargo_hone.target.running import InUse, units_in_use
from cargo_hone.target.state import TargetState
from tests.target.tiny import Tiny

NOBODY = InUse(identities=frozenset(), paths=frozenset())


def plan_of(
    tiny: Tiny,
    budget: Budget,
    *,
    free_bytes: int = 10**12,
    now_ns: int | None = None,
    live: frozenset[str] = frozenset(),
    in_use: InUse = NOBODY,
) -> SweepPlan:
    """What would go, by the facts given."""
    state = tiny.state()
    return make_plan(
        state,
        judgement_of(tiny, state, in_use),
        in_use,
        demand=Demand(
            budget=budget,
            costs=costs(state, compile_times(state)),
            free_bytes=free_bytes,
            now_ns=now_ns or time.time_ns(),
            jobs=2,
            live=frozenset(unit_id for unit_id in state.graph.units if unit_id.hash in live),
        ),
    )


def judgement_of(tiny: Tiny, state: TargetState, in_use: InUse) -> Judgement:
    return judge(state.graph, tiny.premises(), in_use=units_in_use(state.units.units, in_use))


def hashes(plan: SweepPlan, *steps: Step) -> set[str]:
    """Hashes of the units that go in these steps (in any, if none is named)."""
    return {
        removal.label.rpartition(" ")[2]
        for removal in plan.removals
        if removal.is_unit and (not steps or removal.step in steps)
    }


def is_closed(tiny: Tiny, gone: set[str]) -> bool:
    graph = tiny.state().graph
    return all(
        above.hash in gone
        for unit_id in graph.units
        if unit_id.hash in gone
        for above in graph.needed_by[unit_id]
    )


def total(tiny: Tiny) -> int:
    return tiny.state().inventory.total_bytes


def compiled_since(tiny: Tiny, moment_ns: int) -> set[str]:
    return {unit.id.hash for unit in tiny.state().units.units if unit.ended_ns >= moment_ns}
