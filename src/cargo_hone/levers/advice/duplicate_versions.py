"""Several versions of one package: each is compiled, though one might do."""

from collections import defaultdict
from dataclasses import dataclass

from cargo_hone.cargo.metadata import Metadata
from cargo_hone.levers.advice.interface import WORTH_A_WORD, Advice
from cargo_hone.levers.advice.recorded import Recorded
from cargo_hone.workspace.facts import WorkspaceFacts

_NAMED = 3


@dataclass(frozen=True, slots=True)
class DuplicateVersions:
    """Names packages that are compiled in several versions, and who asks for the cheaper ones."""

    name: str = "duplicate-versions"
    title: str = "packages that are compiled in several versions"

    def advise(self, recorded: Recorded, facts: WorkspaceFacts) -> tuple[Advice, ...]:
        """All but the dearest version of each count, as that one stays whichever is chosen."""
        times: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        for unit in recorded.units:
            if unit.version and unit.is_measured:
                times[unit.package][unit.version] += unit.wall_s
        found = []
        for package, versions in times.items():
            dearest = max(versions, key=lambda one: (versions[one], one))
            others = sorted(set(versions) - {dearest})
            cost_s = sum(versions[one] for one in others)
            if not others or cost_s < WORTH_A_WORD * recorded.total_s:
                continue
            asked = ", ".join(_askers(facts.metadata, package, others)[:_NAMED]) or "the lock file"
            found.append(
                Advice(
                    adviser=self.name,
                    subject=package,
                    sentence=f"{package} is compiled as {', '.join(sorted(versions))}; {' and '.join(others)} because"
                    f" of {asked}: update those, or `cargo update -p {package}@{others[0]}`",
                    cost_s=cost_s,
                    share=cost_s / recorded.total_s,
                    of="all compile times",
                )
            )
        return tuple(sorted(found, key=lambda one: -one.cost_s))


def _askers(known: Metadata, package: str, versions: list[str]) -> list[str]:
    """The packages that depend on one of these versions."""
    wanted = {
        one.id for one in known.packages.values() if one.name == package and one.version in versions
    }
    return sorted(
        known.packages[asker].name
        for asker, needed in known.depends_on.items()
        if asker in known.packages and needed & wanted
    )
