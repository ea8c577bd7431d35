"""Build scripts that take long, to compile or to run: the package waits for both."""

from collections import defaultdict
from dataclasses import dataclass

from cargo_hone.levers.advice.interface import WORTH_A_WORD, Advice
from cargo_hone.levers.advice.recorded import Recorded, RecordedUnit
from cargo_hone.target.units import Mode, TargetKind
from cargo_hone.workspace.facts import WorkspaceFacts

_NOTICEABLE_S = 0.5


@dataclass(frozen=True, slots=True)
class BuildScripts:
    """Names packages whose build script is dear."""

    name: str = "build-scripts"
    title: str = "heavy build scripts"

    def advise(self, recorded: Recorded, facts: WorkspaceFacts) -> tuple[Advice, ...]:
        """Compiling it and running it, each by itself, so that one sees which it is."""
        del facts
        by_package: dict[tuple[str, bool], list[RecordedUnit]] = defaultdict(list)
        for unit in recorded.units:
            if unit.kind is TargetKind.BUILD_SCRIPT and unit.is_measured:
                by_package[unit.package, unit.is_member].append(unit)
        found = []
        for (package, is_member), units in by_package.items():
            run_s = sum(unit.wall_s for unit in units if unit.mode is Mode.RUN)
            cost_s = sum(unit.wall_s for unit in units)
            if cost_s < max(_NOTICEABLE_S, WORTH_A_WORD * recorded.total_s):
                continue
            what = (
                "do less in it, or name what it reads with rerun-if-changed, so that it runs less often"
                if is_member
                else "look for a feature that takes the library from the system, or for a package without one"
            )
            found.append(
                Advice(
                    adviser=self.name,
                    subject=package,
                    sentence=f"the build script of {package} runs {run_s:.1f} s and takes {cost_s - run_s:.1f} s to"
                    f" compile: {what}",
                    cost_s=cost_s,
                    share=cost_s / recorded.total_s,
                    of="all compile times",
                )
            )
        return tuple(sorted(found, key=lambda one: -one.cost_s))
