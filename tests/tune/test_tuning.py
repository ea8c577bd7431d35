"""The search for real, on a tiny workspace whose compiler sleeps: what wakes it is found, the others are not."""

from collections.abc import Sequence

import pytest

from cargo_hone.cache.capacity import Capacity
from cargo_hone.events import silent
from cargo_hone.history.database import open_history
from cargo_hone.history.query import last_times
from cargo_hone.levers.interface import Lever
from cargo_hone.model import AnyScenario, Scenario, VerdictKind
from cargo_hone.settings.model import Tune
from cargo_hone.tune import shown
from cargo_hone.tune.bound import Bound, Part
from cargo_hone.tune.fate import Fate
from cargo_hone.tune.result import Tuned
from cargo_hone.tune.tuning import Request, Tuning

from .conftest import Place
from .planted import THERE, Planted

CLEAN, ROOT, LEAF = Scenario.CLEAN_COLD, Scenario.EDIT_ROOT, Scenario.EDIT_LEAF


def tune(
    place: Place,
    levers: Sequence[Lever],
    scenarios: tuple[AnyScenario, ...],
    *,
    budget_s: float,
    quick: bool = False,
) -> Tuned:
    request = Request(
        manifest=place.root / "Cargo.toml",
        env=place.env,
        flags=("--offline",),
        levers=tuple(levers),
        scenarios=scenarios,
        settings=Tune(),
        margin=0.05,
        capacity=Capacity(size_bytes=10**9),
        budget_s=budget_s,
        seed=1,
        command="cargo hone tune",
        quick=quick,
    )
    with open_history(place.state) as database:
        return Tuning(request=request, database=database, emit=silent, verbose=lambda _: None).run()


def sleepy(place: Place, seconds: float) -> None:
    """The workspace's own compiler sleeps before each unit."""
    (place.root / ".cargo").mkdir()
    setting = place.slow_compiler("sleeps", seconds)
    key, value = setting.split("=", 1)
    (place.root / ".cargo" / "config.toml").write_text(f"{key} = {value}\n")


WAKE = Planted(name="wake", config=('build.rustc-wrapper=""',))
USELESS = Planted(name="useless", config=('profile.dev.panic="unwind"',))


def test_the_lever_that_pays_is_kept_and_its_edits_are_explained(place: Place) -> None:
    sleepy(place, 0.2)
    before = place.contents()
    found = tune(place, [WAKE, THERE], (ROOT,), budget_s=90.0, quick=True)
    assert found.kept == ("wake",)
    fates = {one.name: one.fate for one in found.levers}
    assert fates == {"wake": Fate.KEPT, "there": Fate.NOT_APPLICABLE}
    for one in found.confirmed:
        assert one.comparison.kind is VerdictKind.FASTER
        assert one.kept_s < one.base_s
    # What bounds the edit: each unit by name, with what rustc did in it.
    (bound,) = found.bounds
    assert {unit.unit for unit in bound.units} == {"lib0", "lib1", "bin0 (bin0 bin)"}
    explained(bound)
    # The user's tree is as it was, the copy has gone, the samples are in the history.
    assert place.contents() == before
    assert [path.name for path in place.root.parent.iterdir()] == ["ws"]
    with open_history(place.state) as database:
        assert ROOT in last_times(database, variant="wake")
        assert [row[0] for row in database.read("SELECT label FROM run")] == ["tune"]


def explained(bound: Bound) -> None:
    assert sum(bound.shares.values()) == pytest.approx(1.0)
    assert bound.shares[Part.UNKNOWN] == 0.0
    assert all(unit.parts for unit in bound.units)


def test_a_lever_that_does_not_build_is_left_out(place: Place) -> None:
    broken = Planted(name="broken", config=('build.rustc-wrapper="/no/such/wrapper"',))
    found = tune(place, [broken], (ROOT,), budget_s=60.0, quick=True)
    assert found.kept == ()
    assert found.levers[0].fate is Fate.FAILED
    assert "broken" in "\n".join(shown.lines(found))


def test_a_cache_that_is_not_installed_is_no_end_of_the_search(place: Place) -> None:
    place.env["PATH"] = ":".join(
        part for part in place.env["PATH"].split(":") if "zccache" not in part
    )
    missing = Planted(name="zccache", engine="zccache")
    found = tune(place, [missing], (ROOT,), budget_s=60.0, quick=True)
    assert found.levers[0].fate is Fate.FAILED


@pytest.mark.e2e
@pytest.mark.timeout(600)
def test_planted_levers_are_left_out_in_a_real_run(place: Place) -> None:
    sleepy(place, 0.4)
    harmful = Planted(name="harmful", config=(place.slow_compiler("sleeps-more", 0.9),))
    found = tune(place, [USELESS, harmful, WAKE], (CLEAN, ROOT, LEAF), budget_s=180.0)
    fates = {one.name: one.fate for one in found.levers}
    assert fates["harmful"] in (Fate.HARMFUL, Fate.USELESS)
    assert fates["useless"] is not Fate.KEPT
    assert found.kept == ("wake",)
    assert found.elapsed_s <= 1.1 * 180.0


@pytest.mark.e2e
@pytest.mark.timeout(600)
def test_checks_and_test_builds_are_explained_too(place: Place) -> None:
    scenarios = (ROOT, LEAF, Scenario.CHECK, Scenario.TEST_BUILD)
    found = tune(place, [USELESS], scenarios, budget_s=120.0, quick=True)
    assert [bound.scenario for bound in found.bounds] == [*scenarios]
    for bound in found.bounds:
        explained(bound)
