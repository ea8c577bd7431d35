"""Which levers are kept: what the samples show to pay, and nothing else. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from cargo_hone.cache.break_even import Pays, break_even, column
from cargo_hone.cache.break_even import said as break_even_said
from cargo_hone.levers.interface import Lever
from cargo_hone.measure import variants
from cargo_hone.measure.statistics import CONFIDENCE, MARGIN, compare_samples
from cargo_hone.model import Comparison, LeverOutcome, Sample, Scenario, Standing, VerdictKind
from cargo_hone.optimize.proposal import outcome

BASE = variants.BASE
CACHE_ONLY = column("sccache")
ALL = "all changes"
KEPT = "what was kept"

_INCREMENTAL = (Scenario.EDIT_ROOT, Scenario.EDIT_LEAF, Scenario.SWITCH, Scenario.NOOP)
_JUDGED = (Scenario.CLEAN_COLD, Scenario.CLEAN_WARM, *_INCREMENTAL)

# Less than this nobody notices, however sure it is.
_NOTICEABLE_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The levers to apply, and what became of each that was tried."""

    kept: tuple[Lever, ...]
    outcomes: tuple[LeverOutcome, ...]


def decide(
    samples: Sequence[Sample],
    levers: Sequence[Lever],
    *,
    shared_saving_bytes: int | None,
    shared_evidence: str,
) -> Decision:
    """Judge each lever by its own measurement.

    The cache by its column against the baseline; the other levers, which were measured together, by what they add to
    that; the shared target directory by the bytes it saves.
    """
    cached = any(lever.step == "sccache" for lever in levers)
    outcomes: list[LeverOutcome] = []
    for lever in levers:
        match lever.step:
            case "sccache":
                paid, reason = judge_cache(samples)
            case "target_dir":
                paid = shared_saving_bytes is not None and shared_saving_bytes > 0
                reason = shared_evidence
            case _:
                paid, reason = judge_levers(samples, base=CACHE_ONLY if cached else BASE)
        standing = Standing.APPLIED if paid else Standing.DID_NOT_PAY
        outcomes.append(outcome(lever, standing, reason))
    kept = tuple(
        lever
        for lever, judged in zip(levers, outcomes, strict=True)
        if judged.standing is Standing.APPLIED
    )
    return Decision(kept=kept, outcomes=tuple(outcomes))


def judge_cache(samples: Sequence[Sample]) -> tuple[bool, str]:
    """A cache pays when the warm gain is shown, is more than the cold cost, and nothing else suffers."""
    found = break_even(samples, base=BASE, cached=CACHE_ONLY)
    if found.verdict is not Pays.PAYS or found.cost_s is None or found.gain_s is None:
        return False, f"a clean build with a warm cache: {said(found.warm)}"
    worse = worse_scenarios(samples, base=BASE, other=CACHE_ONLY, scenarios=_INCREMENTAL)
    if worse:
        return False, f"it makes {worse} slower"
    figures = break_even_said(found)
    if found.cost_s >= found.gain_s:
        return False, f"{figures}; the cold cost is more than the warm gain"
    return True, figures


def judge_levers(samples: Sequence[Sample], *, base: str) -> tuple[bool, str]:
    """Levers pay when one scenario is shown to be faster and none slower by more than the margin."""
    worse = worse_scenarios(samples, base=base, other=ALL, scenarios=_JUDGED)
    if worse:
        return False, f"{worse} got slower"
    # Several scenarios are several chances to look faster by luck: each must hold at a share of the error rate.
    strict = 1.0 - (1.0 - CONFIDENCE) / len(_JUDGED)
    gains = [
        (scenario, compared)
        for scenario in _JUDGED
        if _is_gain(
            compared := _compared(samples, scenario, base=base, other=ALL, confidence=strict),
            _fastest_s(samples, scenario, base),
        )
    ]
    if not gains:
        return False, "no scenario was shown to be noticeably faster"
    shown = ", ".join(f"{scenario} {said(compared)}" for scenario, compared in gains)
    return True, f"against {base}: {shown}"


def said(comparison: Comparison) -> str:
    """A comparison in a few words; a percentage only where the samples carry it."""
    if comparison.ratio is None or comparison.kind in (
        VerdictKind.INCONCLUSIVE,
        VerdictKind.NO_DIFFERENCE,
    ):
        return str(comparison.kind)
    return f"{(comparison.ratio - 1) * 100:+.0f} %"


def _is_gain(compared: Comparison, fastest_s: float) -> bool:
    """Shown to be faster, by what somebody would notice."""
    return (
        compared.kind is VerdictKind.FASTER
        and compared.ratio is not None
        and (1 - compared.ratio) * fastest_s > _NOTICEABLE_S
    )


def _fastest_s(samples: Sequence[Sample], scenario: Scenario, variant: str) -> float:
    return min(
        (s.wall_s for s in samples if s.scenario is scenario and s.variant == variant), default=0.0
    )


def worse_scenarios(
    samples: Sequence[Sample], *, base: str, other: str, scenarios: Sequence[Scenario]
) -> str:
    """Those of `scenarios` that are shown to be slower by more than the margin, and noticeably."""
    found = []
    for scenario in scenarios:
        compared = _compared(samples, scenario, base=base, other=other)
        if compared.kind is VerdictKind.SLOWER and compared.ratio is not None:
            lost_s = (compared.ratio - 1) * _fastest_s(samples, scenario, base)
            if compared.ratio > 1 + MARGIN and lost_s > _NOTICEABLE_S:
                found.append(f"{scenario} ({said(compared)})")
    return ", ".join(found)


def _compared(
    samples: Sequence[Sample],
    scenario: Scenario,
    *,
    base: str,
    other: str,
    confidence: float = CONFIDENCE,
) -> Comparison:
    return compare_samples(
        samples, base=(base, scenario), other=(other, scenario), confidence=confidence
    )
