"""After how many builds a compiler cache has paid: what a cold build costs against what a warm one gains. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median
from typing import assert_never

from cargo_hone.measure.statistics import compare_samples
from cargo_hone.model import Comparison, Sample, Scenario, VerdictKind


def column(engine: str) -> str:
    """The column of builds through an engine and with nothing else changed."""
    return f"{engine} only"


class Pays(StrEnum):
    """Whether a cache pays."""

    PAYS = "pays"
    NEVER = "never pays"
    UNDECIDED = "undecided"
    NOT_MEASURED = "not measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakEven:
    """What a cache costs and gains, in clean builds.

    `cost_s` is how much longer a clean build takes that fills the cache, `gain_s` how much shorter one that is served
    from it (each against the median plain build; None where it was not measured). `builds` is how many warm builds pay
    for one cold one, `builds_at_most` the same at the bad ends of both intervals (None: the samples do not bound it).
    """

    verdict: Pays
    cold: Comparison
    warm: Comparison
    cost_s: float | None = None
    gain_s: float | None = None
    builds: int | None = None
    builds_at_most: int | None = None


def break_even(samples: Sequence[Sample], *, base: str, cached: str) -> BreakEven:
    """Weigh the variant `cached` against `base` by their clean builds, paired by repetition.

    It pays when warm builds are shown to be faster; it never does when they are shown not to be.
    """
    plain = (base, Scenario.CLEAN_COLD)
    cold = compare_samples(samples, base=plain, other=(cached, Scenario.CLEAN_COLD))
    warm = compare_samples(samples, base=plain, other=(cached, Scenario.CLEAN_WARM))
    if cold.ratio is None or warm.ratio is None:
        return BreakEven(verdict=Pays.NOT_MEASURED, cold=cold, warm=warm)
    plain_s = median(
        s.wall_s for s in samples if s.variant == base and s.scenario is Scenario.CLEAN_COLD
    )
    cost, gain = max(0.0, cold.ratio - 1.0), 1.0 - warm.ratio
    verdict = _verdict(warm)
    pays = verdict is Pays.PAYS
    return BreakEven(
        verdict=verdict,
        cold=cold,
        warm=warm,
        cost_s=cost * plain_s,
        gain_s=gain * plain_s,
        builds=_builds(cost, gain) if pays else None,
        builds_at_most=_at_most(cold, warm) if pays else None,
    )


def _verdict(warm: Comparison) -> Pays:
    match warm.kind:
        case VerdictKind.FASTER:
            return Pays.PAYS
        case VerdictKind.SLOWER | VerdictKind.NO_DIFFERENCE:
            return Pays.NEVER
        case VerdictKind.INCONCLUSIVE:
            return Pays.UNDECIDED
        case _:
            assert_never(warm.kind)


def _at_most(cold: Comparison, warm: Comparison) -> int | None:
    if cold.high is None or warm.high is None or warm.high >= 1.0:
        return None
    return _builds(max(0.0, cold.high - 1.0), 1.0 - warm.high)


def _builds(cost: float, gain: float) -> int:
    return math.ceil(cost / gain)


def said(found: BreakEven) -> str:
    """The answer in a sentence."""
    match found.verdict:
        case Pays.NOT_MEASURED:
            return "not measured"
        case Pays.NEVER:
            return (
                f"never pays: a warm clean build is not faster than one without it; {_cost(found)}"
            )
        case Pays.UNDECIDED:
            return f"undecided, {found.warm.why}: {_cost(found)}, {_gain(found)}"
        case Pays.PAYS:
            return f"{_cost(found)}, {_gain(found)}: {_paid(found)}"
        case _:
            assert_never(found.verdict)


def _cost(found: BreakEven) -> str:
    """The cold build is weighed, not judged: often there are too few samples of it for an interval."""
    if not found.cost_s or found.cold.ratio is None:
        return "a cold clean build costs nothing more"
    return f"a cold clean build costs about {found.cost_s:.1f} s more ({_change(found.cold)})"


def _gain(found: BreakEven) -> str:
    return f"a warm one takes {found.gain_s or 0.0:.1f} s less ({_change(found.warm)})"


def _paid(found: BreakEven) -> str:
    if found.builds == 0:
        text = "it pays from the first warm build on"
    else:
        text = f"paid after {found.builds} warm {'build' if found.builds == 1 else 'builds'}"
    most = found.builds_at_most
    return text if most is None or most == found.builds else f"{text} (at most {most})"


def _change(compared: Comparison) -> str:
    return "" if compared.ratio is None else f"{(compared.ratio - 1) * 100:+.0f} %"
