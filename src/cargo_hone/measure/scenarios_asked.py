"""From the names on the command line to what is measured, and how often."""

from collections.abc import Mapping, Sequence

from cargo_hone.errors import UsageProblem
from cargo_hone.measure.near import near_matches
from cargo_hone.measure.scenarios import BUILT_IN, NewCheckout, Recipe, Start, Switch
from cargo_hone.model import AnyScenario, Scenario

CLEAN = "clean"
"""What people call the clean build: cold, and also warm for variants with a cache."""
DEFAULT: tuple[AnyScenario, ...] = (
    Scenario.CLEAN_COLD,
    Scenario.EDIT_ROOT,
    Scenario.EDIT_LEAF,
    Scenario.NOOP,
)
_OFTEN, _RARELY = 5, 3
"""How often a scenario is measured where nobody says: builds from nothing take long and vary little."""


def names(recipes: Mapping[AnyScenario, Recipe]) -> tuple[str, ...]:
    """Return the names that may be asked for, in the order in which they are measured."""
    hidden = {Scenario.CLEAN_COLD, Scenario.CLEAN_WARM}
    return (CLEAN, *(scenario for scenario in recipes if scenario not in hidden))


def asked(texts: Sequence[str], recipes: Mapping[AnyScenario, Recipe]) -> tuple[AnyScenario, ...]:
    """Return the scenarios that `texts` name (each may hold several, with commas), without repetitions.

    Nothing asked for is `DEFAULT`. `clean` stands for the cold clean build; `repetitions` adds the warm one. Raises
    UsageProblem for an unknown name, naming those that are near.
    """
    wanted = [name.strip() for text in texts for name in text.split(",") if name.strip()]
    if not wanted:
        return DEFAULT
    known = names(recipes)
    found: list[AnyScenario] = []
    for name in wanted:
        if name not in known and name not in (Scenario.CLEAN_COLD, Scenario.CLEAN_WARM):
            raise UsageProblem(
                f"there is no scenario `{name}`{near_matches(name, known)}",
                next_step=f"choose from {', '.join(known)}, or define it: [scenarios.{name}] in .config/hone.toml",
            )
        cold = name in (CLEAN, Scenario.CLEAN_COLD, Scenario.CLEAN_WARM)
        found.append(
            Scenario.CLEAN_COLD
            if cold
            else next(scenario for scenario in recipes if scenario == name)
        )
    return tuple(dict.fromkeys(found))


def repetitions(
    scenarios: Sequence[AnyScenario],
    recipes: Mapping[AnyScenario, Recipe],
    *,
    repeat: int | None,
    cached: bool,
) -> dict[AnyScenario, int]:
    """Return how often each scenario is measured; `cached`: some variant has a cache, so `clean` is also warm."""
    counts: dict[AnyScenario, int] = {}
    for scenario in scenarios:
        rarely = recipes[scenario].start is Start.CLEAN
        counts[scenario] = repeat or (_RARELY if rarely else _OFTEN)
        if scenario is Scenario.CLEAN_COLD and cached:
            counts[Scenario.CLEAN_WARM] = counts[scenario]
    return counts


def refuse_in_place(
    scenarios: Sequence[AnyScenario], recipes: Mapping[AnyScenario, Recipe]
) -> None:
    """Raise UsageProblem for a scenario that would do to the user's tree what cannot be put back."""
    for scenario in scenarios:
        change = recipes[scenario].change
        if isinstance(change, Switch):
            why = "it makes commits"
        elif isinstance(change, NewCheckout):
            why = "it gives every file of the tree a new time"
        else:
            continue
        raise UsageProblem(
            f"`{scenario}` is not measured in place: {why}",
            next_step="leave --in-place out, or that scenario",
        )


def everything(own: Mapping[AnyScenario, Recipe]) -> dict[AnyScenario, Recipe]:
    """Return all recipes there are: the built-in ones, then the workspace's own."""
    return {**BUILT_IN, **own}
