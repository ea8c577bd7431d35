"""What goes, summed up by step and reason."""

from collections.abc import Iterable

from cargo_hone.history.swept import SweptPart
from cargo_hone.sweep.plan import Removal, SweepPlan


def parts(plan: SweepPlan) -> tuple[SweptPart, ...]:
    """Return what goes, by step and reason: steps in their order, within each the most bytes first."""
    found: dict[tuple[str, str], list[Removal]] = {}
    for removal in plan.removals:
        found.setdefault((removal.step, removal.reason), []).append(removal)
    steps = list(dict.fromkeys(step for step, _ in found))
    summed = [
        SweptPart(step=step, reason=reason, pieces=len(of), freed_bytes=_freed(of))
        for (step, reason), of in found.items()
    ]
    return tuple(sorted(summed, key=lambda part: (steps.index(part.step), -part.freed_bytes)))


def _freed(removals: Iterable[Removal]) -> int:
    return sum(removal.freed_bytes for removal in removals)
