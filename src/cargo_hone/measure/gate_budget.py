"""What `ci gate` may fail on: budgets of times, bytes and free disk, held against the base branch. Pure.

Five budgets share a false-alarm rate of half a percent: a gate that is asked fifty times a week cries wolf once in a
month at most. A budget of time fails where two things hold: that head is worse than base is shown at the strict
level, and the best estimate lies above the budget. Not shown is not failed.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median, median_low

from cargo_hone.measure.sequential import Design, so_far

FALSE_ALARMS = 0.005
"""Of the whole gate, over all its budgets: clean, incremental, cache time saved, target bytes, free disk."""
STRICT = FALSE_ALARMS / 4
"""The one-sided error rate of each budget on times; the exact ones (bytes, free disk) share the fourth part."""
GATE_LOOKS = (4, 7, 10)
"""At so strict a level three pairs show nothing, and fewer looks cost less power."""
ALLOWED = 0.10
_OFTEN = 0.10


class GateKind(StrEnum):
    """What became of one budget."""

    PASS = "pass"  # noqa: S105 (no password)
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True, kw_only=True)
class GateVerdict:
    """One budget: `ratio` is head / base with its 95 % interval (None: not known, or exact), `why` a sentence."""

    kind: GateKind
    ratio: float | None
    low: float | None
    high: float | None
    why: str


def paired_budget(
    base_s: Sequence[float],
    head_s: Sequence[float],
    *,
    allowed: float = ALLOWED,
    looks: tuple[int, ...] = GATE_LOOKS,
) -> GateVerdict:
    """Judge head against base, built side by side on one machine: times in seconds, or what `still_paid` returns.

    `allowed`: the growth that the budget permits (0.10 for 10 %). May be asked after each pair, and measuring may stop
    as soon as it says other than INCONCLUSIVE: its intervals allow for `looks`, which are fixed beforehand. Raises
    ValueError for lists of different length and for looks that do not rise from 3.
    """
    strict = so_far(Design(looks=looks, alpha=2.0 * STRICT), base_s, head_s)
    usual = so_far(Design(looks=looks), base_s, head_s)
    if strict.ratio is None or strict.low is None or usual.low is None or usual.high is None:
        return unknown(strict.why, ratio=strict.ratio)
    return on_times(
        ratio=strict.ratio,
        low=usual.low,
        high=usual.high,
        shown_worse=strict.low > 1.0,
        allowed=allowed,
    )


def on_times(
    *, ratio: float, low: float, high: float, shown_worse: bool, allowed: float
) -> GateVerdict:
    """Apply the rule of all budgets on times: `shown_worse` is at the strict level, the interval at 95 %."""
    figures = f"{_percent(ratio)} ({_percent(low)} to {_percent(high)}), {allowed:.0%} are allowed"
    if shown_worse and ratio > 1.0 + allowed:
        kind, why = GateKind.FAIL, f"{figures}: shown to be worse"
    elif high <= 1.0 + allowed:
        kind, why = GateKind.PASS, f"{figures}: shown to be within"
    elif shown_worse:
        kind, why = GateKind.INCONCLUSIVE, f"{figures}: worse, but not shown to be too much"
    else:
        kind, why = GateKind.INCONCLUSIVE, f"{figures}: not shown to be worse, nor to be within"
    return GateVerdict(kind=kind, ratio=ratio, low=low, high=high, why=why)


def unknown(why: str, *, ratio: float | None = None) -> GateVerdict:
    """Return the verdict where there is too little to judge by."""
    return GateVerdict(kind=GateKind.INCONCLUSIVE, ratio=ratio, low=None, high=None, why=why)


def size_budget(
    base_bytes: Sequence[int], now_bytes: int, *, allowed: float = ALLOWED
) -> GateVerdict:
    """Judge a size against the sizes of the base branch's runs: compared exactly, as the same build is as large.

    Fails where it is over the median by more than `allowed`. A base that was over that itself in more than a tenth of
    its runs shows that this size varies: INCONCLUSIVE, as without any run. Raises ValueError for sizes below zero.
    """
    if now_bytes < 0 or any(size < 0 for size in base_bytes):
        raise ValueError("a size is not below zero")
    known = [size for size in base_bytes if size]
    if not known:
        return unknown("the base has no size yet")
    middle = median_low(known)
    most = middle * (1.0 + allowed)
    over = sum(1 for size in known if size > most)
    ratio = now_bytes / middle
    figures = f"{ratio - 1.0:+.1%} against the base, {allowed:.0%} are allowed"
    if now_bytes <= most:
        kind, why = GateKind.PASS, figures
    elif over > _OFTEN * len(known):
        kind = GateKind.INCONCLUSIVE
        why = f"{figures}; the base itself was over that in {over} of {len(known)} runs"
    else:
        kind, why = GateKind.FAIL, figures
    return GateVerdict(kind=kind, ratio=ratio, low=None, high=None, why=why)


def free_budget(free_bytes: int, least_bytes: int) -> GateVerdict:
    """Judge the disk space that is left: exact, and against no history, as the next build needs what it needs."""
    if free_bytes >= least_bytes:
        kind, word = GateKind.PASS, "at least"
    else:
        kind, word = GateKind.FAIL, "less than"
    why = (
        f"{free_bytes / 1e9:.1f} GB are free, {word} the {least_bytes / 1e9:.1f} GB that are wanted"
    )
    return GateVerdict(kind=kind, ratio=None, low=None, high=None, why=why)


def still_paid(cold_s: Sequence[float], warm_s: Sequence[float]) -> list[float]:
    """Return the share of a build's time that is paid in spite of the cache: warm / cold, pair by pair.

    For the budget "cache time saved": a cache that saves less leaves a larger share. The speed of the machine is not
    in it, so it compares across machines better than seconds do. A pair with a time that cannot be gives a share that
    cannot be (not a number), which all that judges leaves out. Raises ValueError for lists of different length.
    """
    return [
        warm / cold if cold > 0.0 else math.nan for cold, warm in zip(cold_s, warm_s, strict=True)
    ]


def allowed_growth(base_shares: Sequence[float], lost: float) -> float:
    """Return the growth of `still_paid` at which the cache saves the share `lost` (0.1: a tenth) less than the base.

    Raises ValueError where the base has no share, or its cache saves nothing that could be lost.
    """
    shares = [share for share in base_shares if math.isfinite(share)]
    if not shares or not 0.0 < (paid := median(shares)) < 1.0:
        raise ValueError("the base's cache saves nothing that could be lost")
    return (1.0 - (1.0 - lost) * (1.0 - paid)) / paid - 1.0


def _percent(ratio: float) -> str:
    return f"{ratio - 1.0:+.0%}" if math.isfinite(ratio) else "any"
