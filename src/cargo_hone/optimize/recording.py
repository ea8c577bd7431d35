"""What history gets to know of a run, and what its goals are judged by."""

from dataclasses import replace
from typing import Any

from cargo_hone import __version__
from cargo_hone.history import environment
from cargo_hone.history.record import Recorder
from cargo_hone.history.run import FactKey, RunOutcome, RunRecord, Subject
from cargo_hone.history.stored import utc_now
from cargo_hone.history.swept import SweepRecord
from cargo_hone.model import LeverOutcome
from cargo_hone.optimize.changed import Changed
from cargo_hone.optimize.goals import Evidence
from cargo_hone.optimize.measuring import Found
from cargo_hone.optimize.proof import BUILD, TESTS, Proof, lost_tests
from cargo_hone.optimize.proposal import Proposal
from cargo_hone.workspace import revision


def opening(proposal: Proposal) -> dict[str, Any]:
    """The arguments of `Recorder.start`; variants are added when they are made."""
    facts = proposal.facts
    at = revision.read(facts.root, env=facts.env)
    return {
        "subject": Subject(
            workspace_root=facts.root,
            git_commit=at.commit,
            git_dirty=at.dirty,
            rustc_version=facts.toolchain.rustc,
            cargo_version=facts.toolchain.cargo,
            tool_version=__version__,
            seed=proposal.request.seed,
        ),
        "environment": environment.observe(),
        "variants": (),
    }


def keep_facts(proposal: Proposal, recorder: Recorder) -> None:
    """Write down the commands that were used, and the cache."""
    request = proposal.request
    recorder.fact(FactKey.COMMAND, request.command)
    recorder.fact(FactKey.BUILD, " ".join(["cargo", *BUILD]))
    recorder.fact(FactKey.TESTS, " ".join(["cargo", "test", *TESTS]))
    engine = proposal.context.engine
    if engine is not None:
        recorder.fact(FactKey.CACHE, f"sccache {engine.version}, cap {proposal.context.capacity}")
    for caution in proposal.cautions:
        recorder.warning(caution)


def keep_flaky(after: Changed, recorder: Recorder) -> None:
    """Name the tests that failed once with the changes and passed in the second run."""
    if after.flaky:
        names = ", ".join(f"{test.binary} {test.name}" for test in after.flaky[:5])
        recorder.warning(f"flaky, failed once and then passed: {names}")


def as_finished(run: RunRecord) -> RunRecord:
    """The record as its pages are to show it; history says so only when they are written."""
    return replace(run, outcome=RunOutcome.FINISHED, finished_at=utc_now())


def evidence(
    proposal: Proposal,
    *,
    before: Proof,
    after: Changed,
    swept: SweepRecord,
    found: Found,
    elsewhere: tuple[LeverOutcome, ...],
) -> Evidence:
    """Bring together what the goals are judged by."""
    return Evidence(
        facts=after.facts,
        crates_built=after.proof.crates_built,
        crates=after.proof.crates,
        tests_before=before.tests.outcomes,
        tests_after=after.proof.tests.outcomes,
        lost=lost_tests(before.tests.outcomes, after.proof.tests.outcomes),
        target_bytes=swept.after_bytes,
        threshold_bytes=proposal.request.disk_threshold_bytes,
        cache=after.cache,
        cache_reason=after.cache_reason,
        cap_bytes=proposal.context.capacity.size_bytes,
        bounds=found.bounds,
        pipeline=elsewhere,
    )
