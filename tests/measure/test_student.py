import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cargo_hone.measure.student import upper_tail, upper_tail_of_f

UNDERFLOW = 1e-250
"""Below this scipy and we lose digits, each in other places, on the way to 0."""
degrees_of_freedom = st.integers(min_value=1, max_value=200)


@given(st.floats(min_value=-50.0, max_value=1e4), degrees_of_freedom)
def test_the_upper_tail_is_scipys_also_where_it_is_tiny(t: float, degrees: int) -> None:
    assert upper_tail(t, degrees) == pytest.approx(
        float(stats.t.sf(t, degrees)), rel=1e-9, abs=UNDERFLOW
    )


@given(st.floats(min_value=0.0, max_value=1e4), degrees_of_freedom, degrees_of_freedom)
def test_the_upper_tail_of_f_is_scipys(ratio: float, above: int, below: int) -> None:
    expected = float(stats.f.sf(ratio, above, below))
    assert upper_tail_of_f(ratio, above, below) == pytest.approx(expected, rel=1e-9, abs=UNDERFLOW)


def test_no_degree_of_freedom_is_refused() -> None:
    with pytest.raises(ValueError, match="degree"):
        upper_tail(1.0, 0)
    with pytest.raises(ValueError, match="degree"):
        upper_tail_of_f(1.0, 0, 3)
