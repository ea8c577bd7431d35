"""The limits are held against what is known otherwise: scipy at one look, brute force at several."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from cargo_hone.measure.t_process import limits, share


@given(st.integers(min_value=3, max_value=60), st.floats(min_value=1e-4, max_value=0.5))
def test_a_single_look_is_the_t_test(pairs: int, alpha: float) -> None:
    (limit,) = limits((pairs,), alpha)
    assert limit == pytest.approx(float(stats.t.isf(alpha / 2.0, pairs - 1)), rel=1e-9)


@pytest.mark.parametrize(
    ("looks", "alpha"),
    [((3, 4, 5, 6, 8, 10), 0.05), ((3, 4, 5, 6, 8, 10), 0.01), ((4, 20), 0.05), ((5, 7, 9), 0.2)],
)
def test_each_look_spends_what_it_may_by_brute_force(looks: tuple[int, ...], alpha: float) -> None:
    sessions = 200_000
    logs = np.random.default_rng(7).normal(size=(sessions, looks[-1]))
    stopped = np.zeros(sessions, dtype=bool)
    before = 0.0
    for look, limit in zip(looks, limits(looks, alpha), strict=True):
        t = np.abs(stats.ttest_1samp(logs[:, :look], 0.0, axis=1).statistic)
        crossed = (t >= limit) & ~stopped
        stopped |= crossed
        spent = alpha * share(look / looks[-1])
        error = np.sqrt((spent - before) / sessions)
        assert crossed.mean() == pytest.approx(spent - before, abs=4 * error)
        before = spent
    assert stopped.mean() == pytest.approx(alpha, abs=4 * np.sqrt(alpha / sessions))


@pytest.mark.parametrize(
    ("looks", "alpha"),
    [((3, 4, 5, 6, 8, 10), 0.05), ((4, 7, 10), 0.002), (tuple(range(3, 31)), 0.001)],
)
def test_a_finer_grid_changes_little(looks: tuple[int, ...], alpha: float) -> None:
    assert limits(looks, alpha) == pytest.approx(limits(looks, alpha, intervals=640), rel=2e-3)


@settings(max_examples=15, deadline=None)
@given(
    st.sets(st.integers(min_value=3, max_value=12), min_size=1, max_size=5),
    st.floats(min_value=1e-3, max_value=0.2),
)
def test_every_look_is_stricter_than_a_single_one_and_than_at_a_larger_error_rate(
    looks: set[int], alpha: float
) -> None:
    plan = tuple(sorted(looks))
    found = limits(plan, alpha)
    for look, limit in zip(plan, found, strict=True):
        assert limit >= float(stats.t.isf(alpha / 2.0, look - 1)) * (1 - 1e-3)
    stricter = limits(plan, alpha / 2.0)
    assert all(strict > usual for strict, usual in zip(stricter, found, strict=True))


def test_everything_is_spent_in_the_end_and_little_at_first() -> None:
    assert share(0.0) == 0.0
    assert share(1.0) == pytest.approx(1.0)
    assert share(0.3) < 0.15


@pytest.mark.parametrize(
    ("looks", "alpha"), [((), 0.05), ((2, 3), 0.05), ((5, 5), 0.05), ((3,), 0.0), ((3,), 1.0)]
)
def test_nonsense_is_refused(looks: tuple[int, ...], alpha: float) -> None:
    with pytest.raises(ValueError, match=r"looks|error rate"):
        limits(looks, alpha)
