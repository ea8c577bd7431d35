"""Machines that do not exist: what levers do there is known, and so is the noise."""

import math
import random
from collections.abc import Mapping

from cargo_hone.model import AnyScenario, Scenario
from cargo_hone.tune.fate import Candidate
from cargo_hone.tune.replay import Heard, Replayed, replay
from cargo_hone.tune.screening import Rules
from cargo_hone.tune.search import Search

WEIGHTS: dict[AnyScenario, float] = {
    Scenario.CLEAN_COLD: 3,
    Scenario.EDIT_ROOT: 10,
    Scenario.EDIT_LEAF: 30,
}
TIMES_S = {Scenario.CLEAN_COLD: 55.0, Scenario.EDIT_ROOT: 6.0, Scenario.EDIT_LEAF: 3.0}
Ratios = Mapping[str, Mapping[AnyScenario, float]]


def machine(noise: float, *, seed: int = 1) -> dict[AnyScenario, Heard]:
    """Log-normal noise of that deviation, and rounds that differ a little."""
    draw = random.Random(seed)  # noqa: S311
    return {
        scenario: Heard(
            levels=tuple(math.log(time_s) + draw.gauss(0, 0.02) for _ in range(20)),
            effects={},
            residuals=tuple(draw.gauss(0, noise) for _ in range(200)),
        )
        for scenario, time_s in TIMES_S.items()
    }


def search(
    ratios: Ratios,
    *,
    noise: float = 0.03,
    budget_s: float = 1200.0,
    seed: int = 0,
    groups: Mapping[str, str] | None = None,
    rules: Rules | None = None,
) -> Replayed:
    """Search among levers whose true ratios (with / without) are these."""
    begun = Search(
        candidates=tuple(
            Candidate(name=name, group=(groups or {}).get(name, "")) for name in ratios
        ),
        rules=rules or Rules(weights=WEIGHTS),
        budget_s=budget_s,
        clean_s=55.0,
        seed=seed,
    )
    effects = {
        name: {scenario: math.log(ratio) for scenario, ratio in found.items()}
        for name, found in ratios.items()
    }
    return replay(begun, machine(noise), seed=seed, effects=effects)
