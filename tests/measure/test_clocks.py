"""A clock that jumps, and a machine that sleeps, during a build."""

import pytest

from cargo_hone.measure import clocks
from cargo_hone.measure.clocks import ClockCheck, Clocks, check

BEFORE = Clocks(wall_s=1_000_000.0, awake_s=50.0, asleep_too_s=80.0)


def after(*, wall_s: float, awake_s: float, asleep_too_s: float | None) -> Clocks:
    return Clocks(
        wall_s=BEFORE.wall_s + wall_s,
        awake_s=BEFORE.awake_s + awake_s,
        asleep_too_s=None if asleep_too_s is None else 80.0 + asleep_too_s,
    )


@pytest.mark.parametrize(
    ("wall_s", "awake_s", "asleep_too_s", "jump_s", "suspended_s"),
    [
        (10.0, 10.0, 10.0, 0.0, 0.0),
        (10.2, 10.0, 10.0, 0.0, 0.0),  # a slow reading
        (2001.0, 2000.0, 2000.0, 0.0, 0.0),  # NTP at its fastest, 500 ppm
        (3610.0, 10.0, 10.0, 3600.0, 0.0),
        (-3590.0, 10.0, 10.0, -3600.0, 0.0),
        (640.0, 10.0, 640.0, 0.0, 630.0),
        (4240.0, 10.0, 640.0, 3600.0, 630.0),
        (
            640.0,
            10.0,
            None,
            630.0,
            0.0,
        ),  # a system without the third clock cannot tell one from the other
    ],
)
def test_jumps_and_sleep_are_told_apart(
    wall_s: float, awake_s: float, asleep_too_s: float | None, jump_s: float, suspended_s: float
) -> None:
    found = check(BEFORE, after(wall_s=wall_s, awake_s=awake_s, asleep_too_s=asleep_too_s))
    assert found == ClockCheck(jump_s=jump_s, suspended_s=suspended_s)


def test_the_clocks_of_this_machine_agree_with_each_other() -> None:
    first = clocks.now()
    second = clocks.now()
    assert second.awake_s >= first.awake_s
    assert check(first, second) == ClockCheck(jump_s=0.0, suspended_s=0.0)
