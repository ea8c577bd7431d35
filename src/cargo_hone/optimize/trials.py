"""The variants that are measured, each with a private cache where it uses one; nothing of the user's is written."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence

from cargo_hone.levers.interface import Context, Lever
from cargo_hone.measure.meter import Arm
from cargo_hone.measure.scratch import Scratch
from cargo_hone.model import AnyScenario, Scenario
from cargo_hone.optimize.decision import ALL, BASE, CACHE_ONLY
from cargo_hone.tune.arms import make_arm

# The fewest samples that allow a verdict for builds that take long; a few more for those that are short and noisy.
_QUICK = {
    Scenario.CLEAN_COLD: 3,
    Scenario.CLEAN_WARM: 3,
    Scenario.EDIT_ROOT: 4,
    Scenario.EDIT_LEAF: 4,
    Scenario.SWITCH: 3,
    Scenario.NOOP: 4,
}
# The cache by itself on a cold build is the longest build of all, and only weighed, not judged.
QUICK_COLD_AT_MOST = {CACHE_ONLY: 1}
_FULL = {
    Scenario.CLEAN_COLD: 5,
    Scenario.CLEAN_WARM: 5,
    Scenario.EDIT_ROOT: 10,
    Scenario.EDIT_LEAF: 10,
    Scenario.SWITCH: 6,
    Scenario.NOOP: 8,
}
_FEWEST = 3


def repetitions(
    *, quick: bool, budget_s: float, clean_s: float, variants: int
) -> dict[AnyScenario, int]:
    """How many samples of each scenario fit the budget; decided before the first one, never by their results.

    `clean_s` is what a clean build took in the user's tree. All get at least the fewest that allow a verdict, so that a
    budget that is too small is overrun rather than wasted.
    """
    wanted = _QUICK if quick else _FULL
    share = {
        Scenario.CLEAN_COLD: 1.0,
        Scenario.CLEAN_WARM: 0.5,
        Scenario.EDIT_ROOT: 0.15,
        Scenario.EDIT_LEAF: 0.1,
        Scenario.SWITCH: 0.15,
        Scenario.NOOP: 0.01,
    }
    planned_s = (
        sum(share[scenario] * count for scenario, count in wanted.items()) * clean_s * variants
    )
    factor = min(1.0, budget_s / planned_s) if planned_s else 1.0
    return {scenario: max(_FEWEST, int(count * factor)) for scenario, count in wanted.items()}


def variant_names(levers: Sequence[Lever]) -> tuple[str, ...]:
    """The columns: the baseline, the cache by itself, everything together; those that would be alike only once."""
    steps = {lever.step for lever in levers}
    names = [BASE]
    if "sccache" in steps:
        names.append(CACHE_ONLY)
    if "levers" in steps:
        names.append(ALL)
    return tuple(names)


@contextlib.contextmanager
def arms(
    named: Mapping[str, Sequence[Lever]], *, scratch: Scratch, context: Context
) -> Iterator[tuple[Arm, ...]]:
    """Make the arms: for each name the levers that it tries. Caches and servers are gone at the end."""
    with contextlib.ExitStack() as stack:
        yield tuple(
            make_arm(name, levers, scratch=scratch, context=context, stack=stack)
            for name, levers in named.items()
        )
