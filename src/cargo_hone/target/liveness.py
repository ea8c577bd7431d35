"""What is alive, what is dead, and what cannot be told: marks, and decides nothing.

Alive is what the roots need. Roots are the newest generation of each thing that somebody builds of the
members, whatever of them was compiled since the settings last changed, and units given by name. Dead is what
nothing alive or doubtful needs *and* of which it is proven that no build will use it. All else stays.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from cargo_hone.target.fingerprint import Fingerprint, Unreadable
from cargo_hone.target.graph import Graph
from cargo_hone.target.origin import OriginKind
from cargo_hone.target.premises import Premises
from cargo_hone.target.staleness import obsolete_units
from cargo_hone.target.supersession import Place, overtaken_units, place_of, superseded_units
from cargo_hone.target.switched import left_behind, replaced_units
from cargo_hone.target.units import Mode, Unit, UnitId


class Mark(StrEnum):
    """What is known of a unit."""

    ALIVE = "alive"
    UNCERTAIN = "cannot be judged"
    KEPT = "needed by what cannot be judged"
    DEAD = "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The mark of every unit, with a reason where it is not alive.

    `doubts` are what stands against judging more, for people.
    """

    marks: Mapping[UnitId, Mark]
    reasons: Mapping[UnitId, str]
    doubts: tuple[str, ...]


class _Generation(NamedTuple):
    place: Place
    features: str
    rustc: int


def judge(
    graph: Graph,
    premises: Premises,
    *,
    live: frozenset[UnitId] = frozenset(),
    in_use: frozenset[UnitId] = frozenset(),
    rest: str = "",
) -> Judgement:
    """Mark every unit. `live` are units that commands named, `in_use` units whose files a process runs.

    With `rest` (a reason) the named units are the only roots, and all that they do not need is dead for it. cargo
    names all that a command uses, so what an unresolved edge could mean is not asked then.
    """
    obsolete = obsolete_units(graph, premises)
    left = left_behind(graph)
    roots = live if rest else live | (_roots(graph, premises, obsolete, left) - obsolete.keys())
    alive = graph.reachable(roots, guess=not rest)
    broken = _broken(graph)
    reasons: dict[UnitId, str] = {}
    proven = {unit_id: why for unit_id, why in obsolete.items() if unit_id not in alive}
    if rest:
        proven = {
            unit_id: proven.get(unit_id, rest)
            for unit_id in graph.units.keys() - alive
            if not _is_damaged(graph.units[unit_id])
        }
    elif not broken:
        # One that cannot be read might need any of those: no place is proven to be taken then.
        overtaken = overtaken_units(graph, alive=alive)
        gone = proven.keys() | overtaken.keys()
        superseded = superseded_units(graph, premises, alive=alive, gone=gone)
        for unit_id, why in (*superseded.items(), *overtaken.items()):
            proven.setdefault(unit_id, why)
        for unit_id, why in replaced_units(graph, premises, left=left, alive=alive).items():
            proven.setdefault(unit_id, why)
    held = graph.reachable(
        unit_id
        for unit_id in graph.units
        if unit_id not in alive and (unit_id not in proven or unit_id in in_use)
    )
    marks: dict[UnitId, Mark] = {}
    for unit_id, unit in graph.units.items():
        if unit_id in alive:
            marks[unit_id] = Mark.ALIVE
        elif unit_id in in_use or unit_id not in proven:
            marks[unit_id] = Mark.UNCERTAIN
            reasons[unit_id] = _doubt(unit, graph, in_use)
        elif unit_id in held:
            marks[unit_id] = Mark.KEPT
            reasons[unit_id] = "something that stays was built against it"
        else:
            marks[unit_id] = Mark.DEAD
            reasons[unit_id] = proven[unit_id]
    return Judgement(marks=marks, reasons=reasons, doubts=tuple(broken))


def _roots(
    graph: Graph,
    premises: Premises,
    obsolete: Mapping[UnitId, str],
    left: frozenset[UnitId],
) -> frozenset[UnitId]:
    changed = premises.settings_changed_ns + premises.toolchain_changed_ns
    since_ns = max(changed, default=0)
    newest: dict[_Generation, Unit] = {}
    roots: set[UnitId] = set()
    for unit in graph.units.values():
        fingerprint = unit.fingerprint
        if not _is_built_for_itself(unit, premises) or unit.id in obsolete:
            continue
        if not isinstance(fingerprint, Fingerprint):
            continue
        if changed and unit.started_ns >= since_ns and unit.id not in left:
            roots.add(unit.id)
        generation = _Generation(
            place=place_of(unit, fingerprint),
            features=fingerprint.features,
            rustc=0 if premises.toolchain_changed_ns else fingerprint.rustc,
        )
        known = newest.get(generation)
        if known is None or known.ended_ns < unit.ended_ns:
            newest[generation] = unit
    return frozenset(roots | {unit.id for unit in newest.values()})


def _is_built_for_itself(unit: Unit, premises: Premises) -> bool:
    return (
        unit.id.package in premises.members
        and unit.origin.kind is OriginKind.LOCAL
        and unit.mode is not Mode.RUN
    )


def _broken(graph: Graph) -> list[str]:
    return [
        f"{unit.id.package}-{unit.id.hash}: {unit.fingerprint.reason}, so it may need anything"
        for unit in graph.units.values()
        if isinstance(unit.fingerprint, Unreadable) and _is_damaged(unit)
    ]


def _is_damaged(unit: Unit) -> bool:
    return isinstance(unit.fingerprint, Unreadable) and not unit.fingerprint.unfinished


def _doubt(unit: Unit, graph: Graph, in_use: frozenset[UnitId]) -> str:
    if unit.id in in_use:
        return "a running program uses it"
    if isinstance(unit.fingerprint, Unreadable):
        return unit.fingerprint.reason
    if unit.id in graph.unresolved:
        return (
            f"it was built against a {graph.unresolved[unit.id][0].name} that is not there any more"
        )
    return "nothing proves that no command uses it"
