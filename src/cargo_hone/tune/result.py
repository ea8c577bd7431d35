"""What a search has found, as it is shown and kept: each lever's verdict, the confirmation, what bounds edits."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.levers.interface import Lever
from cargo_hone.measure.statistics import CONFIDENCE
from cargo_hone.measure.variants import BASE
from cargo_hone.model import AnyScenario, Comparison
from cargo_hone.tune import judging
from cargo_hone.tune.bound import Bound
from cargo_hone.tune.candidates import Field
from cargo_hone.tune.fate import Fate, arm_of
from cargo_hone.tune.kept import KeptPlan, KeptVerdict
from cargo_hone.tune.search import Search


@dataclass(frozen=True, slots=True, kw_only=True)
class LeverVerdict:
    """One lever. `effects` are against the base, by itself, at 95 %; empty where it was not measured."""

    name: str
    title: str
    gives_up: str
    fate: Fate
    why: str
    effects: Mapping[AnyScenario, Comparison]


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """All that was chosen against the base in one scenario, by fresh pairs; medians in seconds."""

    scenario: AnyScenario
    base_s: float
    kept_s: float
    comparison: Comparison


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuned:
    """The result. `kept` are the levers that pay together, in the order in which they were added."""

    root: Path
    commit: str | None
    rustc: str
    cargo: str
    seed: int
    when: str
    kept: tuple[str, ...]
    levers: tuple[LeverVerdict, ...]
    confirmed: tuple[Confirmed, ...]
    bounds: tuple[Bound, ...]
    notes: tuple[str, ...]
    saved_a_day_s: float
    margin: float
    budget_s: float
    elapsed_s: float
    builds: int
    interrupted: bool

    @property
    def plan(self) -> KeptPlan:
        """What `apply` takes."""
        return KeptPlan(
            levers=self.kept,
            when=self.when,
            commit=self.commit,
            rustc=self.rustc,
            cargo=self.cargo,
            verdicts=tuple(
                KeptVerdict(name=one.name, fate=one.fate.value, why=one.why) for one in self.levers
            ),
            confirmed={
                str(one.scenario): one.comparison.ratio
                for one in self.confirmed
                if one.comparison.ratio is not None
            },
        )


def verdicts(
    search: Search | None, known: Field, levers: tuple[Lever, ...]
) -> tuple[LeverVerdict, ...]:
    """Return a verdict for each of `levers`; those that the search has not come to yet are inconclusive."""
    found = []
    for lever in levers:
        outcome = known.settled.get(lever.name)
        effects: dict[AnyScenario, Comparison] = {}
        if outcome is None and search is not None:
            outcome = search.outcomes.get(lever.name)
            trying = search.trying(lever.name)
            effects = {
                scenario: trying.compared(scenario, confidence=CONFIDENCE)
                for scenario in trying.judged
                if trying.rounds(scenario)
            }
        found.append(
            LeverVerdict(
                name=lever.name,
                title=lever.title,
                gives_up=lever.gives_up,
                fate=outcome.fate if outcome is not None else Fate.INCONCLUSIVE,
                why=outcome.why if outcome is not None else "the search ended before it was known",
                effects=effects,
            )
        )
    return tuple(found)


def confirmations(search: Search) -> tuple[Confirmed, ...]:
    """Return the confirmation of what was chosen, scenario by scenario."""
    arm = arm_of(search.chosen)
    found = []
    for scenario, comparison in search.confirmed.items():
        base_s = judging.base_s(search.points, judging.stands_for(scenario), BASE)
        kept_s = judging.base_s(search.points, scenario, arm)
        if base_s is not None and kept_s is not None and search.chosen:
            found.append(
                Confirmed(scenario=scenario, base_s=base_s, kept_s=kept_s, comparison=comparison)
            )
    return tuple(found)


def saved_s(search: Search) -> float:
    """Return what the kept levers save a day, in seconds."""
    weights, arm = search.measured.weights, arm_of(search.chosen)
    return judging.saved_s(search.points, weights, base=BASE, arm=arm) if search.chosen else 0.0
