"""One target directory as a sweep finds it under cargo's locks: what is in it, what is dead, what it costs."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.history.swept import GivenUp, RebuildTime
from cargo_hone.sweep.live import NOTHING, Live
from cargo_hone.sweep.ownerless import without_ownerless
from cargo_hone.sweep.price import Cost, compile_times, costs, key, worth_recording
from cargo_hone.sweep.rebuilt import Compiled, compiled
from cargo_hone.sweep.unnamed import without_unnamed
from cargo_hone.target.compile_times import CompileTime
from cargo_hone.target.documents import GoneDocs, docs_of, gone_docs, unused_docs
from cargo_hone.target.layout import Layout
from cargo_hone.target.liveness import Judgement, Mark, judge
from cargo_hone.target.outlived import without_outlived
from cargo_hone.target.ownership import premises_for
from cargo_hone.target.premises import Premises
from cargo_hone.target.running import InUse, read_in_use, units_in_use
from cargo_hone.target.state import TargetState, read_state
from cargo_hone.target.units import UnitId
from cargo_hone.target.unpacked import without_unpacked


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One target directory that is to be swept.

    `live` is what commands named: that and what it needs stays, or goes last where a budget asks for more than the
    dead. With `rest` (a reason) nothing else is alive. `recorded` are compile times that earlier sweeps of it saw.
    `wants_shares`: it is to be told where the space is, too. `wants_record`: it is to be recorded, with
    what was compiled when, and what goes at which price.
    """

    target_dir: Path
    premises: Premises
    live: Live = NOTHING
    rest: str = ""
    recorded: Sequence[RebuildTime] = ()
    doubts: tuple[str, ...] = ()
    wants_shares: bool = False
    wants_record: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What was found, by one look under the locks."""

    request: Request
    layout: Layout
    state: TargetState
    in_use: InUse
    judgement: Judgement
    live: frozenset[UnitId]
    docs: tuple[GoneDocs, ...]
    times: Mapping[UnitId, CompileTime]
    costs: Mapping[UnitId, Cost]

    def worth_recording(self) -> tuple[RebuildTime, ...]:
        """Return the compilations that only this target directory knows of."""
        return worth_recording(self.state, self.times)

    def compiled(self) -> tuple[Compiled, ...]:
        """Return when each unit was compiled as a whole, where that is known."""
        return compiled(self.state, self.times)

    def given_up(self, units: frozenset[UnitId]) -> tuple[GivenUp, ...]:
        """Name units as the history knows them, with the price of each."""
        found: list[GivenUp] = []
        for unit_id in units:
            profile, package, hash_ = key(self.state, unit_id)
            found.append(
                GivenUp(
                    profile=profile,
                    package=package,
                    hash=hash_,
                    compile_s=self.costs[unit_id].wall_s,
                )
            )
        return tuple(sorted(found, key=lambda one: (one.profile, one.package, one.hash)))


def judged(layout: Layout, request: Request) -> Judged:
    """Read and judge; the caller holds the locks. Raises OSError as the system says."""
    in_use = read_in_use(layout.root)
    premises, why = premises_for(layout.root, request.premises)
    state = without_outlived(read_state(layout, in_use=in_use), premises)
    live = request.live.among(state)
    doubts = [*request.doubts, *filter(None, [why])]
    rest = request.rest
    unknown = request.live.hashes - {unit_id.hash for unit_id in live}
    if rest and unknown:
        # What they use lies elsewhere, or is not understood: then it is not known what they do not use.
        rest = ""
        doubts.append(f"{len(unknown)} units that the live commands use were not found in it")
    times = compile_times(state)
    judgement = judge(
        state.graph,
        premises,
        live=live,
        in_use=units_in_use(state.units.units, in_use),
        rest=rest,
    )
    dead = frozenset(unit_id for unit_id, mark in judgement.marks.items() if mark is Mark.DEAD)
    state = without_unpacked(state, dead=dead)
    state = without_ownerless(state, dead=dead, is_exact=bool(rest))
    if rest:
        state = without_unnamed(state, named=request.live.files, reason=rest)
    return Judged(
        request=request,
        layout=layout,
        state=state,
        in_use=in_use,
        judgement=dataclasses.replace(judgement, doubts=(*doubts, *judgement.doubts)),
        live=live,
        docs=_docs(state, premises, request.live, live, rest=rest),
        times=times,
        costs=costs(state, times, request.recorded),
    )


def _docs(
    state: TargetState,
    premises: Premises,
    named: Live,
    live: frozenset[UnitId],
    *,
    rest: str,
) -> tuple[GoneDocs, ...]:
    if not rest:
        return gone_docs(state, premises)
    places = {one.profile.path: docs_of(one.profile) for one in state.inventory.profiles}
    used = {
        (places[unit.id.profile], crate)
        for unit in state.units.units
        if unit.id in live
        for crate in unit.documented
    }
    return unused_docs(state, used=named.documented | used, reason=rest)
