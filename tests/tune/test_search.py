"""The search on machines that do not exist: what it keeps, what it leaves out, and why."""

import random
from collections import Counter
from collections.abc import Callable

from cargo_hone.model import Scenario, VerdictKind
from cargo_hone.tune.fate import Ask, Candidate, Fate, Stage
from cargo_hone.tune.judging import Point
from cargo_hone.tune.screening import Rules
from cargo_hone.tune.search import Search

from .simulated import TIMES_S, WEIGHTS, search

CLEAN, ROOT, LEAF = Scenario.CLEAN_COLD, Scenario.EDIT_ROOT, Scenario.EDIT_LEAF
GOOD = {CLEAN: 0.75, ROOT: 0.7, LEAF: 0.85}


def fate_of(ratios: dict[str, dict[Scenario, float]], name: str, runs: int = 10) -> Counter[Fate]:
    return Counter(search(ratios, seed=seed).search.outcomes[name].fate for seed in range(runs))


def begin(*names: str) -> Search:
    return Search(
        candidates=tuple(Candidate(name=name) for name in names),
        rules=Rules(weights=WEIGHTS),
        budget_s=1200.0,
        clean_s=55.0,
        seed=1,
    )


def test_a_gain_is_kept_and_confirmed_by_fresh_pairs() -> None:
    done = search({"good": GOOD, "nothing": {}}).search
    assert done.chosen == ("good",)
    assert done.outcomes["good"].fate is Fate.KEPT
    for scenario, ratio in GOOD.items():
        found = done.confirmed[scenario]
        assert found.kind is VerdictKind.FASTER
        assert found.low is not None
        assert found.high is not None
        assert found.low < ratio * 1.1
        assert found.high > ratio * 0.9
        # The pairs of the confirmation are none of those that chose it.
        before = [p for p in done.points if p.scenario is scenario and p.arm == "good"]
        assert found.pairs < len(before)


def test_what_does_nothing_is_left_out() -> None:
    fates = fate_of({"nothing": {}, "good": GOOD}, "nothing")
    assert Fate.KEPT not in fates
    assert fates[Fate.USELESS] >= 5


def test_harm_to_one_scenario_outweighs_a_gain_in_another() -> None:
    both = {CLEAN: 1.4, ROOT: 0.8, LEAF: 1.0}
    fates = fate_of({"both": both, "good": GOOD}, "both")
    assert Fate.KEPT not in fates
    assert fates[Fate.HARMFUL] >= 7


def test_a_cost_within_the_margin_is_no_harm() -> None:
    both = {CLEAN: 1.02, ROOT: 0.7, LEAF: 0.8}
    kept = [search({"both": both}, seed=seed, noise=0.01).search.chosen for seed in range(10)]
    assert kept.count(("both",)) >= 9


def test_of_two_that_exclude_each_other_the_one_that_saves_more_is_kept() -> None:
    better = {CLEAN: 0.7, ROOT: 0.5, LEAF: 0.6}
    done = search({"good": GOOD, "better": better}, groups={"good": "x", "better": "x"}).search
    assert done.chosen == ("better",)
    assert done.outcomes["good"].fate is Fate.OUTDONE


def test_the_first_of_a_group_stays_where_another_is_hardly_better() -> None:
    alike = {scenario: ratio * 0.98 for scenario, ratio in GOOD.items()}
    kept = Counter(
        search(
            {"good": GOOD, "alike": alike}, groups={"good": "x", "alike": "x"}, seed=s
        ).search.chosen[:1]
        for s in range(10)
    )
    assert kept[("good",)] >= 8


def test_winners_are_added_one_after_the_other() -> None:
    done = search({"small": {LEAF: 0.8}, "good": GOOD}).search
    assert done.chosen == ("good", "small")
    assert {p.arm for p in done.points} == {"baseline", "small", "good", "good + small"}


def test_a_winner_that_adds_nothing_to_the_others_is_left_out() -> None:
    # Here what the second one does is undone by the first: together they are as fast as the first alone.
    begun = begin("first", "second")
    speed = {"baseline": 1.0, "first": 0.6, "second": 0.8, "first + second": 0.602}
    drive(begun, lambda ask, arm: TIMES_S[ask.scenario] * speed[arm])
    assert begun.chosen == ("first",)
    assert begun.outcomes["second"].fate is Fate.USELESS
    assert "first" in begun.outcomes["second"].why


def test_a_whole_that_is_not_confirmed_is_not_kept() -> None:
    begun = begin("luck")

    def lucky(ask: Ask, arm: str) -> float:
        gains = arm == "luck" and ask.stage is not Stage.CONFIRM
        return TIMES_S[ask.scenario] * (0.7 if gains else 1.0)

    drive(begun, lucky)
    assert begun.chosen == ()
    assert begun.outcomes["luck"].fate is Fate.INCONCLUSIVE
    assert "fresh pairs" in begun.outcomes["luck"].why


def test_an_arm_that_does_not_build_is_left_out_and_the_others_go_on() -> None:
    begun = begin("broken", "good")
    speed = {"baseline": 1.0, "good": 0.7}
    drive(begun, lambda ask, arm: TIMES_S[ask.scenario] * speed[arm], broken={"broken"})
    assert begun.outcomes["broken"].fate is Fate.FAILED
    assert begun.chosen == ("good",)


def test_what_the_budget_leaves_no_time_for_is_said_to_be_unknown() -> None:
    ratios = {"good": GOOD, **{f"other{n}": {} for n in range(12)}}
    done = search(ratios, budget_s=900.0).search
    assert done.outcomes["other11"].fate is Fate.INCONCLUSIVE
    assert "no time" in done.outcomes["other11"].why
    assert done.chosen == ("good",)


def test_the_budget_is_kept() -> None:
    ratios = {"good": GOOD, "small": {LEAF: 0.8}, **{f"other{n}": {} for n in range(8)}}
    for seed in range(10):
        for budget_s in (700.0, 1200.0, 2400.0):
            assert search(ratios, budget_s=budget_s, seed=seed).elapsed_s <= 1.1 * budget_s


def test_a_budget_that_is_not_enough_for_one_lever_builds_nothing() -> None:
    done = search({"good": GOOD}, budget_s=100.0).search
    assert not done.points.content
    assert done.outcomes["good"].fate is Fate.INCONCLUSIVE


def test_the_same_seed_asks_the_same_rounds() -> None:
    ratios = {"good": GOOD, "nothing": {}}
    one, other = (search(ratios, seed=7).search for _ in range(2))
    assert one.points.content == other.points.content
    assert one.outcomes == other.outcomes
    assert search(ratios, seed=8).search.points.content != one.points.content


def test_a_cache_may_cost_when_it_is_cold_what_it_gives_back_when_it_is_warm() -> None:
    weights = {**WEIGHTS, Scenario.CLEAN_WARM: 3.0}
    for warm, kept in ((0.2, ("cache",)), (1.05, ())):
        begun = Search(
            candidates=(Candidate(name="cache", cached=True),),
            rules=Rules(weights=weights),
            budget_s=1500.0,
            clean_s=55.0,
            seed=1,
        )
        drive(
            begun,
            lambda ask, arm: (
                TIMES_S[ask.scenario] * (1.3 if arm == "cache" and ask.scenario is CLEAN else 1.0)
            ),
            warm=warm * TIMES_S[CLEAN],
        )
        assert begun.chosen == kept


def test_a_gain_that_nobody_would_notice_is_none() -> None:
    begun = Search(
        candidates=(Candidate(name="good"),),
        rules=Rules(weights=WEIGHTS),
        budget_s=60.0,
        clean_s=0.3,
        seed=1,
    )
    drive(begun, lambda _, arm: 0.2 * (0.7 if arm == "good" else 1.0))
    assert begun.chosen == ()
    assert begun.points.content


def test_builds_that_turn_out_slower_than_expected_do_not_overrun_the_budget() -> None:
    begun = begin("good", "other")

    def slower(ask: Ask, arm: str) -> float:
        late = 4.0 if ask.stage is Stage.CONFIRM else 1.0
        return TIMES_S[ask.scenario] * late * (0.7 if arm == "good" else 1.0)

    spent_s = drive(begun, slower)
    # One round was expected to fit and did not; after it no other is begun.
    assert spent_s <= 1200.0 + 4 * 2 * TIMES_S[CLEAN]


def test_a_scenario_that_cannot_be_measured_is_left_out() -> None:
    begun = begin("good")
    begun.leave_out(LEAF, "there is no function to edit")
    drive(begun, lambda ask, arm: TIMES_S[ask.scenario] * (0.7 if arm == "good" else 1.0))
    assert begun.chosen == ("good",)
    assert {point.scenario for point in begun.points} == {CLEAN, ROOT}


def drive(
    begun: Search,
    time_s: Callable[[Ask, str], float],
    *,
    broken: frozenset[str] | set[str] = frozenset(),
    warm: float | None = None,
) -> float:
    """Tell a search times that are the same in each round but for a little; return what they sum up to."""
    elapsed_s = 0.0
    draw = random.Random(1)  # noqa: S311
    while (ask := begun.ask(elapsed_s)) is not None:
        points = []
        for arm in ask.arms:
            if arm in broken:
                continue
            wall_s = time_s(ask, arm) * (1.0 + 0.01 * draw.random())
            points.append(
                Point(scenario=ask.scenario, arm=arm, repetition=ask.repetition, wall_s=wall_s)
            )
            if warm is not None and ask.scenario is CLEAN and arm == "cache":
                points.append(
                    Point(
                        scenario=Scenario.CLEAN_WARM,
                        arm=arm,
                        repetition=ask.repetition,
                        wall_s=warm,
                    )
                )
        elapsed_s += sum(point.wall_s for point in points)
        begun.told(ask, points, failed={arm: "it failed" for arm in ask.arms if arm in broken})
    return elapsed_s
