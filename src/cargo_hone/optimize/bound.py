"""What bounds an incremental build: read from cargo's timings of one such build. Pure but for the reading."""

from collections.abc import Sequence
from dataclasses import dataclass

from cargo_hone.cargo.timings import UnitTime
from cargo_hone.measure.critical_path import critical_path


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """One sentence about one scenario, and the figures in it (seconds)."""

    scenario: str
    text: str


def find(scenario: str, units: Sequence[UnitTime], *, wall_s: float) -> Bound | None:
    """Name the unit that takes the longest, and which part of it.

    With a front end known (libraries), what dependents wait for is the front end; a binary's time is front end, code
    generation and linking together, which cargo does not tell apart. Then the longest chain of units that wait for
    each other: where it is nearly all of the build, more cores would not help.
    """
    if not units or wall_s <= 0:
        return None
    longest = max(units, key=lambda unit: unit.duration_s)
    share = longest.duration_s / wall_s
    name = f"{longest.package} ({longest.target})" if longest.target else longest.package
    text = f"{scenario} compiles {len(units)} {'unit' if len(units) == 1 else 'units'}"
    text += f", {name} takes {longest.duration_s:.1f} of {wall_s:.1f} s ({share:.0%})"
    if longest.frontend_s is not None and longest.duration_s > 0:
        front = longest.frontend_s / longest.duration_s
        part = "the front end" if front >= 0.5 else "code generation"
        text += f", {max(front, 1 - front):.0%} of it in {part}"
    chain = critical_path(units, wall_s=wall_s)
    if len(chain.links) > 1:
        names = " → ".join(dict.fromkeys(link.unit.package for link in chain.links))
        text += f"; one after the other {names}: {chain.length_s:.1f} s ({chain.share:.0%})"
    return Bound(scenario=scenario, text=text)
