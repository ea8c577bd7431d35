import math

import pytest

from cargo_hone.measure.allocation import Choice, choose, width, worth
from cargo_hone.measure.sequential import Design

DESIGN = Design.up_to(20)


def option(name: str, *, rounds: int = 3, gain: float = 1.0, cost_s: float = 1.0) -> Choice:
    return Choice(name=name, rounds=rounds, gain=gain, cost_s=cost_s)


def chosen(*choices: Choice, left_s: float = 100.0, per_second: bool = True) -> str | None:
    found = choose(choices, left_s=left_s, per_second=per_second)
    return found.name if found else None


def test_the_largest_gain_per_second_is_next() -> None:
    dear, cheap = option("dear", gain=0.4, cost_s=8.0), option("cheap", gain=0.2)
    assert chosen(dear, cheap) == "cheap"
    assert chosen(dear, cheap, per_second=False) == "dear"


def test_what_has_fewer_pairs_than_a_verdict_needs_goes_before_the_cheapest_first() -> None:
    rich, poor = option("rich", gain=9.0), option("poor", rounds=2, cost_s=5.0)
    poorer = option("poorer", rounds=1, cost_s=4.0)
    assert chosen(rich, poor) == "poor"
    assert chosen(rich, poorer, poor) == "poor"  # one round of 5 s, not two of 4 s
    assert chosen(poor, poorer, option("new", rounds=0, cost_s=90.0)) == "new"


def test_what_is_decided_or_does_not_fit_is_not_measured() -> None:
    assert chosen(option("decided", gain=0.0)) is None
    assert chosen(option("long", cost_s=101.0), option("short", gain=0.1)) == "short"
    assert chosen() is None


def test_a_pair_is_worth_nothing_once_it_is_decided() -> None:
    base_s = [10.0, 10.1, 10.0, 9.9]
    assert worth(DESIGN, base_s, [20.0, 20.1, 20.0, 20.3]) == 0.0
    assert worth(DESIGN, [], []) == pytest.approx(1 / 3)
    assert worth(DESIGN, base_s[:2], base_s[:2]) == 1.0


def test_a_pair_is_worth_more_the_nearer_the_verdict_is() -> None:
    base_s = [10.0, 10.0, 10.0, 10.0]
    near = worth(DESIGN, base_s, [11.0, 12.3, 11.5, 12.2])
    far = worth(DESIGN, base_s, [9.0, 14.0, 9.5, 13.5])
    assert near > far > 0.0
    assert worth(DESIGN, base_s * 5, [9.0, 14.0, 9.5, 13.5] * 5) == 0.0


def test_between_two_looks_nothing_new_is_asked() -> None:
    """Six pairs were looked at, the seventh is not: it may say what it will."""
    base_s = [10.0] * 6
    variant_s = [11.0, 12.3, 9.5, 12.2, 11.5, 9.9]
    at_look = worth(DESIGN, base_s, variant_s)
    assert at_look > 0.0
    seventh = {worth(DESIGN, [*base_s, 10.0], [*variant_s, time_s]) for time_s in (5.0, 11.0, 50.0)}
    assert len(seventh) == 1


def test_without_a_comparison_width_is_what_counts() -> None:
    assert width([1.0, 1.1], most=20) == math.inf
    assert width([1.0, 2.0, 1.5], most=20) > width([1.0, 1.1, 1.05], most=20) > 0.0
    assert width([1.0, 1.0001, 1.0], most=20) == 0.0
    assert width([1.0, 2.0, 1.5], most=3) == 0.0
