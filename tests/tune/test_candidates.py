"""Which levers are tried, in which order, and why the others are not."""

from pathlib import Path

import pytest

from cargo_hone.cache.capacity import Capacity
from cargo_hone.errors import UsageProblem
from cargo_hone.levers.interface import Context
from cargo_hone.levers.registry import ALL
from cargo_hone.model import Scenario
from cargo_hone.settings.model import Tune, TuneCi, TuneDay
from cargo_hone.tune import candidates
from cargo_hone.tune.fate import Fate
from cargo_hone.workspace import facts

from .conftest import Place
from .planted import NOT_HERE, THERE, Planted

EDIT, CLEAN = Scenario.EDIT_ROOT, Scenario.CLEAN_COLD


def context(place: Place) -> Context:
    found = facts.look(place.root / "Cargo.toml", env=place.env, flags=("--offline",))
    return Context(facts=found, capacity=Capacity(size_bytes=10**9), engine=None)


def test_what_does_not_apply_is_not_tried_and_says_why(place: Place) -> None:
    levers = (Planted(name="tried"), THERE, NOT_HERE)
    found = candidates.field(levers, context(place), scenarios=[EDIT])
    assert [lever.name for lever in found.tried] == ["tried"]
    assert {name: outcome.why for name, outcome in found.settled.items()} == {
        "there": "a file says so",
        "not-here": "it needs another machine",
    }
    assert {outcome.fate for outcome in found.settled.values()} == {Fate.NOT_APPLICABLE}


def test_what_moves_nothing_that_is_measured_is_not_tried(place: Place) -> None:
    levers = (
        Planted(name="tests", moves=(Scenario.TEST_BUILD,)),
        Planted(name="space", moves=()),
        Planted(name="warm", moves=(Scenario.CLEAN_WARM,), engine="sccache"),
    )
    found = candidates.field(levers, context(place), scenarios=[EDIT, CLEAN])
    # A warm clean build is measured where the cold one is.
    assert [one.name for one in found.candidates] == ["warm"]
    assert found.candidates[0].cached
    assert "--scenario" in found.settled["tests"].why
    assert "space" in found.settled["space"].why


def test_the_order_puts_debug_information_first_and_caches_last() -> None:
    ordered = [lever.name for lever in candidates.in_order(ALL)]
    first = ["debug", "debug-none", "split-debuginfo-unpacked", "linker-mold"]
    places = [ordered.index(name) for name in [*first, "build-override-optimised", "sccache"]]
    assert places == sorted(places)
    # The third answer to one question waits until the others had their turn.
    assert ordered.index("debug-limited") > ordered.index("sccache")
    assert {*ordered} == {lever.name for lever in ALL}


def test_an_unknown_lever_names_what_is_near() -> None:
    assert [one.name for one in candidates.asked(["debug", "debug"], ALL)] == ["debug"]
    assert candidates.asked([], ALL) == ALL
    with pytest.raises(UsageProblem, match="debug-none"):
        candidates.asked(["debug-nome"], ALL)


def test_weights_are_those_of_people_and_pipeline_together() -> None:
    settings = Tune(day=TuneDay(edit_root=7, clean_cold=1), ci=TuneCi(clean_cold=5, clean_warm=3))
    assert candidates.weights([CLEAN, EDIT], settings, cached=False) == {CLEAN: 6, EDIT: 7}
    with_cache = candidates.weights([CLEAN, EDIT], settings, cached=True)
    assert with_cache[Scenario.CLEAN_WARM] == 4


def test_what_nobody_waits_for_is_refused() -> None:
    with pytest.raises(UsageProblem, match="nobody"):
        candidates.weights([EDIT], Tune(day=TuneDay(edit_root=0)), cached=False)


def test_a_lever_that_moves_builds_to_another_disk_is_not_tried(
    place: Place, tmp_path: Path
) -> None:
    here = context(place)
    elsewhere = next(lever for lever in ALL if lever.name == "build-dir-disk")
    place_ = Context(facts=here.facts, capacity=here.capacity, engine=None, build_place=tmp_path)
    found = candidates.field([elsewhere], place_, scenarios=[CLEAN])
    assert not found.tried
