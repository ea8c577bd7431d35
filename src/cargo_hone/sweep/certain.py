"""What goes in any case, and what goes for a budget, as drafts in the order in which they go."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from cargo_hone.sweep.belongings import Belongings, Joint, belongings, joint
from cargo_hone.sweep.budget import Demand
from cargo_hone.sweep.choice import Choice
from cargo_hone.sweep.draft import (
    Draft,
    Step,
    docs_draft,
    orphan_draft,
    sessions_draft,
    superseded_draft,
    unit_draft,
)
from cargo_hone.sweep.order import dependents_first
from cargo_hone.target.documents import GoneDocs
from cargo_hone.target.inventory import Entry
from cargo_hone.target.liveness import Judgement, Mark
from cargo_hone.target.running import InUse, units_in_use
from cargo_hone.target.state import TargetState
from cargo_hone.target.units import UnitId


@dataclass(frozen=True, slots=True, kw_only=True)
class Certain:
    """What goes in any case, and the units that stay in any case because a process runs them.

    `joint` is what several units may hold together.
    """

    dead: frozenset[UnitId]
    joint: Joint
    drafts: tuple[Draft, ...]
    blocked: frozenset[UnitId]


def certain(
    state: TargetState,
    judgement: Judgement,
    in_use: InUse,
    *,
    docs: Sequence[GoneDocs] = (),
) -> Certain:
    """Draft the deletion of what is marked dead, of orphans, of superseded sessions, of `docs`."""
    dead = dead_units(judgement)
    known = joint(state)
    parts = belongings(state, dead, known=known)
    return Certain(
        dead=dead,
        joint=known,
        drafts=tuple(dead_drafts(state, judgement, in_use, parts=parts, docs=docs)),
        blocked=units_in_use(state.units.units, in_use),
    )


def dead_units(judgement: Judgement) -> frozenset[UnitId]:
    """Return the units that are marked dead."""
    return frozenset(unit_id for unit_id, mark in judgement.marks.items() if mark is Mark.DEAD)


def dead_drafts(
    state: TargetState,
    judgement: Judgement,
    in_use: InUse,
    *,
    parts: Belongings,
    docs: Sequence[GoneDocs],
) -> list[Draft]:
    """Draft what goes because it is of no use to anybody, each unit before what it needs."""
    dead = dead_units(judgement)
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
    return drafts + [docs_draft(one) for one in docs]


def chosen_drafts(
    state: TargetState, demand: Demand, choice: Choice, parts: Belongings
) -> list[Draft]:
    """Draft what goes for a budget, in its steps."""
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


def without_chosen(parts: Belongings, choice: Choice) -> Belongings:
    """Incremental state that goes by itself does not go with its unit once more."""
    alone = {directory.path for directory in (*choice.old_sessions, *choice.sessions)}
    return dataclasses.replace(
        parts,
        sessions={
            unit_id: tuple(one for one in found if one.path not in alone)
            for unit_id, found in parts.sessions.items()
        },
    )


def _is_used(tree: tuple[Entry, ...], in_use: InUse) -> bool:
    return any(map(in_use.holds, tree))
