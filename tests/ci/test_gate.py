"""What the gate makes of a history: planted slowdowns, planted calm, and too little of either."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from cargo_hone.ci.gate import judge
from cargo_hone.ci.gate_judged import Budget, GateResult, Judged, Shown
from cargo_hone.ci.gate_proof import Proof
from cargo_hone.ci.gate_proven import proven, unproven, without_proof
from cargo_hone.ci.gate_runs import gate_runs
from cargo_hone.errors import UsageProblem
from cargo_hone.history.course import course, measured_runs
from cargo_hone.history.database import open_history
from cargo_hone.history.lineage import Lineage
from cargo_hone.measure.gate_budget import GateKind
from cargo_hone.model import Sample, scenario_named
from cargo_hone.settings.model import Gate
from tests.history.git import ENV, repository
from tests.history.measured import measured, put

CLEAN, EDIT, WARM = "clean-cold", "edit-root", "clean-warm"
WOBBLE = (0.0, 0.01, -0.01, 0.005, -0.005, 0.008, -0.008, 0.003)
GB = 10**9


class Place:
    """Main with a commit for each run that is planted; HEAD is the last one."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.root = base / "repo"
        self.commits = repository(self.root, commits=16)

    def judge(self, runs: Sequence[dict[str, object]], **settings: str) -> GateResult:
        """Plant runs (arguments of `measured`) at the newest commits, in this order, and judge the last."""
        with open_history(self.base / "state") as database:
            for day, given in enumerate(runs, start=1):
                at = self.commits[len(self.commits) - len(runs) + day - 1]
                put(database, measured(**{"at": at, "day": day, **given}))  # type: ignore[arg-type]
            measured_ = measured_runs(database)
            lineage = Lineage(root=self.root, env=ENV)
            found = gate_runs(measured_, lineage, asked=None, settled="main", env={})
            points = course(database, measured_)
        gate = replace_(Gate(free_disk="1M"), **settings)
        return judge(found, points, gate, target_dir=self.root)


def replace_(gate: Gate, **settings: str) -> Gate:
    import msgspec  # noqa: PLC0415

    return msgspec.structs.replace(gate, **settings)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def times(clean: float, edit: float, place_: int = 0) -> dict[str, object]:
    wobble = WOBBLE[place_ % len(WOBBLE)]
    row = {
        (CLEAN, "baseline"): [clean * (1 + wobble), clean * (1 + wobble / 2)],
        (EDIT, "baseline"): [edit * (1 + wobble)] * 3,
    }
    return {"times": row, "target_bytes": GB}


def base(count: int = 10, clean: float = 60.0, edit: float = 5.0) -> list[dict[str, object]]:
    return [times(clean, edit, number) for number in range(count)]


def one(result: GateResult, budget: Budget) -> Judged:
    (found,) = [judged for judged in result.judged if judged.budget is budget]
    return found


def test_a_planted_slowdown_fails_with_its_size_and_its_commit(place: Place) -> None:
    result = place.judge([*base(), times(60.0, 7.5)])
    assert result.kind is GateKind.FAIL
    edit = one(result, Budget.INCREMENTAL)
    assert edit.verdict.kind is GateKind.FAIL
    assert edit.verdict.ratio == pytest.approx(1.5, abs=0.02)
    assert edit.shown is Shown.HISTORY
    assert (edit.base, edit.head) == (pytest.approx(5.0, rel=0.01), 7.5)
    assert edit.since is not None
    assert (edit.since.commit, edit.since.after) == (place.commits[-1], place.commits[-2])
    assert one(result, Budget.CLEAN).verdict.kind is GateKind.PASS


def test_the_same_as_before_passes(place: Place) -> None:
    result = place.judge([*base(), times(60.3, 5.02)])
    assert result.kind is GateKind.PASS
    assert {judged.verdict.kind for judged in result.judged} == {GateKind.PASS}


def test_a_slowdown_within_the_budget_is_no_failure(place: Place) -> None:
    result = place.judge([*base(), times(60.0, 7.5)], incremental="60%")
    assert result.kind is GateKind.PASS


def test_something_faster_passes(place: Place) -> None:
    assert place.judge([*base(), times(40.0, 3.0)]).kind is GateKind.PASS


@pytest.mark.parametrize("count", [0, 1, 7])
def test_too_few_runs_of_base_are_said_and_do_not_fail(place: Place, count: int) -> None:
    result = place.judge([*base(count), times(600.0, 50.0)])
    assert result.kind is GateKind.INCONCLUSIVE
    assert f"{count} comparable runs" in one(result, Budget.CLEAN).verdict.why


@pytest.mark.parametrize(
    "other",
    [{"cpu": "Other CPU"}, {"cores": 64}, {"rustc": "rustc 1.96.0"}, {"facts": {EDIT: "x"}}],
)
def test_runs_that_are_not_comparable_are_no_base(place: Place, other: dict[str, object]) -> None:
    result = place.judge([*({**run, **other} for run in base()), times(60.0, 7.5)])
    assert one(result, Budget.INCREMENTAL).verdict.kind is GateKind.INCONCLUSIVE
    assert "0 comparable runs" in one(result, Budget.INCREMENTAL).verdict.why


def test_head_that_was_not_measured_is_said_and_does_not_fail(place: Place) -> None:
    head = {**times(60.0, 5.0), "at": place.commits[0]}
    result = place.judge([*base(), head])
    assert result.kind is GateKind.INCONCLUSIVE
    for budget in (Budget.CLEAN, Budget.INCREMENTAL, Budget.TARGET):
        assert "cargo hone measure" in one(result, budget).verdict.why
    assert one(result, Budget.FREE_DISK).verdict.kind is GateKind.PASS


def test_a_leafs_edit_stands_in_where_no_roots_was_measured(place: Place) -> None:
    def leaf(value: float) -> dict[str, object]:
        return {"times": {("edit-leaf", "baseline"): [value] * 3}}

    runs = [leaf(5.0 * (1 + wobble)) for wobble in (*WOBBLE, 0.002)]
    result = place.judge([*runs, leaf(9.0)])
    assert one(result, Budget.INCREMENTAL).verdict.kind is GateKind.FAIL


def test_base_that_became_worse_itself_is_said_and_head_is_held_against_that(place: Place) -> None:
    runs = [*base(6), *base(9, edit=6.5)]
    result = place.judge([*runs, times(60.0, 6.5)])
    edit = one(result, Budget.INCREMENTAL)
    assert edit.verdict.kind is GateKind.PASS
    assert f"worse since {place.commits[6][:12]}: +30 %" in edit.note


def test_a_budget_that_is_off_is_not_judged(place: Place) -> None:
    result = place.judge(
        [*base(), times(600.0, 50.0)], clean="off", incremental="off", target="off", free_disk="off"
    )
    assert result.judged == ()
    assert {budget for budget, _ in result.off} == set(Budget)


def test_sizes_are_held_exactly_against_the_newest_of_base(place: Place) -> None:
    # Base itself has grown, and that is no fault of head's.
    runs = [
        *({**run, "target_bytes": GB // 2} for run in base(9)),
        {**times(60, 5), "target_bytes": GB},
    ]
    grown = place.judge([*runs, {**times(60.0, 5.0), "target_bytes": int(1.09 * GB)}])
    assert one(grown, Budget.TARGET).verdict.kind is GateKind.PASS


def test_a_target_that_has_grown_too_much_fails(place: Place) -> None:
    result = place.judge([*base(1), {**times(60.0, 5.0), "target_bytes": int(1.11 * GB)}])
    target = one(result, Budget.TARGET)
    assert target.verdict.kind is GateKind.FAIL
    assert target.since is not None
    assert target.since.commit == place.commits[-1]


def test_a_limit_in_bytes_needs_no_base(place: Place) -> None:
    assert one(place.judge([times(1, 1)], target="2G"), Budget.TARGET).verdict.kind is GateKind.PASS


def test_a_limit_in_bytes_without_a_measurement_is_of_what_is_there(place: Place) -> None:
    (place.root / "big").write_bytes(b"x" * 300_000)
    over = one(place.judge([], target="200K"), Budget.TARGET)
    assert over.verdict.kind is GateKind.FAIL
    assert "target directory takes" in over.verdict.why


def test_a_disk_with_too_little_space_fails(place: Place) -> None:
    result = place.judge([*base(), times(60.0, 5.0)], free_disk="900000T")
    assert one(result, Budget.FREE_DISK).verdict.kind is GateKind.FAIL
    assert result.kind is GateKind.FAIL


@pytest.mark.parametrize("limit", ["150%", "200 %"])
def test_a_limit_that_is_none_is_a_usage_error(place: Place, limit: str) -> None:
    with pytest.raises(UsageProblem, match="not a percentage"):
        place.judge([*base(), times(60.0, 5.0)], clean=limit)


def cached(cold: float, warm: float, number: int = 0) -> dict[str, object]:
    wobble = WOBBLE[number % len(WOBBLE)]
    row = {
        (CLEAN, "baseline"): [cold] * 3,
        (WARM, "baseline"): [warm * (1 + wobble)] * 3,
    }
    return {"times": row, "cached": ["baseline"]}


@pytest.mark.parametrize(
    ("warm", "kind"), [(20.0, GateKind.PASS), (35.0, GateKind.FAIL), (10.0, GateKind.PASS)]
)
def test_a_cache_that_saves_less_fails(place: Place, warm: float, kind: GateKind) -> None:
    runs = [cached(60.0, 20.0, number) for number in range(10)]
    saved = one(place.judge([*runs, cached(60.0, warm)]), Budget.CACHE_SAVED)
    assert saved.verdict.kind is kind
    # Twice as fast a machine saves the same share.
    assert saved.head == pytest.approx(warm / 60.0)


def test_without_a_cache_there_is_nothing_to_lose(place: Place) -> None:
    result = place.judge([*base(), times(60.0, 5.0)])
    assert (Budget.CACHE_SAVED, "no build with a compiler cache was measured") in result.off


def test_a_cache_that_only_head_has_is_held_against_nothing(place: Place) -> None:
    saved = one(place.judge([*base(), cached(60.0, 20.0)]), Budget.CACHE_SAVED)
    assert saved.verdict.kind is GateKind.INCONCLUSIVE
    assert "no comparable run" in saved.verdict.why


def proof(budget_times: dict[str, tuple[list[float], list[float]]], *sizes: int) -> Proof:
    samples = []
    for scenario, sides in budget_times.items():
        for side, values in zip(("base", "head"), sides, strict=True):
            samples += [
                Sample(
                    scenario=scenario_named(scenario),
                    variant=side,
                    repetition=number,
                    wall_s=wall_s,
                    cpu_s=1.0,
                    units_compiled=1,
                    units_fresh=0,
                    target_bytes=sizes[side == "head"] if sizes else None,
                    cache=None,
                    started_at="2026-11-22T12:00:00+00:00",
                )
                for number, wall_s in enumerate(values, start=1)
            ]
    return Proof(samples=samples)


SAME = [5.0, 5.05, 4.95, 5.02, 5.01, 4.99, 5.03]
WORSE = [7.5, 7.6, 7.4, 7.5, 7.55, 7.45, 7.5]


def test_a_proof_takes_the_place_of_the_history(place: Place) -> None:
    result = place.judge([*base(), times(60.0, 7.5)])
    allowed = unproven(result)
    assert allowed == {Budget.INCREMENTAL: pytest.approx(0.1)}
    calm = proven(result, proof({EDIT: (SAME, SAME)}), allowed)
    assert calm.kind is GateKind.PASS
    assert one(calm, Budget.INCREMENTAL).shown is Shown.SIDE_BY_SIDE
    worse = one(proven(result, proof({EDIT: (SAME, WORSE)}), allowed), Budget.INCREMENTAL)
    assert worse.verdict.kind is GateKind.FAIL
    assert worse.since is not None
    assert worse.since.commit == place.commits[-1]


def test_without_a_history_a_proof_is_enough_for_times_and_for_sizes(place: Place) -> None:
    result = place.judge([{**times(60.0, 5.0), "target_bytes": int(1.2 * GB)}])
    assert set(unproven(result)) == {Budget.CLEAN, Budget.INCREMENTAL}
    found = proof({CLEAN: (SAME, SAME), EDIT: (SAME, SAME)}, GB, int(1.2 * GB))
    done = proven(result, found, unproven(result))
    assert one(done, Budget.CLEAN).verdict.kind is GateKind.PASS
    assert one(done, Budget.TARGET).verdict.kind is GateKind.FAIL


def test_too_few_pairs_prove_nothing(place: Place) -> None:
    result = place.judge([*base(), times(60.0, 7.5)])
    short = proof({EDIT: (SAME[:3], WORSE[:3])})
    short.why[Budget.INCREMENTAL] = "the time was over"
    found = one(proven(result, short, unproven(result)), Budget.INCREMENTAL)
    assert found.verdict.kind is GateKind.INCONCLUSIVE
    assert "the time was over" in found.verdict.why


def test_what_history_alone_shows_is_not_failed_on_where_a_proof_was_wanted(place: Place) -> None:
    result = place.judge([*base(), times(60.0, 7.5)])
    assert result.kind is GateKind.FAIL
    doubted = without_proof(result, "no time")
    assert doubted.kind is GateKind.INCONCLUSIVE
    assert "+50%" in one(doubted, Budget.INCREMENTAL).verdict.why
    assert "not proven side by side: no time" in one(doubted, Budget.INCREMENTAL).verdict.why
    # Exact is exact.
    full = place.judge([], free_disk="900000T")
    assert without_proof(full, "no time").kind is GateKind.FAIL
    assert replace(full, judged=()).kind is GateKind.PASS
