"""The sweep of the user's own target directory, and the proof that no build misses what went."""

import dataclasses

from cargo_hone.errors import Busy
from cargo_hone.events import Emit, Event, EventKind
from cargo_hone.files.walk import disk_usage
from cargo_hone.history.swept import SweepRecord
from cargo_hone.optimize.proof import Proof, still_fresh
from cargo_hone.sweep.judged import Request
from cargo_hone.sweep.sweep import sweep_one
from cargo_hone.target.premises import read_premises
from cargo_hone.workspace.facts import WorkspaceFacts

_WAIT_S = 30.0


def sweep_and_verify(facts: WorkspaceFacts, proof: Proof, *, emit: Emit) -> SweepRecord:
    """Sweep what is dead; what `proof` built stays. The same commands must find nothing to compile afterwards."""
    emit(Event(kind=EventKind.STARTED, step="sweep", message=f"sweeping {facts.target_dir}"))
    try:
        request = Request(
            target_dir=facts.target_dir,
            premises=read_premises(facts.metadata, excluded=facts.excluded),
            live=proof.live,
        )
        record = sweep_one(request, dry_run=False, wait_s=_WAIT_S, budget=None).record
    except Busy as error:
        # Somebody builds here right now: that is no reason to fail after all the work.
        size_bytes = disk_usage(facts.target_dir).allocated_bytes
        return SweepRecord(
            target_dir=facts.target_dir,
            before_bytes=size_bytes,
            after_bytes=size_bytes,
            deleted_units=0,
            kept_units=0,
            rebuilt_units=None,
            skipped=error.message,
        )
    return dataclasses.replace(record, rebuilt_units=still_fresh(facts))
