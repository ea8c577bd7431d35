"""Whether the clocks can be trusted for the length of one build.

Wall times are taken from the monotonic clock, which no `date`, NTP step or daylight change moves. But cargo
compares the times of files: where the wall clock jumps, what is fresh to it may be wrong; and a machine that
slept during a build did not build all the time.
"""

import sys
import time
from dataclasses import dataclass

_TOLERANCE_S = 0.5
_SLEW = 0.001
"""NTP corrects a clock by speeding it up or slowing it down: by up to 500 ppm (adjtimex(2)). That is no jump."""
_SUSPENDED_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """One moment by three clocks, in seconds: the calendar's, one that stops in suspend, one that does not.

    `asleep_too_s` is None where the system has no such clock.
    """

    wall_s: float
    awake_s: float
    asleep_too_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockCheck:
    """How far the wall clock was moved (forwards: positive), and how long the machine slept; 0 for neither."""

    jump_s: float
    suspended_s: float


def now() -> Clocks:
    """Read the clocks."""
    return Clocks(wall_s=time.time(), awake_s=time.monotonic(), asleep_too_s=_asleep_too_s())


def _asleep_too_s() -> float | None:
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)  # CLOCK_MONOTONIC stands still in suspend
    if sys.platform == "darwin":  # pragma: no cover
        return time.clock_gettime(
            time.CLOCK_MONOTONIC_RAW
        )  # it goes on; Python's monotonic() does not
    return None  # pragma: no cover


def check(before: Clocks, after: Clocks) -> ClockCheck:
    """Compare two moments of one build."""
    passed_s = awake_s = after.awake_s - before.awake_s
    if before.asleep_too_s is not None and after.asleep_too_s is not None:
        passed_s = after.asleep_too_s - before.asleep_too_s
    suspended_s = passed_s - awake_s
    jump_s = after.wall_s - before.wall_s - passed_s
    jumped = abs(jump_s) > _TOLERANCE_S + _SLEW * passed_s
    return ClockCheck(
        jump_s=round(jump_s, 3) if jumped else 0.0,
        suspended_s=round(suspended_s, 3) if suspended_s > _SUSPENDED_S else 0.0,
    )
