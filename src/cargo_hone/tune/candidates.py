"""Which levers the search tries, in which order, and why it does not try the others."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from cargo_hone.errors import UsageProblem
from cargo_hone.levers.interface import Already, Applies, Context, Lever, NotHere
from cargo_hone.measure.near import near_matches
from cargo_hone.model import AnyScenario, Scenario
from cargo_hone.settings.model import Tune
from cargo_hone.tune import judging
from cargo_hone.tune.arms import has_sccache
from cargo_hone.tune.fate import Candidate, Fate, Outcome

_FIRST = (
    "debug",
    "split-debuginfo",
    "linker",
    "build-override",
    "codegen-units",
    "",
    "incremental",
    "compiler-cache",
)
"""Groups by what a round of them is likely to tell for its time: a cache's clean builds are two, and slow when cold."""
_OF_A_GROUP_AT_FIRST = 2
"""Of one group only one can be kept: its third is tried when the others have had their turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """The levers to try, in their order, and what is known of the others without measuring."""

    tried: tuple[Lever, ...]
    candidates: tuple[Candidate, ...]
    """The same, as the search knows them."""
    settled: Mapping[str, Outcome]
    cautions: tuple[str, ...]


def field(
    levers: Sequence[Lever], context: Context, *, scenarios: Collection[AnyScenario]
) -> Field:
    """Ask each lever whether it applies, and whether what it moves is measured."""
    tried: list[Lever] = []
    settled: dict[str, Outcome] = {}
    cautions: list[str] = []
    for lever in levers:
        match lever.applicability(context):
            case Applies(cautions=said):
                why = _untried(lever, context, scenarios)
                if why:
                    settled[lever.name] = Outcome(fate=Fate.NOT_APPLICABLE, why=why)
                else:
                    tried.append(lever)
                    cautions += said
            case Already(evidence=why) | NotHere(reason=why):
                settled[lever.name] = Outcome(fate=Fate.NOT_APPLICABLE, why=why)
            case never:
                assert_never(never)
    ordered = in_order(tried)
    return Field(
        tried=ordered,
        candidates=tuple(
            Candidate(name=one.name, group=one.group, cached=bool(one.trial(context).engine))
            for one in ordered
        ),
        settled=settled,
        cautions=tuple(dict.fromkeys(cautions)),
    )


def in_order(levers: Sequence[Lever]) -> tuple[Lever, ...]:
    """Return the levers in the order in which they are tried; those of one group in their own."""
    seen: dict[str, int] = {}
    ranks = {}
    for lever in levers:
        count = seen.get(lever.group, 0) if lever.group else 0
        seen[lever.group] = count + 1
        group = lever.group if lever.group in _FIRST else ""
        ranks[lever.name] = (count >= _OF_A_GROUP_AT_FIRST, _FIRST.index(group))
    return tuple(sorted(levers, key=lambda lever: ranks[lever.name]))


def asked(names: Sequence[str], levers: Sequence[Lever]) -> tuple[Lever, ...]:
    """Return the levers of these names, all for none. Raises UsageProblem for a name that is not known."""
    known = {lever.name: lever for lever in levers}
    for name in names:
        if name not in known:
            raise UsageProblem(
                f"there is no lever `{name}`{near_matches(name, [*known])}",
                next_step=f"choose from {', '.join(known)}",
            )
    return tuple(known[name] for name in dict.fromkeys(names)) or tuple(levers)


def weights(
    scenarios: Sequence[AnyScenario], settings: Tune, *, cached: bool
) -> dict[AnyScenario, float]:
    """Return how often in a day each scenario is waited for, by people and in the pipeline together.

    `cached`: some lever brings a compiler cache, so that warm clean builds count too. Raises UsageProblem where nobody
    ever waits for any of them.
    """
    wanted = [*scenarios]
    if cached and Scenario.CLEAN_COLD in wanted:
        wanted.append(Scenario.CLEAN_WARM)
    found = {}
    for scenario in wanted:
        key = str(scenario).replace("-", "_")
        day: float = getattr(settings.day, key, 0.0)
        pipeline: float = getattr(settings.ci, key, 0.0)
        found[scenario] = day + pipeline
    if not any(found.values()):
        raise UsageProblem(
            f"by the settings nobody ever waits for {', '.join(map(str, scenarios))}",
            next_step="say how often a day in [tune.day] of .config/hone.toml, or measure other scenarios",
        )
    return found


def _untried(lever: Lever, context: Context, scenarios: Collection[AnyScenario]) -> str:
    """Why an applicable lever is not tried by this search; empty where it is."""
    if not lever.moves:
        return "it saves disk space, not time (`cargo hone optimize` measures that)"
    if not {judging.stands_for(one) for one in lever.moves} & {*scenarios}:
        moved = ", ".join(dict.fromkeys(judging.stands_for(one) for one in lever.moves))
        return f"it is for {moved}, which is not measured (--scenario)"
    trial = lever.trial(context)
    if trial.build_parent is not None:
        return "builds of the scratch copy stay on its own disk (--scratch-dir moves all of them)"
    if trial.engine and has_sccache(context):
        return "sccache is in use"
    return ""
