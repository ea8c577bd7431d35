"""The proof in the user's own tree after the change: the same crates, the same tests, through the cache."""

from dataclasses import dataclass, replace

from cargo_hone.cache.interface import CacheState
from cargo_hone.cache.sccache import Sccache
from cargo_hone.cache.scope import is_sccache
from cargo_hone.errors import BuildFailed, HoneError
from cargo_hone.events import Emit, Event, EventKind
from cargo_hone.model import CacheCounts, TestOutcome
from cargo_hone.optimize import proof
from cargo_hone.optimize.measuring import Found
from cargo_hone.optimize.proof import Proof
from cargo_hone.optimize.proposal import Proposal
from cargo_hone.workspace import facts as workspace_facts
from cargo_hone.workspace.facts import WorkspaceFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """The tree as it is now. `cache` is None where no cache is used, and `cache_reason` says why."""

    facts: WorkspaceFacts
    proof: Proof
    cache: CacheState | None
    cache_reason: str
    flaky: tuple[TestOutcome, ...]


def prove_changed(proposal: Proposal, before: Proof, *, found: Found, emit: Emit) -> Changed:
    """Build and test again. Raises BuildFailed where a test is lost; the caller takes the change back.

    A test that fails and then passes in a second run is flaky, not lost; it is reported as that.
    """
    facts = workspace_facts.look(
        proposal.request.manifest, env=proposal.request.env, flags=proposal.request.flags
    )
    wrapper = facts.configuration.setting("build", "rustc-wrapper")
    cached = wrapper is not None and is_sccache(wrapper.value)
    cache = _ready(proposal) if cached else None
    at_start = _counts(cache, proposal)
    shared = found.shared.packages if found.shared and found.shares else ()
    excluded = [p for p in facts.excluded if p.name in shared and p.is_locked]
    now = proof.prove(facts, emit, when="with the changes", excluded=excluded)
    lost = proof.lost_tests(before.tests.outcomes, now.tests.outcomes)
    if lost:
        emit(
            Event(
                kind=EventKind.STARTED,
                step="metrics",
                message=f"{len(lost)} tests failed that passed before; running the tests again",
            )
        )
        again = proof.prove(facts, emit, when="once more", excluded=excluded)
        still = proof.lost_tests(before.tests.outcomes, again.tests.outcomes)
        if still:
            raise BuildFailed(
                f"{len(still)} tests that passed before fail with the changes"
                f" (first: {still[0].binary} {still[0].name})",
                next_step="see the output above; the changes were taken back, report it with that output",
                detail=again.tests.failures,
            )
        now = again
    state, reason = _cache_state(cache, proposal, at_start)
    if not cached:
        reason = _why_no_cache(proposal, found)
    return Changed(facts=facts, proof=now, cache=state, cache_reason=reason, flaky=lost)


def _ready(proposal: Proposal) -> Sccache:
    """The cache that the tree uses from now on; a server with another cap is ended, the next build starts one."""
    engine = proposal.context.engine
    cache = Sccache(engine.path if engine else None)
    env = proposal.request.env
    try:
        state = cache.state(env)
    except HoneError:
        return (
            cache  # It hangs or is not there: the shim builds without it, and the goal will say so.
        )
    if state.running and state.cap_bytes != proposal.context.capacity.size_bytes:
        cache.stop(env)
    return cache


def _counts(cache: Sccache | None, proposal: Proposal) -> CacheCounts | None:
    try:
        return cache.state(proposal.request.env).counts if cache else None
    except HoneError:
        return None


def _cache_state(
    cache: Sccache | None, proposal: Proposal, at_start: CacheCounts | None
) -> tuple[CacheState | None, str]:
    if cache is None:
        return None, ""
    try:
        state = cache.state(proposal.request.env)
    except HoneError as error:
        return None, error.message
    then = at_start
    if then is None or state.counts.hits < then.hits:
        return state, ""
    counts = CacheCounts(
        hits=state.counts.hits - then.hits,
        misses=state.counts.misses - then.misses,
        not_cacheable=state.counts.not_cacheable - then.not_cacheable,
        errors=state.counts.errors - then.errors,
    )
    return replace(state, counts=counts), ""


def _why_no_cache(proposal: Proposal, found: Found) -> str:
    outcomes = (*found.decision.outcomes, *proposal.settled)
    return next((o.reason for o in outcomes if o.name == "sccache"), "not tried")
