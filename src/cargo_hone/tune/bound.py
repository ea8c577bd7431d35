"""What bounds an incremental build: the longest chain of units, and what rustc does in them. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cargo_hone.cargo.timings import UnitTime
from cargo_hone.measure.critical_path import critical_path
from cargo_hone.model import AnyScenario
from cargo_hone.tune.passes import Passes


class Part(StrEnum):
    """What the time goes to."""

    FRONT_END = "the front end"
    CODE_GENERATION = "code generation"
    LINKING = "linking"
    UNKNOWN = "rustc, which did not say more"
    WAITING = "waiting: cargo itself, and units for which no core was free"
    """All that is not in the longest chain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitBound:
    """One unit of the build, in seconds. `parts` is empty where rustc did not say; `waited_s` is for a free core.

    `holds_up_s` is what of it lies in the longest chain, 0 for a unit beside it.
    """

    unit: str
    duration_s: float
    holds_up_s: float
    waited_s: float
    parts: Mapping[Part, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """What one scenario's build consists of. `shares` are of its wall time, and sum up to 1."""

    scenario: AnyScenario
    wall_s: float
    shares: Mapping[Part, float]
    units: tuple[UnitBound, ...]

    @property
    def by(self) -> Part:
        """The largest share."""
        return max(self.shares, key=lambda part: self.shares[part])

    @property
    def said(self) -> str:
        """A sentence: what bounds it, all shares, the chain."""
        shares = ", ".join(
            f"{share:.0%} {part}"
            for part, share in sorted(self.shares.items(), key=lambda item: -item[1])
            if share >= 0.005
        )
        chain = [one for one in self.units if one.holds_up_s > 0.0]
        names = " → ".join(one.unit for one in chain)
        held_s = sum(one.holds_up_s for one in chain)
        text = f"{self.scenario} ({self.wall_s:.2f} s) is bound by {self.by}: {shares}"
        return f"{text}; the longest chain is {names} ({held_s:.2f} s)" if chain else text


def find(
    scenario: AnyScenario,
    units: Sequence[UnitTime],
    passes: Sequence[Passes],
    *,
    wall_s: float,
) -> Bound | None:
    """Say what bounds a build of `wall_s` whose `units` cargo timed; None where there are none.

    `passes` come from another build after the same kind of edit: their shares are used, not their seconds. A unit that
    others waited for only until its metadata was there counts with its front end.
    """
    if not units or wall_s <= 0.0:
        return None
    chain = {link.unit: link for link in critical_path(units, wall_s=wall_s).links}
    known = {(one.crate, one.kind): one for one in passes}
    found, shares = [], dict.fromkeys(Part, 0.0)
    for unit in units:
        parts = _parts(unit, known)
        link = chain.get(unit)
        held_s = 0.0 if link is None else link.holds_up_s
        found.append(
            UnitBound(
                unit=f"{unit.package} ({unit.target})" if unit.target else unit.package,
                duration_s=unit.duration_s,
                holds_up_s=held_s,
                waited_s=0.0 if link is None else link.waited_s,
                parts=parts,
            )
        )
        for part, spent_s in _held(unit, held_s, parts).items():
            shares[part] += spent_s / wall_s
    shares[Part.WAITING] = max(0.0, 1.0 - sum(shares.values()))
    whole = sum(shares.values())
    order = {unit: number for number, unit in enumerate(chain)}
    sorted_units = sorted(
        zip(units, found, strict=True), key=lambda pair: order.get(pair[0], len(order))
    )
    return Bound(
        scenario=scenario,
        wall_s=wall_s,
        shares={part: share / whole for part, share in shares.items()},
        units=tuple(bound for _, bound in sorted_units),
    )


def _held(unit: UnitTime, held_s: float, parts: Mapping[Part, float]) -> Mapping[Part, float]:
    """Split the time for which a unit held up the chain."""
    if held_s <= 0.0:
        return {}
    if unit.frontend_s is not None and held_s < unit.duration_s:
        return {Part.FRONT_END: held_s}  # only the metadata was waited for
    return {part: held_s * share for part, share in parts.items()} or {Part.UNKNOWN: held_s}


def _parts(unit: UnitTime, known: Mapping[tuple[str, str], Passes]) -> Mapping[Part, float]:
    """The shares of a unit's parts; by cargo's own word for the front end where rustc was not asked."""
    # Cargo 1.95 writes `app bin`, `app lib (test)`, `(check)`; nothing for a library that is built.
    plain, _, mode = unit.target.partition("(")
    name, _, kind = plain.strip().rpartition(" ")
    crate = (name or unit.package).replace("-", "_")
    kinds: tuple[str, ...] = ("lib", "rlib", "proc-macro", "dylib", "cdylib", "staticlib")
    if mode.startswith("test"):
        kinds = ("test",)
    elif kind in ("bin", "example", "custom-build"):
        kinds = ("bin",)
    one = next((known[crate, k] for k in kinds if (crate, k) in known), None)
    if one is not None and one.total_s > 0.0:
        return {
            Part.FRONT_END: one.front_end_s / one.total_s,
            Part.CODE_GENERATION: one.code_generation_s / one.total_s,
            Part.LINKING: one.linking_s / one.total_s,
        }
    if unit.frontend_s is not None and unit.duration_s > 0.0:
        front = min(1.0, unit.frontend_s / unit.duration_s)
        return {Part.FRONT_END: front, Part.CODE_GENERATION: 1.0 - front}
    return {}
