"""The builds that say what bounds an edit now, at the very end: nobody uses what they leave in the scratch copy."""

from dataclasses import replace
from pathlib import Path

from cargo_hone.cargo import timings
from cargo_hone.measure.meter import Arm
from cargo_hone.measure.scenarios import Edit
from cargo_hone.model import Scenario
from cargo_hone.tune import passes
from cargo_hone.tune.bench import Bench
from cargo_hone.tune.bound import Bound, find
from cargo_hone.tune.fate import arm_of
from cargo_hone.tune.search import Search

BOUNDED = (Scenario.EDIT_ROOT, Scenario.EDIT_LEAF, Scenario.CHECK, Scenario.TEST_BUILD)
"""The incremental scenarios that a function's edit begins."""


def bounds(bench: Bench, search: Search) -> tuple[Bound, ...]:
    """Edit twice more for each of `BOUNDED` that was measured: cargo times the units, then rustc its passes.

    With the levers that were chosen. A build that fails says nothing, and is no error.
    """
    arm = bench.builds.arms.get(arm_of(search.chosen), bench.builds.base)
    found = (_bound(bench, scenario, arm) for scenario in BOUNDED if scenario in search.scenarios)
    return tuple(one for one in found if one is not None)


def _bound(bench: Bench, scenario: Scenario, arm: Arm) -> Bound | None:
    recipe = bench.recipes[scenario]
    change = recipe.change
    if not isinstance(change, Edit):
        return None
    target = bench.place.target_dir(arm.name)
    bench.builds.ready(recipe, [arm.name], version=bench.sources.version)
    bench.sources.edit(change.crate)
    timed = bench.builds.build(arm, recipe.command, f"{scenario}, unit by unit", "--timings")
    if not timed.outcome.ok:
        return None
    units = timings.read(target)
    place = bench.place.builds_dir / f"hone-passes-{scenario}"
    bench.sources.edit(change.crate)
    asking = _through(passes.wrapper(place), arm)
    bench.builds.build(asking, recipe.command, f"{scenario}, pass by pass")
    return find(scenario, units, passes.read(place), wall_s=timed.outcome.wall_s)


def _through(wrapper: Path, arm: Arm) -> Arm:
    """The arm with a wrapper, which is in no fingerprint (cargo 1.95): the units that are compiled are the edit's.

    By the environment, which stands above whatever wrapper the configuration or a lever names.
    """
    env = {**dict(arm.variant.env), "RUSTC_WRAPPER": str(wrapper)}
    return replace(arm, variant=replace(arm.variant, env=tuple(sorted(env.items()))))
