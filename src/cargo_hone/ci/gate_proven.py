"""What the proof changes in the gate's verdicts, and what its absence does. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from statistics import median, median_low

from cargo_hone.ci.gate_judged import Budget, GateResult, Judged, Shown
from cargo_hone.ci.gate_proof import BASE_SIDE, HEAD_SIDE, Proof
from cargo_hone.ci.gate_since import Since
from cargo_hone.measure.base_history import needs_proof
from cargo_hone.measure.gate_budget import GateKind, paired_budget, size_budget
from cargo_hone.quantity import parse_share

_PROVABLE = (Budget.CLEAN, Budget.INCREMENTAL)


def unproven(result: GateResult) -> dict[Budget, float]:
    """Return the budgets that history does not show to be kept and a proof could, with what they permit."""
    return {
        one.budget: parse_share(one.limit)
        for one in result.judged
        if one.budget in _PROVABLE and needs_proof(one.verdict)
    }


def proven(result: GateResult, proof: Proof, allowed: Mapping[Budget, float]) -> GateResult:
    """Return the result with the verdicts of the proof in place of the history's, where it was made."""
    return replace(
        result,
        judged=tuple(
            _proven(one, proof, allowed[one.budget], result)
            if one.budget in allowed
            else _sized(one, proof, result)
            for one in result.judged
        ),
    )


def without_proof(result: GateResult, why: str) -> GateResult:
    """Return the result without failures that stand on history alone, because `why` they were not proven.

    Runs on two machines, or beside a busy neighbour, differ for reasons that are none of the commit's.
    """
    return replace(result, judged=tuple(_doubted(one, why) for one in result.judged))


def _proven(one: Judged, proof: Proof, allowed: float, result: GateResult) -> Judged:
    base_s, head_s = proof.times(one.budget)
    if not base_s:
        return _doubted(one, proof.why.get(one.budget, "nothing was measured"))
    verdict = paired_budget(base_s, head_s, allowed=allowed)
    if verdict.kind is GateKind.INCONCLUSIVE and one.budget in proof.why:
        verdict = replace(verdict, why=f"{verdict.why}; {proof.why[one.budget]}")
    return replace(
        one,
        verdict=verdict,
        shown=Shown.SIDE_BY_SIDE,
        base=median(base_s),
        head=median(head_s),
        since=one.since or _since(result),
    )


def _sized(one: Judged, proof: Proof, result: GateResult) -> Judged:
    """A size that history could not judge: the proof has built base as well."""
    if one.budget is not Budget.TARGET or one.verdict.kind is not GateKind.INCONCLUSIVE:
        return one
    base, head = proof.target_bytes(BASE_SIDE), proof.target_bytes(HEAD_SIDE)
    if not base or not head or not one.limit.endswith("%"):
        return one
    size = median_low(head)
    return replace(
        one,
        verdict=size_budget(base, size, allowed=parse_share(one.limit)),
        base=float(median_low(base)),
        head=float(size),
        since=_since(result),
    )


def _doubted(one: Judged, why: str) -> Judged:
    if one.budget not in _PROVABLE or not needs_proof(one.verdict):
        return one
    how = "not proven" if one.verdict.kind is GateKind.FAIL else "not built"
    said = f"{one.verdict.why}; {how} side by side: {why}"
    return replace(one, verdict=replace(one.verdict, kind=GateKind.INCONCLUSIVE, why=said))


def _since(result: GateResult) -> Since | None:
    if result.runs.head_commit is None:
        return None
    return Since(commit=result.runs.head_commit, after=result.runs.base_commit, is_found=False)
