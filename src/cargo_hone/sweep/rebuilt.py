"""What it took, later, to have again what a budget took: the figure beside the one that was foretold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from cargo_hone.sweep.price import key
from cargo_hone.target.compile_times import CompileTime
from cargo_hone.target.state import TargetState
from cargo_hone.target.units import UnitId

if TYPE_CHECKING:
    from cargo_hone.history.sweeps import OwnSweep, Seen

_NS = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """When a unit was last compiled as a whole, in seconds since the epoch; the names are the history's."""

    profile: str
    package: str
    hash: str
    started_s: float
    ended_s: float


def compiled(state: TargetState, times: Mapping[UnitId, CompileTime]) -> tuple[Compiled, ...]:
    """Return the compilations that a target directory tells of."""
    found: list[Compiled] = []
    for unit_id, time in times.items():
        if time.is_whole:
            profile, package, hash_ = key(state, unit_id)
            ended_s = state.graph.units[unit_id].ended_ns / _NS
            found.append(
                Compiled(
                    profile=profile,
                    package=package,
                    hash=hash_,
                    started_s=ended_s - time.wall_s,
                    ended_s=ended_s,
                )
            )
    return tuple(found)


def seen(sweep: "OwnSweep", compilations: Sequence[Compiled]) -> "Seen | None":
    """Say what it took to compile again what `sweep` gave up; None where nothing of it was compiled since.

    `rebuild_s` is the time during which at least one of them was being compiled: what the builds took longer for
    them, where nothing else was compiled meanwhile.
    """
    from cargo_hone.history.sweeps import Seen  # noqa: PLC0415 - SQLite, which a plan does not need

    swept_s = datetime.fromisoformat(sweep.swept_at).timestamp()
    again = {
        (one.profile, one.package, one.hash): one
        for one in compilations
        if one.started_s >= swept_s
    }
    found = [
        (given, again[given.profile, given.package, given.hash])
        for given in sweep.given_up
        if (given.profile, given.package, given.hash) in again
    ]
    if not found:
        return None
    return Seen(
        units=len(found),
        foretold_s=sum(given.compile_s for given, _ in found),
        compile_s=sum(one.ended_s - one.started_s for _, one in found),
        rebuild_s=_covered([(one.started_s, one.ended_s) for _, one in found]),
    )


def _covered(spans: Sequence[tuple[float, float]]) -> float:
    """The length of what the spans cover together."""
    total_s, reached_s = 0.0, float("-inf")
    for start_s, end_s in sorted(spans):
        total_s += max(end_s - max(start_s, reached_s), 0.0)
        reached_s = max(reached_s, end_s)
    return total_s
