"""What it costs to have units again: compile seconds, from the best source that there is for each.

The target directory's own times come first: they are those of this very unit on this machine. Where the last
compilation was a partial one (incremental), an earlier look may have recorded a whole one. Else the time is
estimated from the size of what was compiled, at the rate of the units whose time is known.
"""

import functools
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from cargo_hone.history.swept import RebuildTime
from cargo_hone.target.compile_times import CompileTime, observed
from cargo_hone.target.state import TargetState
from cargo_hone.target.units import Mode, TargetKind, Unit, UnitId

_Alike = tuple[TargetKind, Mode] | bool | None
"""What units are compared by: what they are, whether they are linked, nothing."""
_LEAST_S = 0.001
"""No unit costs nothing: cargo looks at each. (Below the resolution of the times on disk.)"""


class Source(StrEnum):
    """Where a unit's compile time comes from."""

    TARGET = "target"
    """The target directory's own times."""
    RECORDED = "recorded"
    """An earlier sweep saw it and recorded it."""
    ESTIMATED = "estimated"
    """By its size, at the rate of the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """One unit's compilation, in seconds; `frontend_s` as in CompileTime."""

    wall_s: float
    frontend_s: float | None
    source: Source


def compile_times(state: TargetState) -> Mapping[UnitId, CompileTime]:
    """Read the last compilation of every unit that tells of it."""
    compiled_again = {
        owner
        for directory in state.incremental
        for owner in directory.owners
        if directory.superseded
    }
    found = {
        unit.id: observed(unit, has_older_sessions=unit.id in compiled_again)
        for unit in state.units.units
    }
    return {unit_id: time for unit_id, time in found.items() if time is not None}


def costs(
    state: TargetState,
    times: Mapping[UnitId, CompileTime],
    recorded: Iterable[RebuildTime] = (),
) -> Mapping[UnitId, Cost]:
    """Price every unit."""
    known = {(one.profile, one.package, one.hash): one for one in recorded}
    rates: Mapping[_Alike, float] | None = None
    found: dict[UnitId, Cost] = {}
    for unit_id, unit in state.graph.units.items():
        time = times.get(unit_id)
        cost = _known(time, known.get(key(state, unit_id)) if known else None)
        if cost is None:
            if rates is None:
                rates = _seconds_per_byte(state.graph.units, times)
            cost = _estimated(unit, time, rates)
        found[unit_id] = cost
    return found


def key(state: TargetState, unit_id: UnitId) -> tuple[str, str, str]:
    """Name a unit as the history knows it: profile directory (`debug`, `TRIPLE/release`), package, hash."""
    return _relative(unit_id.profile, state.layout.root), unit_id.package, unit_id.hash


@functools.lru_cache(maxsize=64)
def _relative(profile: Path, root: Path) -> str:
    return profile.relative_to(root).as_posix()


def worth_recording(
    state: TargetState, times: Mapping[UnitId, CompileTime]
) -> tuple[RebuildTime, ...]:
    """Return the whole compilations, which the target directory forgets with the next partial one."""
    found: dict[tuple[str, str, str], RebuildTime] = {}
    for unit_id, time in times.items():
        if time.is_whole:
            # Both layouts may have compiled the same unit: one of the times is enough.
            profile, package, hash_ = name = key(state, unit_id)
            found[name] = RebuildTime(
                profile=profile,
                package=package,
                hash=hash_,
                wall_s=time.wall_s,
                frontend_s=time.frontend_s,
            )
    return tuple(found.values())


def _known(time: CompileTime | None, known: RebuildTime | None) -> Cost | None:
    if time is not None and time.is_whole:
        return Cost(
            wall_s=max(time.wall_s, _LEAST_S), frontend_s=time.frontend_s, source=Source.TARGET
        )
    if known is not None and (time is None or time.wall_s <= known.wall_s):
        return Cost(
            wall_s=max(known.wall_s, _LEAST_S), frontend_s=known.frontend_s, source=Source.RECORDED
        )
    return None


def _estimated(unit: Unit, time: CompileTime | None, rates: Mapping[_Alike, float]) -> Cost:
    rate = next((rates[alike] for alike in _alike(unit) if alike in rates), 0.0)
    wall_s = max(time.wall_s if time else 0.0, rate * _compiled_bytes(unit), _LEAST_S)
    frontend_s = None
    if time is not None and time.frontend_s is not None:
        frontend_s = wall_s * time.frontend_s / time.wall_s
    return Cost(wall_s=wall_s, frontend_s=frontend_s, source=Source.ESTIMATED)


def _seconds_per_byte(
    units: Mapping[UnitId, Unit], times: Mapping[UnitId, CompileTime]
) -> Mapping[_Alike, float]:
    """Rates of what was compiled as a whole, by what is alike."""
    seconds: dict[_Alike, float] = defaultdict(float)
    sizes: dict[_Alike, int] = defaultdict(int)
    for unit_id, time in times.items():
        if not time.is_whole:
            continue
        unit = units[unit_id]
        size_bytes = _compiled_bytes(unit)
        if size_bytes:
            for alike in _alike(unit):
                seconds[alike] += time.wall_s
                sizes[alike] += size_bytes
    return {alike: seconds[alike] / sizes[alike] for alike in sizes}


def _alike(unit: Unit) -> tuple[_Alike, ...]:
    """What a unit is compared with, the most alike first. A linked program has many bytes for its seconds."""
    links = not any(entry.path.endswith(".rmeta") for entry in unit.outputs)
    return (unit.kind, unit.mode), links, None


def _compiled_bytes(unit: Unit) -> int:
    return sum(entry.allocated_bytes for entry in unit.outputs)
