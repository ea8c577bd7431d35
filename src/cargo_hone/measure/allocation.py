"""Where a budget of time is spent: on the comparison whose verdict is open and nearest, per second. Pure.

Choosing by what the samples showed so far does not make the intervals lie: those of a group-sequential design hold
whenever and for whatever reason a comparison stops.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import stdev

from cargo_hone.measure.sequential import Continue, Design, decide
from cargo_hone.measure.statistics import FEWEST_PAIRS, is_possible
from cargo_hone.measure.student import two_sided_quantile
from cargo_hone.model import VerdictKind

_HOPELESS = 0.02
"""What a pair is worth where the last look said that the most pairs will probably not decide."""
_EXACT_ENOUGH = 0.01
"""Without a comparison: an interval of ±1 % of the time is all that anybody needs."""
_CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A round that may come next. `gain` is what one more pair is worth; `cost_s` what the round takes.

    `rounds` counts those that were measured.
    """

    name: str
    rounds: int
    gain: float
    cost_s: float


def choose(choices: Sequence[Choice], *, left_s: float, per_second: bool = True) -> Choice | None:
    """Return the round to measure next; None where nothing is open, or nothing open fits what is left.

    Once every scenario has its first round, the cheapest gets the fewest pairs that allow a verdict, and so on
    for all; then the largest gain per second (or the largest at all: where there is nothing to compare).
    """
    possible = [one for one in choices if one.gain > 0.0 and one.cost_s <= left_s]
    if not possible:
        return None
    few = [one for one in possible if one.rounds < FEWEST_PAIRS]
    if few:
        return min(few, key=lambda one: (one.rounds > 0, (FEWEST_PAIRS - one.rounds) * one.cost_s))
    return max(possible, key=lambda one: one.gain / (max(one.cost_s, 1e-9) if per_second else 1.0))


def worth(design: Design, base_s: Sequence[float], variant_s: Sequence[float]) -> float:
    """Return what one more pair is worth to a comparison, in verdicts: 0 where it is decided.

    `base_s[i]` was measured beside `variant_s[i]`, both in seconds.
    """
    pairs = len(base_s)
    answer = decide(design, base_s, variant_s)
    if not isinstance(answer, Continue):
        return 0.0
    reached = [look for look in design.looks if look <= pairs]
    if not reached:
        return 1.0 / (design.looks[0] - pairs)
    # Between two looks nothing new may be asked: the answer of the last one stands.
    cut = reached[-1]
    at_look = decide(design, base_s[:cut], variant_s[:cut])
    if not isinstance(at_look, Continue):
        return 0.0 if at_look.kind is not VerdictKind.INCONCLUSIVE else _HOPELESS
    if at_look.likely_pairs is None:
        return _HOPELESS
    return 1.0 / max(1, at_look.likely_pairs - pairs)


def width(times_s: Sequence[float], *, most: int) -> float:
    """Return how wide the interval of a scenario's time is, relative to it; 0 where it is narrow enough.

    For a session without any comparison: the widest is measured next, up to `most` times.
    """
    logs = [math.log(time_s) for time_s in times_s if is_possible(time_s)]
    if len(times_s) >= most:
        return 0.0
    if len(logs) < FEWEST_PAIRS:
        return math.inf
    half = two_sided_quantile(_CONFIDENCE, len(logs) - 1) * stdev(logs) / math.sqrt(len(logs))
    return half if half > _EXACT_ENOUGH else 0.0
