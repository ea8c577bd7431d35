import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cargo_hone.measure.gate_budget import (
    GATE_LOOKS,
    STRICT,
    GateKind,
    allowed_growth,
    free_budget,
    paired_budget,
    size_budget,
    still_paid,
)
from cargo_hone.measure.sequential import Design, so_far

times = st.floats(min_value=0.01, max_value=5000.0)


def _pairs(ratio: float, *, noise: float = 0.03, seed: int = 1) -> tuple[list[float], list[float]]:
    generator = random.Random(seed)  # noqa: S311
    base = [60.0 * math.exp(generator.gauss(0.0, noise)) for _ in range(10)]
    return base, [60.0 * ratio * math.exp(generator.gauss(0.0, noise)) for _ in range(10)]


def test_a_quarter_slower_fails() -> None:
    found = paired_budget(*_pairs(1.25))
    assert found.kind is GateKind.FAIL
    assert found.low is not None
    assert found.low > 1.0
    assert "shown to be worse" in found.why


def test_the_same_passes_and_so_does_faster() -> None:
    assert paired_budget(*_pairs(1.0)).kind is GateKind.PASS
    assert paired_budget(*_pairs(0.7)).kind is GateKind.PASS


def test_worse_within_the_budget_does_not_fail() -> None:
    assert paired_budget(*_pairs(1.06, noise=0.005)).kind is GateKind.PASS
    assert paired_budget(*_pairs(1.06, noise=0.005), allowed=0.03).kind is GateKind.FAIL


def test_worse_by_about_as_much_as_is_allowed_is_said_and_does_not_fail() -> None:
    found = paired_budget(*_pairs(1.09, noise=0.02, seed=4))
    assert found.kind is GateKind.INCONCLUSIVE
    assert "not shown to be too much" in found.why


def test_what_is_only_usually_no_chance_does_not_fail() -> None:
    base, head = _pairs(1.25, noise=0.12, seed=2)
    usual = so_far(Design(looks=GATE_LOOKS), base, head)
    assert usual.low is not None
    assert usual.low > 1.0
    assert paired_budget(base, head).kind is GateKind.INCONCLUSIVE


def test_noise_alone_is_inconclusive() -> None:
    found = paired_budget(*_pairs(1.1, noise=0.2))
    assert found.kind is GateKind.INCONCLUSIVE
    assert "not shown to be worse" in found.why


@pytest.mark.parametrize("pairs", [0, 1, 3])
def test_too_few_pairs_fail_nothing_however_much_slower(pairs: int) -> None:
    found = paired_budget([1.0] * pairs, [9.0 + n for n in range(pairs)])
    assert found.kind is GateKind.INCONCLUSIVE


def test_pairs_between_two_looks_wait_for_the_next() -> None:
    base, head = _pairs(1.25, noise=0.05)
    assert paired_budget(base[:9], head[:9]) == paired_budget(base[:7], head[:7])


@given(st.lists(st.tuples(times, times), min_size=4, max_size=10))
def test_a_failure_is_always_beyond_chance_and_over_the_budget(
    pairs: list[tuple[float, float]],
) -> None:
    base, head = [a for a, _ in pairs], [b for _, b in pairs]
    found = paired_budget(base, head)
    strict = so_far(Design(looks=GATE_LOOKS, alpha=2 * STRICT), base, head)
    assert strict.ratio is not None
    assert strict.low is not None
    worse = strict.low > 1.0 and strict.ratio > 1.1
    assert (found.kind is GateKind.FAIL) == worse


@pytest.mark.parametrize(
    ("now", "kind"), [(1000, GateKind.PASS), (1100, GateKind.PASS), (1101, GateKind.FAIL)]
)
def test_a_size_is_compared_exactly(now: int, kind: GateKind) -> None:
    assert size_budget([990, 1000, 1005], now).kind is kind


def test_a_size_that_varies_in_the_base_itself_fails_nothing() -> None:
    base = [1000, 1000, 1300, 1000, 1250]
    assert size_budget(base, 1200).kind is GateKind.INCONCLUSIVE
    assert "2 of 5 runs" in size_budget(base, 1200).why
    once = [1000] * 19 + [1300]
    assert size_budget(once, 1200).kind is GateKind.FAIL


def test_without_a_size_of_the_base_nothing_is_known() -> None:
    assert size_budget([], 5).kind is GateKind.INCONCLUSIVE
    assert size_budget([0, 0], 5).kind is GateKind.INCONCLUSIVE
    with pytest.raises(ValueError, match="below zero"):
        size_budget([5], -1)


def test_free_disk_is_compared_exactly() -> None:
    assert free_budget(6_000_000_000, 6_000_000_000).kind is GateKind.PASS
    found = free_budget(5_900_000_000, 6_000_000_000)
    assert found.kind is GateKind.FAIL
    assert found.why == "5.9 GB are free, less than the 6.0 GB that are wanted"


def test_what_a_cache_leaves_to_pay_is_a_share() -> None:
    assert still_paid([60.0, 80.0], [30.0, 20.0]) == [0.5, 0.25]
    with pytest.raises(ValueError, match=r"longer|shorter"):
        still_paid([1.0], [])


def test_a_clock_that_jumped_gives_a_share_that_is_left_out() -> None:
    base = still_paid([60.0] * 5, [30.0, 30.1, 29.9, 30.0, 30.05])
    head = still_paid([60.0, 0.0, 60.0, 60.0, 60.0], [39.0, 39.0, 39.1, 38.9, 39.05])
    found = paired_budget(base, head)
    assert found.ratio == pytest.approx(1.3, abs=0.01)


@given(st.floats(min_value=0.05, max_value=0.95), st.floats(min_value=0.01, max_value=0.99))
def test_the_growth_that_is_allowed_is_the_saving_that_may_be_lost(
    paid: float, lost: float
) -> None:
    grown = paid * (1.0 + allowed_growth([paid], lost))
    assert 1.0 - grown == pytest.approx((1.0 - paid) * (1.0 - lost))


@pytest.mark.parametrize("shares", [[], [math.nan], [1.0], [1.2]])
def test_a_cache_that_saves_nothing_has_nothing_to_lose(shares: list[float]) -> None:
    with pytest.raises(ValueError, match="nothing"):
        allowed_growth(shares, 0.1)
