"""What history knows of the gate's runs, in the variant that is the workspace as it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cargo_hone.ci.gate_judged import Budget, Judged, Shown, Unit
from cargo_hone.ci.gate_runs import GateRuns
from cargo_hone.history.course import Point
from cargo_hone.measure.gate_budget import unknown
from cargo_hone.measure.variants import BASE
from cargo_hone.model import AnyScenario


@dataclass(frozen=True, slots=True)
class Known:
    """The gate's runs, and the points of all runs."""

    runs: GateRuns
    points: Sequence[Point]

    def of(self, scenario: AnyScenario, variant: str = BASE) -> Mapping[int, Point]:
        """Points by the id of their run."""
        return {
            point.run.id: point
            for point in self.points
            if point.scenario == scenario and point.variant == variant
        }

    def row(self, found: Mapping[int, Point]) -> tuple[list[Point], list[Point], Point | None]:
        """Those of base, of head's way, and head's, in the order of their commits."""
        base = [found[run.id] for run in self.runs.base if run.id in found]
        way = [found[run.id] for run in self.runs.way if run.id in found]
        head = self.runs.head
        return base, way, found.get(head.id) if head is not None else None


def comparable(point: Point) -> str:
    """Return what must be the same for times of two runs to be comparable: machine, toolchain, edited crate."""
    crate = point.run.edited(point.scenario)
    edited = f", editing {crate}" if crate else ""
    return f"{point.run.machine}, {point.run.rustc}{edited}"


def unmeasured(budget: Budget, limit: str, unit: Unit) -> Judged:
    """Return what is said of a budget for which HEAD has no figure."""
    return Judged(
        budget=budget,
        limit=limit,
        verdict=unknown("HEAD was not measured: run `cargo hone measure` before the gate"),
        shown=Shown.HISTORY,
        unit=unit,
    )
