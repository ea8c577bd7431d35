import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cargo_hone.measure.sequential import DEFAULT, Continue, Design, decide, so_far
from cargo_hone.measure.statistics import compare
from cargo_hone.model import Comparison, VerdictKind

times = st.floats(min_value=0.01, max_value=5000.0)


def _noisy(pairs: int, *, ratio: float, noise: float, seed: int) -> tuple[list[float], list[float]]:
    generator = random.Random(seed)  # noqa: S311
    base = [10.0 * math.exp(generator.gauss(0.0, noise)) for _ in range(pairs)]
    return base, [10.0 * ratio * math.exp(generator.gauss(0.0, noise)) for _ in range(pairs)]


def test_a_large_gain_stops_at_the_first_look() -> None:
    found = decide(DEFAULT, [10.0, 10.1, 9.9], [5.0, 5.0, 5.0])
    assert isinstance(found, Comparison)
    assert found.kind is VerdictKind.FASTER
    assert found.pairs == 3


def test_what_a_fixed_comparison_would_call_faster_may_need_more_at_the_first_look() -> None:
    base, variant = [10.0, 10.0, 10.0], [8.0, 9.0, 8.4]
    assert compare(base, variant).kind is VerdictKind.FASTER
    found = decide(DEFAULT, base, variant)
    assert found == Continue(pairs=3, pairs_until_next_look=1, likely_pairs=6)


@pytest.mark.parametrize(("pairs", "until"), [(0, 3), (1, 2), (2, 1), (7, 1), (9, 1)])
def test_between_looks_nothing_is_judged_however_clear(pairs: int, until: int) -> None:
    found = decide(DEFAULT, [10.0 + n / 100 for n in range(pairs)], [1.0] * pairs)
    assert found == Continue(pairs=pairs, pairs_until_next_look=until, likely_pairs=None)


def test_no_difference_stops_early_too() -> None:
    base, variant = _noisy(5, ratio=1.0, noise=0.002, seed=1)
    found = decide(DEFAULT, base, variant)
    assert isinstance(found, Comparison)
    assert found.kind is VerdictKind.NO_DIFFERENCE


def test_the_last_look_ends_it_and_says_what_would_decide() -> None:
    base, variant = _noisy(10, ratio=0.97, noise=0.05, seed=1)
    found = decide(DEFAULT, base, variant)
    assert isinstance(found, Comparison)
    assert found.kind is VerdictKind.INCONCLUSIVE
    assert "pairs would decide" in found.why


def test_pairs_beyond_the_plan_change_nothing() -> None:
    base, variant = _noisy(14, ratio=0.97, noise=0.05, seed=3)
    assert decide(DEFAULT, base, variant) == decide(DEFAULT, base[:10], variant[:10])


def test_that_there_is_no_difference_may_be_likely_too() -> None:
    found = decide(DEFAULT, [10.0] * 4, [10.2, 9.8, 10.15, 9.85])
    assert found == Continue(pairs=4, pairs_until_next_look=1, likely_pairs=6)


def test_hopeless_noise_is_not_promised_an_end() -> None:
    found = decide(DEFAULT, [1.0, 1.0, 1.0], [3.0, 0.4, 1.0])
    assert found == Continue(pairs=3, pairs_until_next_look=1, likely_pairs=None)


def test_a_session_that_is_broken_off_says_what_the_last_look_allows() -> None:
    base, variant = _noisy(9, ratio=0.9, noise=0.03, seed=5)
    assert so_far(DEFAULT, base, variant) == so_far(DEFAULT, base[:8], variant[:8])
    assert so_far(DEFAULT, base, variant).pairs == 8
    two = so_far(DEFAULT, base[:2], variant[:2])
    assert two.kind is VerdictKind.INCONCLUSIVE
    assert "at least 3" in two.why


def test_before_the_first_look_there_is_no_interval_however_many_pairs() -> None:
    found = so_far(Design(looks=(5, 8)), [10.0, 10.1, 9.9, 10.0], [5.0] * 4)
    assert found.kind is VerdictKind.INCONCLUSIVE
    assert (found.low, found.high) == (None, None)
    assert "at least 5" in found.why


@given(st.lists(st.tuples(times, times), min_size=3, max_size=10))
def test_the_interval_is_so_many_standard_errors_wide(
    pairs: list[tuple[float, float]],
) -> None:
    base, variant = [a for a, _ in pairs], [b for _, b in pairs]
    found = so_far(DEFAULT, base, variant)
    number = sum(1 for look in DEFAULT.looks if look <= len(pairs)) - 1
    logs = [math.log(b / a) for a, b in pairs[: DEFAULT.looks[number]]]
    error = float(np.std(logs, ddof=1)) / math.sqrt(len(logs))
    width = DEFAULT.limits[number] * error
    if error > 1e-6 and width < 600.0:
        assert found.low is not None
        assert found.high is not None
        middle = sum(logs) / len(logs)
        assert math.log(found.low) == pytest.approx(middle - width, rel=1e-6, abs=1e-6)
        assert math.log(found.high) == pytest.approx(middle + width, rel=1e-6, abs=1e-6)


@given(st.lists(st.tuples(times, times), min_size=3, max_size=10))
def test_looking_early_never_shows_more_than_a_single_look(
    pairs: list[tuple[float, float]],
) -> None:
    base, variant = [a for a, _ in pairs], [b for _, b in pairs]
    plan = Design.up_to(len(pairs))
    early, single = so_far(plan, base, variant), compare(base, variant)
    if early.kind in {VerdictKind.FASTER, VerdictKind.SLOWER}:
        assert single.kind is early.kind


def test_times_that_cannot_be_do_not_count() -> None:
    base = [10.0, -3.0, 10.1, 9.9]
    found = decide(DEFAULT, base, [5.0, 5.0, 5.01, 5.0])
    assert isinstance(found, Comparison)
    assert found.pairs == 3
    assert "left out" in found.why
    assert decide(DEFAULT, [10.0, math.nan, 9.9], [5.0] * 3) == Continue(
        pairs=2, pairs_until_next_look=1, likely_pairs=None
    )


def test_several_comparisons_share_the_error_rate() -> None:
    shared = DEFAULT.shared_among(6)
    assert shared.alpha == pytest.approx(0.05 / 6)
    assert all(a > b for a, b in zip(shared.limits, DEFAULT.limits, strict=True))
    base, variant = _noisy(10, ratio=0.9, noise=0.05, seed=2)
    assert so_far(shared, base, variant).confidence == pytest.approx(1 - 0.05 / 6)


@pytest.mark.parametrize(
    ("pairs", "looks"),
    [
        (3, (3,)),
        (4, (3, 4)),
        (7, (3, 4, 5, 6, 7)),
        (10, DEFAULT.looks),
        (20, (*DEFAULT.looks, 15, 20)),
        (15, (*DEFAULT.looks, 15)),
    ],
)
def test_a_plan_ends_where_it_is_told_to(pairs: int, looks: tuple[int, ...]) -> None:
    assert Design.up_to(pairs).looks == looks


@pytest.mark.parametrize(
    "wrong",
    [{"looks": ()}, {"looks": (2, 3)}, {"looks": (4, 3)}, {"alpha": 0.0}, {"margin": 1.0}],
)
def test_a_plan_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"looks|alpha"):
        Design(**wrong)  # type: ignore[arg-type]


def test_unpaired_times_are_refused() -> None:
    with pytest.raises(ValueError, match=r"longer|shorter"):
        decide(DEFAULT, [1.0, 2.0], [1.0])
