"""Runs against runs: what scipy says, what simulation says, and what is not said at all."""

import math
import random

import pytest
from scipy import stats

from cargo_hone.model import VerdictKind
from cargo_hone.report.between_runs import Method, between_runs


def test_two_groups_are_compared_by_the_deviation_between_runs() -> None:
    before, after = [[10.0], [11.0], [10.5]], [[13.0], [12.5]]
    found = between_runs(before, after)
    logs = [[math.log(run[0]) for run in runs] for runs in (after, before)]
    oracle = stats.ttest_ind(*logs, equal_var=True).confidence_interval(0.95)
    assert found.method is Method.BETWEEN_RUNS
    assert found.comparison.kind is VerdictKind.SLOWER
    assert found.comparison.low == pytest.approx(math.exp(oracle.low))
    assert found.comparison.high == pytest.approx(math.exp(oracle.high))
    assert found.comparison.ratio == pytest.approx(math.exp(sum(logs[0]) / 2 - sum(logs[1]) / 3))


def test_a_run_counts_as_one_value_however_many_builds_it_has() -> None:
    few = between_runs([[10.0], [11.0]], [[13.0], [12.0]])
    many = between_runs([[10.0] * 50, [9.0, 11.0, 12.0]], [[13.0] * 20, [12.0]])
    assert few == many


def test_runs_of_one_commit_show_how_much_runs_differ() -> None:
    quiet = [[[5.0], [5.05]], [[7.0], [7.1], [6.95]]]
    wild = [[[5.0], [7.0]], [[7.0], [9.0], [6.0]]]
    assert between_runs([[10.0]], [[12.0]], quiet).comparison.kind is VerdictKind.SLOWER
    assert between_runs([[10.0]], [[12.0]], wild).comparison.kind is VerdictKind.INCONCLUSIVE
    # What the builds within one run do is not what runs do.
    assert between_runs([[10.0] * 9], [[12.0] * 9]).comparison.kind is VerdictKind.INCONCLUSIVE


def test_single_runs_decide_nothing_and_show_the_interval_of_their_builds() -> None:
    before, after = [10.0, 10.1, 10.2], [20.0, 20.3, 20.1, 20.2]
    found = between_runs([before], [after])
    logs = [[math.log(time_s) for time_s in run] for run in (after, before)]
    oracle = stats.ttest_ind(*logs, equal_var=False)
    assert found.method is Method.WITHIN_RUNS
    assert found.comparison.kind is VerdictKind.INCONCLUSIVE
    assert "measure each once more" in found.comparison.why
    exact = oracle.confidence_interval(0.95)
    assert found.comparison.low is not None
    assert found.comparison.high is not None
    # Degrees of freedom are rounded down, so ours is the wider one, but not by much.
    assert math.exp(exact.low) * 0.99 < found.comparison.low <= math.exp(exact.low)
    assert math.exp(exact.high) <= found.comparison.high < math.exp(exact.high) * 1.01


def test_one_build_each_has_no_interval() -> None:
    found = between_runs([[10.0]], [[12.0]]).comparison
    assert (found.low, found.high) == (None, None)
    assert found.ratio == pytest.approx(1.2)


def test_times_that_cannot_be_are_left_out() -> None:
    found = between_runs([[10.0, -1.0], [11.0]], [[12.0], [0.0, 13.0], [math.nan]])
    assert found == between_runs([[10.0], [11.0]], [[12.0], [13.0]])
    nothing = between_runs([[0.0]], [[12.0]])
    assert nothing.method is Method.NONE
    assert nothing.comparison.ratio is None


def test_equal_runs_are_no_difference_where_that_is_shown() -> None:
    quiet = [[[10.0], [10.05]], [[10.0], [10.1], [10.05]], [[9.95], [10.0]]]
    assert between_runs([[10.0]], [[10.0]], quiet).comparison.kind is VerdictKind.NO_DIFFERENCE


def test_of_a_hundred_comparisons_of_the_same_five_are_called_different() -> None:
    generator = random.Random(11)  # noqa: S311 - a simulation

    def runs(count: int) -> list[list[float]]:
        """Runs that differ by 10 %, builds within one by 2 %."""
        middles = [10.0 * math.exp(generator.gauss(0.0, 0.1)) for _ in range(count)]
        return [[m * math.exp(generator.gauss(0.0, 0.02)) for _ in range(3)] for m in middles]

    wrong = 0
    for _ in range(2000):
        found = between_runs(runs(1), runs(2), [runs(2), runs(3)]).comparison
        wrong += found.kind in {VerdictKind.FASTER, VerdictKind.SLOWER}
    assert 0.035 < wrong / 2000 < 0.065
