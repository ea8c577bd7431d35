import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cargo_hone.measure.statistics import (
    compare,
    compare_samples,
    deviation,
    log_ratios,
    paired_times,
    pairs_to_decide,
    summarize,
)
from cargo_hone.measure.student import two_sided_probability, two_sided_quantile
from cargo_hone.model import Sample, Scenario, VerdictKind

times = st.floats(min_value=0.01, max_value=5000.0)


@given(st.floats(min_value=0.01, max_value=0.9999), st.integers(min_value=1, max_value=400))
def test_the_quantile_is_scipys(confidence: float, degrees: int) -> None:
    expected = float(stats.t.ppf(0.5 + confidence / 2.0, degrees))
    assert two_sided_quantile(confidence, degrees) == pytest.approx(expected, rel=1e-9)


@given(st.floats(min_value=0.0, max_value=1e5), st.integers(min_value=1, max_value=400))
def test_the_distribution_is_scipys(t: float, degrees: int) -> None:
    expected = float(1.0 - 2.0 * stats.t.sf(t, degrees))
    assert two_sided_probability(t, degrees) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("confidence", "degrees"), [(0.0, 3), (1.0, 3), (0.95, 0)])
def test_nonsense_is_refused(confidence: float, degrees: int) -> None:
    with pytest.raises(ValueError, match=r"confidence|degree"):
        two_sided_quantile(confidence, degrees)


@given(st.lists(st.tuples(times, times), min_size=3, max_size=30))
def test_the_interval_is_that_of_scipys_paired_test(pairs: list[tuple[float, float]]) -> None:
    base = [before for before, _ in pairs]
    variant = [after for _, after in pairs]
    result = compare(base, variant)
    logs = [math.log(after / before) for before, after in pairs]
    assert result.ratio is not None
    assert result.ratio == pytest.approx(math.exp(math.fsum(logs) / len(logs)))
    if max(logs) - min(logs) > 1e-6:
        expected = stats.ttest_1samp(logs, 0.0).confidence_interval(0.95)
        assert result.low == pytest.approx(math.exp(expected.low), rel=1e-6)
        assert result.high == pytest.approx(math.exp(expected.high), rel=1e-6)


@given(st.lists(st.tuples(times, times), min_size=3, max_size=12))
def test_changing_sides_mirrors_the_verdict(pairs: list[tuple[float, float]]) -> None:
    there = compare([a for a, _ in pairs], [b for _, b in pairs])
    back = compare([b for _, b in pairs], [a for a, _ in pairs])
    mirrored = {
        VerdictKind.FASTER: VerdictKind.SLOWER,
        VerdictKind.SLOWER: VerdictKind.FASTER,
        VerdictKind.NO_DIFFERENCE: VerdictKind.NO_DIFFERENCE,
        VerdictKind.INCONCLUSIVE: VerdictKind.INCONCLUSIVE,
    }
    assert back.kind is mirrored[there.kind]


def test_half_the_time_is_faster() -> None:
    result = compare([10.0, 10.4, 9.8], [5.0, 5.1, 5.0])
    assert result.kind is VerdictKind.FASTER
    assert result.high is not None
    assert result.high < 1.0
    assert result.why == ""


def test_a_small_gain_that_is_certain_is_a_gain() -> None:
    result = compare([10.0] * 5, [9.80, 9.81, 9.79, 9.80, 9.80])
    assert result.kind is VerdictKind.FASTER


def test_twice_the_time_is_slower() -> None:
    assert compare([5.0, 5.1, 4.9], [10.0, 10.1, 10.0]).kind is VerdictKind.SLOWER


def test_the_same_within_the_margin_is_no_difference() -> None:
    assert (
        compare([10.0, 10.0, 10.0, 10.0], [10.1, 9.9, 10.05, 9.95]).kind
        is VerdictKind.NO_DIFFERENCE
    )


def test_the_same_beyond_the_margin_is_inconclusive_and_says_how_many_pairs_would_decide() -> None:
    result = compare([10.0, 10.0, 10.0], [8.0, 11.0, 9.0])
    assert result.kind is VerdictKind.INCONCLUSIVE
    assert "about" in result.why
    wanted = int(result.why.split("about ")[1].split()[0])
    assert compare([10.0] * 3 * wanted, [8.0, 11.0, 9.0] * wanted).kind is VerdictKind.FASTER
    assert 3 < wanted < 100


def test_hopeless_noise_is_called_that() -> None:
    result = compare([1.0, 1.0, 1.0], [100.0, 0.01, 1.0])
    assert result.kind is VerdictKind.INCONCLUSIVE
    assert "more than 200 pairs" in result.why


@pytest.mark.parametrize("pairs", [0, 1, 2])
def test_fewer_than_three_pairs_decide_nothing_however_clear(pairs: int) -> None:
    result = compare([100.0] * pairs, [1.0] * pairs)
    assert result.kind is VerdictKind.INCONCLUSIVE
    assert result.low is None
    assert result.high is None
    assert (result.ratio is None) == (pairs == 0)
    assert "at least 3" in result.why


@pytest.mark.parametrize("wrong", [0.0, -2.5, math.nan, math.inf, 40 * 86400.0])
def test_a_time_that_cannot_be_is_left_out_with_its_pair_and_said(wrong: float) -> None:
    result = compare([10.0, wrong, 10.4, 9.8], [5.0, 5.2, 5.1, 5.0])
    assert result.kind is VerdictKind.FASTER
    assert result.pairs == 3
    assert result.ratio == compare([10.0, 10.4, 9.8], [5.0, 5.1, 5.0]).ratio
    assert result.why == "1 pair was left out: the clock gave a time that cannot be"
    other_side = compare([10.0, 10.0, 10.4, 9.8], [5.0, wrong, 5.1, 5.0])
    assert other_side.pairs == 3


def test_nothing_but_times_that_cannot_be_is_inconclusive() -> None:
    result = compare([0.0, -1.0, 0.0], [1.0, 1.0, 1.0])
    assert result.kind is VerdictKind.INCONCLUSIVE
    assert result.ratio is None
    assert "0 pairs were measured" in result.why
    assert "3 pairs were left out" in result.why


def test_wild_ratios_at_a_strict_level_overflow_into_any_ratio() -> None:
    result = compare([1.0, 1.0, 1.0], [1e6, 1e-4, 1.0], confidence=0.99999)
    assert result.kind is VerdictKind.INCONCLUSIVE
    assert (result.low, result.high) == (0.0, math.inf)


@given(st.lists(st.floats(min_value=-20.0, max_value=20.0), min_size=2, max_size=30))
def test_the_deviation_is_numpys(values: list[float]) -> None:
    assert deviation(values) == pytest.approx(float(np.std(values, ddof=1)), rel=1e-9, abs=1e-12)


@given(st.lists(st.tuples(times, times), min_size=3, max_size=12))
def test_as_many_pairs_as_are_said_to_be_needed_would_decide(
    pairs: list[tuple[float, float]],
) -> None:
    logs = log_ratios([a for a, _ in pairs], [b for _, b in pairs]).values
    needed = pairs_to_decide(logs)
    if needed is None:
        return
    assert needed > len(logs)
    mean, error = math.fsum(logs) / len(logs), deviation(logs) / math.sqrt(needed)
    half_width = two_sided_quantile(0.95, needed - 1) * error
    assert half_width < abs(mean) or abs(mean) + half_width <= math.log(1.05)


def test_more_noise_needs_more_pairs_and_a_margin_can_be_shown_too() -> None:
    quiet = pairs_to_decide([-0.02, -0.06, -0.10])
    loud = pairs_to_decide([0.03, -0.06, -0.15])
    assert quiet is not None
    assert loud is not None
    assert quiet < loud
    assert pairs_to_decide([-0.03, 0.0, 0.03]) is not None
    assert pairs_to_decide([-0.03, 0.0, 0.03], margin=0.0001) is None


def test_unpaired_times_are_refused() -> None:
    with pytest.raises(ValueError, match=r"longer|shorter"):
        compare([1.0, 2.0], [1.0])


@pytest.mark.parametrize("pairs", [3, 5, 10])
def test_noise_alone_is_called_an_effect_in_one_of_twenty_sessions(pairs: int) -> None:
    generator = random.Random(pairs)  # noqa: S311
    sessions, found, covered = 3000, 0, 0
    for _ in range(sessions):
        drift = [math.exp(generator.gauss(0.0, 0.2)) for _ in range(pairs)]
        base = [10.0 * d * math.exp(generator.gauss(0.0, 0.04)) for d in drift]
        variant = [10.0 * d * math.exp(generator.gauss(0.0, 0.04)) for d in drift]
        result = compare(base, variant)
        found += result.kind in {VerdictKind.FASTER, VerdictKind.SLOWER}
        assert result.low is not None
        assert result.high is not None
        covered += result.low <= 1.0 <= result.high
    assert found / sessions == pytest.approx(0.05, abs=0.015)
    assert covered / sessions == pytest.approx(0.95, abs=0.015)


def _sample(variant: str, repetition: int, wall_s: float, scenario: Scenario) -> Sample:
    return Sample(
        scenario=scenario,
        variant=variant,
        repetition=repetition,
        wall_s=wall_s,
        cpu_s=wall_s,
        units_compiled=1,
        units_fresh=0,
        target_bytes=None,
        cache=None,
        started_at="2026-01-01T00:00:00+00:00",
    )


def test_samples_are_paired_by_repetition_not_by_order() -> None:
    cold, warm = Scenario.CLEAN_COLD, Scenario.CLEAN_WARM
    samples = [_sample("base", n, 10.0 * n, cold) for n in (1, 2, 3, 4)]
    samples += [_sample("sccache", n, 5.0 * n * (1 + n / 1e3), warm) for n in (3, 1, 5, 2)]
    samples += [_sample("sccache", n, 99.0, cold) for n in (1, 2, 3)]
    result = compare_samples(samples, base=("base", cold), other=("sccache", warm))
    assert result.pairs == 3
    assert result.ratio == pytest.approx(0.5, rel=0.01)
    assert result.kind is VerdictKind.FASTER


def test_paired_times_are_those_of_the_repetitions_that_both_have() -> None:
    cold = Scenario.CLEAN_COLD
    samples = [_sample("base", n, 10.0 * n, cold) for n in (3, 1, 2)]
    samples += [_sample("other", n, 5.0 * n, cold) for n in (2, 3, 7)]
    assert paired_times(samples, base=("base", cold), other=("other", cold)) == (
        [20.0, 30.0],
        [10.0, 15.0],
    )


def test_a_summary_says_what_times_are_like() -> None:
    summary = summarize([9.0, 10.0, 12.0])
    assert (summary.count, summary.median_s) == (3, 10.0)
    assert (summary.minimum_s, summary.maximum_s) == (9.0, 12.0)
    assert summary.spread == pytest.approx(0.15)
    with pytest.raises(ValueError, match="nothing"):
        summarize([])
