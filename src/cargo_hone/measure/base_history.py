"""Head against earlier runs of the base branch, where the two were not built side by side. Pure.

Two runs on two machines differ by more than their samples tell: runners of the same name vary by 20 to 30 %. So a
run counts as one value, its median, and only runs on the same kind of machine are compared; what differs between
those is taken from the history itself, as a prediction interval (Student's t with the runs' number less one). This
sees 25 % only where runs vary little. `needs_proof` says when to build head and base side by side: that is what a gate
should fail on.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

from cargo_hone.measure.change_point import changes
from cargo_hone.measure.gate_budget import ALLOWED, STRICT, GateKind, GateVerdict, on_times, unknown
from cargo_hone.measure.statistics import CONFIDENCE, deviation, is_possible
from cargo_hone.measure.student import two_sided_quantile

FEWEST_RUNS = 8
MOST_RUNS = 30
"""Older runs say more about machines that have gone than about this branch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The times of one run, in seconds, in the order in which they were taken.

    `machine` says what must be the same for two runs to be comparable: processor and cores, as the history has them.
    """

    machine: str
    times_s: tuple[float, ...]


def against_history(
    runs: Sequence[Run], now: Run, *, allowed: float = ALLOWED, strict: float = STRICT
) -> GateVerdict:
    """Judge `now` against `runs` of the base branch, oldest first; `allowed` is the growth that the budget permits.

    Earlier runs on other machines, and those before the last change of the base itself, are left out; of each
    as many samples are used as `now` has. INCONCLUSIVE with fewer than eight that remain.
    """
    now_s = [time_s for time_s in now.times_s if is_possible(time_s)]
    if not now_s:
        return unknown("this run has no time that can be")
    alike = [run for run in runs if run.machine == now.machine]
    values = [value for run in alike if (value := _value(run, len(now_s))) is not None]
    values = values[-MOST_RUNS:]
    found = changes([math.exp(value) for value in values])
    since = values[found[-1].first :] if found else values
    if len(since) < FEWEST_RUNS:
        of = " since its last change" if found else ""
        return unknown(
            f"the base has {len(since)} comparable runs{of} on {now.machine}, {FEWEST_RUNS} are needed"
        )
    more = median(math.log(time_s) for time_s in now_s) - fmean(since)
    error = deviation(since) * math.sqrt(1.0 + 1.0 / len(since))
    half_width = two_sided_quantile(CONFIDENCE, len(since) - 1) * error
    return on_times(
        ratio=math.exp(more),
        low=math.exp(more - half_width),
        high=math.exp(more + half_width),
        shown_worse=more > two_sided_quantile(1.0 - 2.0 * strict, len(since) - 1) * error,
        allowed=allowed,
    )


def needs_proof(verdict: GateVerdict) -> bool:
    """Tell whether head and base should be built side by side: whenever the history does not show a pass."""
    return verdict.kind is not GateKind.PASS


def _value(run: Run, samples: int) -> float | None:
    """The run's median on the log scale, of as many samples as the run has that it is compared with."""
    times = [time_s for time_s in run.times_s if is_possible(time_s)][:samples]
    return median(math.log(time_s) for time_s in times) if times else None
