"""What a cache costs cold against what it gains warm, and after how many builds it has paid."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cargo_hone.cache.break_even import Pays, break_even, said
from cargo_hone.model import Sample, Scenario

PLAIN = (60.0, 61.0, 59.5, 60.4)
Times = tuple[float, ...]


def sample(scenario: Scenario, variant: str, repetition: int, wall_s: float) -> Sample:
    return Sample(
        scenario=scenario,
        variant=variant,
        repetition=repetition,
        wall_s=wall_s,
        cpu_s=1.0,
        units_compiled=1,
        units_fresh=0,
        target_bytes=None,
        cache=None,
        started_at="2026-01-01T00:00:00+00:00",
    )


def samples(*, plain: Times = PLAIN, cold: Times = (), warm: Times = ()) -> list[Sample]:
    columns = (
        (Scenario.CLEAN_COLD, "baseline", plain),
        (Scenario.CLEAN_COLD, "cache", cold),
        (Scenario.CLEAN_WARM, "cache", warm),
    )
    return [
        sample(scenario, variant, place, wall_s)
        for scenario, variant, times in columns
        for place, wall_s in enumerate(times, start=1)
    ]


def times(factor: float) -> Times:
    """Four times that keep their distance from the plain ones, but for a jitter."""
    return tuple(
        one * factor * jitter for one, jitter in zip(PLAIN, (1.0, 1.004, 0.998, 1.001), strict=True)
    )


def test_a_cache_that_gains_more_than_it_costs_pays_after_one_build() -> None:
    found = break_even(samples(cold=times(1.1), warm=times(0.5)), base="baseline", cached="cache")
    assert found.verdict is Pays.PAYS
    assert found.cost_s == pytest.approx(6.0, abs=0.3)
    assert found.gain_s == pytest.approx(30.0, abs=0.5)
    assert (found.builds, found.builds_at_most) == (1, 1)
    assert said(found) == (
        f"a cold clean build costs about {found.cost_s:.1f} s more (+10 %),"
        f" a warm one takes {found.gain_s:.1f} s less (-50 %): paid after 1 warm build"
    )


def test_dear_cold_builds_take_several_warm_ones() -> None:
    found = break_even(samples(cold=times(1.5), warm=times(0.8)), base="baseline", cached="cache")
    assert found.builds == 3
    assert "paid after 3 warm builds" in said(found)


def test_the_bad_ends_of_the_intervals_bound_the_builds() -> None:
    uneven = (60.0 * 1.3, 61.0 * 1.6, 59.5 * 1.5, 60.4 * 1.4)
    found = break_even(samples(cold=uneven, warm=times(0.75)), base="baseline", cached="cache")
    assert found.builds is not None
    assert found.builds_at_most is not None
    assert found.builds_at_most > found.builds
    assert f"(at most {found.builds_at_most})" in said(found)


def test_a_single_cold_build_is_weighed_and_bounds_nothing() -> None:
    found = break_even(samples(cold=(66.0,), warm=times(0.5)), base="baseline", cached="cache")
    assert (found.verdict, found.builds, found.builds_at_most) == (Pays.PAYS, 1, None)


def test_what_costs_nothing_pays_from_the_first_build() -> None:
    found = break_even(samples(cold=times(0.99), warm=times(0.5)), base="baseline", cached="cache")
    assert (found.cost_s, found.builds) == (0.0, 0)
    assert said(found).startswith("a cold clean build costs nothing more, ")
    assert said(found).endswith("it pays from the first warm build on")


@pytest.mark.parametrize("factor", [1.0, 1.2])
def test_without_a_gain_it_never_pays(factor: float) -> None:
    found = break_even(
        samples(cold=times(1.1), warm=times(factor)), base="baseline", cached="cache"
    )
    assert (found.verdict, found.builds) == (Pays.NEVER, None)
    assert said(found).startswith("never pays: ")


def test_samples_that_decide_nothing_are_undecided() -> None:
    found = break_even(
        samples(cold=times(1.0), warm=(20.0, 90.0, 45.0, 70.0)), base="baseline", cached="cache"
    )
    assert (found.verdict, found.builds) == (Pays.UNDECIDED, None)
    assert "undecided, the interval is too wide" in said(found)


@pytest.mark.parametrize(
    "there",
    [samples(), samples(cold=times(1.1)), samples(warm=times(0.5)), samples(plain=())],
    ids=["no cache", "no warm build", "no cold build", "nothing"],
)
def test_what_was_not_measured_is_not_guessed(there: list[Sample]) -> None:
    found = break_even(there, base="baseline", cached="cache")
    assert found.verdict is Pays.NOT_MEASURED
    assert (found.cost_s, found.gain_s, found.builds) == (None, None, None)
    assert said(found) == "not measured"


@given(cold=st.floats(0.5, 4.0), warm=st.floats(0.01, 0.9))
def test_so_many_warm_builds_pay_and_one_fewer_would_not(cold: float, warm: float) -> None:
    found = break_even(samples(cold=times(cold), warm=times(warm)), base="baseline", cached="cache")
    assert found.verdict is Pays.PAYS
    assert found.builds is not None
    assert found.cost_s is not None
    assert found.gain_s is not None
    tiny = 1e-6
    assert found.builds * found.gain_s >= found.cost_s - tiny
    assert found.builds == 0 or (found.builds - 1) * found.gain_s < found.cost_s + tiny
    assert found.builds_at_most is not None
    assert found.builds_at_most >= found.builds
