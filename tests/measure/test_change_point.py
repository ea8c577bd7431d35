import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cargo_hone.measure.change_point import FEWEST_ON_A_SIDE, changes, worse_since


def row(*parts: tuple[int, float], noise: float = 0.02, seed: int = 1) -> list[float]:
    """Times of so many runs around each mean, in seconds."""
    generator = random.Random(seed)  # noqa: S311
    return [
        mean_s * math.exp(generator.gauss(0.0, noise))
        for count, mean_s in parts
        for _ in range(count)
    ]


def test_a_row_without_a_change_has_none() -> None:
    assert changes(row((20, 60.0))) == ()
    assert worse_since(row((20, 60.0))) is None


def test_the_run_from_which_on_it_is_worse_is_found() -> None:
    found = worse_since(row((12, 60.0), (8, 75.0)))
    assert found is not None
    assert found.first == 12
    assert found.ratio == pytest.approx(1.25, abs=0.03)
    assert found.chance <= 0.0075
    assert found.earliest <= 12 <= found.latest


def test_what_got_better_again_is_not_worse_now() -> None:
    times = row((10, 60.0), (10, 90.0), (10, 75.0))
    assert [change.first for change in changes(times)] == [10, 20]
    assert [change.ratio > 1.0 for change in changes(times)] == [True, False]
    assert worse_since(times) is None


def test_the_last_of_several_steps_is_named() -> None:
    found = worse_since(row((10, 60.0), (10, 75.0), (10, 95.0)))
    assert found is not None
    assert found.first == 20
    assert found.ratio == pytest.approx(95 / 75, abs=0.05)


def test_many_steps_are_all_found_to_within_a_run() -> None:
    found = changes(row(*((8, 60.0 * 1.3**step) for step in range(6))))
    assert [change.first for change in found] == pytest.approx([8, 16, 24, 32, 40], abs=1)
    assert [change.ratio for change in found] == pytest.approx([1.3] * 5, rel=0.05)


def test_wild_runs_are_no_change() -> None:
    times = row((20, 60.0))
    times[4] *= 3.0
    times[13] *= 2.0
    assert changes(times) == ()


def test_where_it_is_not_clear_the_range_is_wider() -> None:
    clear = worse_since(row((10, 60.0), (10, 90.0)))
    blurred = worse_since(row((10, 60.0), (10, 67.0), noise=0.05, seed=6))
    assert clear is not None
    assert blurred is not None
    assert clear.latest - clear.earliest < blurred.latest - blurred.earliest
    assert blurred.earliest <= 10 <= blurred.latest


@pytest.mark.parametrize("count", [0, 1, 2 * FEWEST_ON_A_SIDE - 1])
def test_too_few_runs_show_nothing(count: int) -> None:
    assert changes([60.0 * 2**n for n in range(count)]) == ()


def test_runs_that_are_exactly_alike_show_nothing() -> None:
    assert changes([60.0] * 20) == ()


@pytest.mark.parametrize("wrong", [0.0, -1.0, math.nan])
def test_a_time_that_cannot_be_is_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="cannot be"):
        changes([60.0, wrong, 61.0])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(min_value=1.0, max_value=100.0), min_size=12, max_size=12))
def test_the_unit_of_time_and_the_direction_do_not_matter(times: list[float]) -> None:
    found = changes(times)
    slower = changes([time_s * 60.0 for time_s in times])
    assert [change.first for change in found] == [change.first for change in slower]
    upside_down = changes([1.0 / time_s for time_s in times])
    assert [change.first for change in found] == [change.first for change in upside_down]
