"""The units of the last builds with their times and edges, as the target directory and the history have them.

Nothing is built for it: `target/compile_times.py` reads when each unit was begun and ended. Of units that were compiled
again in part since (incremental sessions) an earlier record has the whole time; without one they are not measured.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.cargo.metadata import Metadata
from cargo_hone.cargo.timings import UnitTime
from cargo_hone.history.swept import RebuildTime
from cargo_hone.sweep.price import Cost, Source, compile_times, costs
from cargo_hone.target.graph import Graph
from cargo_hone.target.layout import LayoutKind, read_layout
from cargo_hone.target.origin import OriginKind
from cargo_hone.target.state import read_state
from cargo_hone.target.units import Mode, TargetKind, Unit, UnitId

_DEV = "debug"
"""The directory of the dev profile, and of the test profile."""
_MODES = frozenset({Mode.BUILD, Mode.TEST, Mode.NO_HASH})


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedUnit:
    """One unit of the dev profile. `version` is empty for what has none on record (members).

    `needs` are numbers of other units. `waits_for_all`: it links, so it begins when what it needs has ended, not when
    the metadata is there. `is_measured`: `wall_s` is a time that was taken, not an estimate.
    """

    number: int
    package: str
    version: str
    target: str
    kind: TargetKind
    mode: Mode
    wall_s: float
    frontend_s: float | None
    needs: tuple[int, ...]
    is_member: bool
    waits_for_all: bool
    is_measured: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """The newest generation of all that was built, with what it needs."""

    units: tuple[RecordedUnit, ...]

    @property
    def total_s(self) -> float:
        """The measured compile times of all units, one after the other."""
        return sum(unit.wall_s for unit in self.units if unit.is_measured)

    def as_times(self) -> tuple[UnitTime, ...]:
        """The units as a schedule has them, each with what its end, or its metadata, sets free; all begin at 0."""
        early: dict[int, list[int]] = {}
        late: dict[int, list[int]] = {}
        by_number = {unit.number: unit for unit in self.units}
        for unit in self.units:
            for needed in unit.needs:
                waits = unit.waits_for_all or by_number[needed].frontend_s is None
                (late if waits else early).setdefault(needed, []).append(unit.number)
        return tuple(
            UnitTime(
                package=unit.package,
                target="" if unit.kind is TargetKind.LIB else f"{unit.target} {unit.kind}",
                start_s=0.0,
                duration_s=unit.wall_s,
                frontend_s=unit.frontend_s,
                number=unit.number,
                unblocks=tuple(late.get(unit.number, ())),
                unblocks_early=tuple(early.get(unit.number, ())),
            )
            for unit in self.units
        )


def read(known: Metadata, recorded: Iterable[RebuildTime] = ()) -> Recorded | None:
    """Read the workspace's dev profile for the host; None where nothing was built.

    `recorded` are earlier whole times (`history.unit_times`). Raises OSError as the system says.
    """
    layout = read_layout(
        known.build_directory.resolve(), final_root=known.target_directory.resolve()
    )
    if not known.build_directory.is_dir() or layout.kind is LayoutKind.EMPTY:
        return None
    state = read_state(layout)
    members = frozenset(package.name for package in known.member_packages)
    dev = {one.path for one in layout.profiles if one.path.name == _DEV and not one.triple}
    chosen = _newest(state.graph, members, dev)
    if not chosen:
        return None
    priced = costs(state, compile_times(state), recorded)
    return Recorded(units=_recorded(state.graph, chosen, priced, members))


def _newest(graph: Graph, members: Collection[str], dev: Collection[Path]) -> list[UnitId]:
    """What the newest generation of each of the members' targets needs, in the host's dev profile."""
    newest: dict[tuple[str, str, str, str], Unit] = {}
    for unit in graph.units.values():
        if unit.id.profile not in dev or unit.mode not in _MODES or not _is_members(unit, members):
            continue
        place = (unit.id.package, unit.kind.value, unit.target_name, unit.mode.value)
        if place not in newest or newest[place].ended_ns < unit.ended_ns:
            newest[place] = unit
    return sorted(
        graph.reachable(unit.id for unit in newest.values()),
        key=lambda one: (one.package, one.hash),
    )


def _recorded(
    graph: Graph, chosen: list[UnitId], priced: Mapping[UnitId, Cost], members: Collection[str]
) -> tuple[RecordedUnit, ...]:
    numbers = {unit_id: number for number, unit_id in enumerate(chosen)}
    found = []
    for unit_id, number in numbers.items():
        unit, cost = graph.units[unit_id], priced[unit_id]
        found.append(
            RecordedUnit(
                number=number,
                package=unit_id.package,
                version=unit.origin.identity if unit.origin.kind is OriginKind.REGISTRY else "",
                target=unit.target_name,
                kind=unit.kind,
                mode=unit.mode,
                wall_s=cost.wall_s,
                frontend_s=cost.frontend_s,
                needs=tuple(sorted(numbers[other] for other in graph.needs[unit_id])),
                is_member=_is_members(unit, members),
                waits_for_all=not any(entry.name.endswith(".rmeta") for entry in unit.outputs),
                is_measured=cost.source is not Source.ESTIMATED,
            )
        )
    return tuple(found)


def _is_members(unit: Unit, members: Collection[str]) -> bool:
    return unit.id.package in members and unit.origin.kind is OriginKind.LOCAL
