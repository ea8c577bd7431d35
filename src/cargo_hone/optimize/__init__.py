"""The main job, as a story: look, measure, change what pays, prove it, sweep, report."""

from dataclasses import dataclass
from pathlib import Path

from cargo_hone.edit.journal import Journal
from cargo_hone.edit.plan import diff, shown
from cargo_hone.events import Emit
from cargo_hone.history.database import Database
from cargo_hone.history.query import load_run
from cargo_hone.history.record import Recorder
from cargo_hone.history.run import RunRecord, TestPhase
from cargo_hone.optimize import (
    changed,
    goals,
    measuring,
    pipeline,
    preflight,
    proof,
    publish,
    recording,
    rollback,
    steps,
    sweeping,
)
from cargo_hone.optimize.proposal import Proposal
from cargo_hone.report.screen import sweep_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What the job leaves: its record, and where the pages are."""

    run: RunRecord
    page: Path
    html: Path


def optimize(proposal: Proposal, *, database: Database, journal: Journal, emit: Emit) -> Ended:
    """Carry out a proposal. Whatever stops it (an error, ^C), the tree is as it was and the samples are kept.

    Raises Unavailable before anything is built where disk or permission is missing, BuildFailed where the workspace
    does not build or where what was changed breaks it (then it is changed back).
    """
    facts = proposal.facts
    preflight.check(proposal)
    with Recorder.start(database, **recording.opening(proposal)) as recorder:
        recording.keep_facts(proposal, recorder)
        before = proof.prove(facts, emit, when="as it is")
        recorder.tests(TestPhase.BEFORE, before.tests.outcomes)

        found = measuring.measure_and_decide(
            proposal, recorder=recorder, emit=emit, clean_s=before.build.wall_s
        )
        places = [pipeline.as_it_is_now(kept) for kept in proposal.pipeline]
        elsewhere = tuple(kept.outcome for kept in places)
        outcomes = (*found.decision.outcomes, *proposal.settled, *elsewhere)
        recorder.levers(outcomes)

        plan = proposal.plan_for(found.decision.kept, places)
        recorder.plan(plan, diff=diff(plan, root=facts.root))
        marker = proposal.request.unproven
        with rollback.applied(
            plan, journal=journal, root=facts.root, unproven=marker, emit=emit
        ) as change:
            steps.tell(plan, outcomes, root=facts.root, emit=emit)
            after = changed.prove_changed(proposal, before, found=found, emit=emit)
            recording.keep_flaky(after, recorder)
            recorder.tests(TestPhase.AFTER, after.proof.tests.outcomes)
            swept = sweeping.sweep_and_verify(after.facts, after.proof, emit=emit)
            recorder.sweep(swept)
            (steps.blocked if swept.skipped else steps.finished)(
                "sweep", sweep_text(swept), emit=emit
            )

            evidence = recording.evidence(
                proposal, before=before, after=after, swept=swept, found=found, elsewhere=elsewhere
            )
            recorder.goals(goals.judge(load_run(database, recorder.run_id), evidence))
            run = recording.as_finished(load_run(database, recorder.run_id))
            documents = proposal.documents()
            publish.write_documents(run, documents, journal=journal, extend=change)
            html = publish.write_html(run, facts.target_dir)
    steps.edited(documents, step="docs", root=facts.root, emit=emit)
    steps.finished("docs", f"the report is in {shown(documents[0], root=facts.root)}", emit=emit)
    return Ended(run=run, page=documents[0], html=html)
