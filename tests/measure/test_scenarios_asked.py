import pytest

from cargo_hone.errors import UsageProblem
from cargo_hone.measure import scenarios_asked
from cargo_hone.measure.scenarios import BUILT_IN, Nothing, Recipe, Start
from cargo_hone.model import AnyScenario, OwnScenario, Scenario

DOCS = OwnScenario("docs")
RECIPES: dict[AnyScenario, Recipe] = {
    **BUILT_IN,
    DOCS: Recipe(
        scenario=DOCS, command=("doc",), start=Start.BUILT, change=Nothing(), about="docs"
    ),
}


def test_names_come_with_commas_or_one_by_one_and_count_once() -> None:
    found = scenarios_asked.asked(["noop, docs", "clean,noop", ""], RECIPES)
    assert found == (Scenario.NOOP, DOCS, Scenario.CLEAN_COLD)
    assert isinstance(found[1], OwnScenario)


def test_every_built_in_scenario_but_the_two_clean_ones_goes_by_its_own_name() -> None:
    names = scenarios_asked.names(RECIPES)
    assert {*names} == {"clean", "docs", *Scenario} - {"clean-cold", "clean-warm"}
    assert len(scenarios_asked.asked(names, RECIPES)) == len(names)


def test_without_a_wish_there_is_a_default() -> None:
    assert scenarios_asked.asked([], RECIPES) == scenarios_asked.DEFAULT


@pytest.mark.parametrize(
    ("name", "meant"), [("edit-rot", "edit-root"), ("cleen", "clean"), ("doks", "docs")]
)
def test_an_unknown_name_is_an_error_that_names_what_may_be_meant(name: str, meant: str) -> None:
    with pytest.raises(UsageProblem, match=f"did you mean `{meant}`") as caught:
        scenarios_asked.asked([name], RECIPES)
    assert f"[scenarios.{name}]" in caught.value.next_step


def test_clean_is_also_warm_where_a_variant_has_a_cache() -> None:
    wanted = (Scenario.CLEAN_COLD, Scenario.NOOP)
    plain = scenarios_asked.repetitions(wanted, RECIPES, repeat=None, cached=False)
    cached = scenarios_asked.repetitions(wanted, RECIPES, repeat=7, cached=True)
    assert plain == {Scenario.CLEAN_COLD: 3, Scenario.NOOP: 5}
    assert cached == {Scenario.CLEAN_COLD: 7, Scenario.CLEAN_WARM: 7, Scenario.NOOP: 7}


@pytest.mark.parametrize("scenario", [Scenario.SWITCH, Scenario.FRESH_CHECKOUT])
def test_what_cannot_be_put_back_is_refused_in_place(scenario: Scenario) -> None:
    with pytest.raises(UsageProblem, match="not measured in place"):
        scenarios_asked.refuse_in_place([Scenario.NOOP, scenario], RECIPES)
    others = [one for one in RECIPES if one not in {Scenario.SWITCH, Scenario.FRESH_CHECKOUT}]
    scenarios_asked.refuse_in_place(others, RECIPES)
