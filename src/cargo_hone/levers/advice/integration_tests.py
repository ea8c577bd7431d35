"""Integration tests that are a program each: every one is linked with all that the package needs.

One `tests/all/main.rs` with a module for each file is one program (Cargo book, "Cargo Targets", integration tests).
"""

from collections import defaultdict
from dataclasses import dataclass

from cargo_hone.levers.advice.interface import WORTH_A_WORD, Advice
from cargo_hone.levers.advice.recorded import Recorded, RecordedUnit
from cargo_hone.target.units import Mode, TargetKind
from cargo_hone.workspace.facts import WorkspaceFacts


@dataclass(frozen=True, slots=True)
class IntegrationTests:
    """Names packages with several integration tests."""

    name: str = "integration-tests"
    title: str = "integration tests that could be one program"

    def advise(self, recorded: Recorded, facts: WorkspaceFacts) -> tuple[Advice, ...]:
        """All but the dearest program of each package count: its code has to be compiled either way."""
        del facts
        by_package: dict[str, list[RecordedUnit]] = defaultdict(list)
        for unit in recorded.units:
            is_test = unit.kind is TargetKind.TEST and unit.mode is Mode.TEST
            if is_test and unit.is_member and unit.is_measured:
                by_package[unit.package].append(unit)
        found = []
        for package, units in by_package.items():
            times = sorted(unit.wall_s for unit in units)
            cost_s = sum(times[:-1])
            if len(times) < 2 or cost_s < WORTH_A_WORD * recorded.total_s:
                continue
            found.append(
                Advice(
                    adviser=self.name,
                    subject=package,
                    sentence=f"{package} has {len(times)} integration tests, each linked by itself: make them modules"
                    " of one (tests/all/main.rs); how much of the time is linking only a try can tell",
                    cost_s=cost_s,
                    share=cost_s / recorded.total_s,
                    of="all compile times",
                )
            )
        return tuple(sorted(found, key=lambda one: -one.cost_s))
