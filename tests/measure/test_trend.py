from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cargo_hone.measure import trend

values = st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=12, unique=True)


@given(values)
def test_the_chance_is_that_of_scipys_exact_test(series: list[float]) -> None:
    expected = stats.kendalltau(range(len(series)), series, method="exact").pvalue
    assert trend.chance([series]) == pytest.approx(float(expected))


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=12))
def test_the_slope_is_scipys(series: list[float]) -> None:
    assert trend.slope(series) == pytest.approx(float(stats.theilslopes(series).slope), abs=1e-6)


def test_several_series_are_judged_by_all_orders_of_all() -> None:
    seen = [(1.0, 2.0, 3.0), (1.0, 3.0, 2.0, 4.0)]
    total = abs(sum(trend.score(series) for series in seen))
    orders = [(a, b) for a in permutations(range(3)) for b in permutations(range(4))]
    as_much = [1 for a, b in orders if abs(trend.score(a) + trend.score(b)) >= total]
    assert trend.chance(seen) == pytest.approx(len(as_much) / len(orders))


@given(st.lists(st.integers(0, 3), min_size=3, max_size=6))
def test_ties_never_make_the_chance_too_small(series: list[int]) -> None:
    total = abs(trend.score(series))
    orders = list(permutations(series))
    share = sum(abs(trend.score(order)) >= total for order in orders) / len(orders)
    assert trend.chance([series]) >= share - 1e-12


def test_no_order_is_no_trend() -> None:
    assert trend.chance([]) == 1.0
    assert trend.chance([[1.0]]) == 1.0
    assert trend.chance([[2.0, 2.0, 2.0, 2.0]]) == 1.0


def test_more_rising_is_rarer() -> None:
    chances = [trend.chance([list(range(size))]) for size in range(2, 9)]
    assert all(later < earlier for earlier, later in pairwise(chances))


def test_a_single_value_has_no_slope() -> None:
    with pytest.raises(ValueError, match="two"):
        trend.slope([1.0])
