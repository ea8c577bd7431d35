"""How much of the local target directory is alive: what a cached one would hold."""

from cargo_hone.errors import HoneError
from cargo_hone.sweep.sweep import sweep
from cargo_hone.target.premises import read_premises
from cargo_hone.workspace.facts import WorkspaceFacts


def live_bytes(facts: WorkspaceFacts) -> int | None:
    """Judge as a sweep does, and delete nothing; None where nothing was built yet or nothing can be judged."""
    try:
        premises = read_premises(facts.metadata, excluded=facts.excluded)
        judged = sweep(facts.target_dir, premises=premises, dry_run=True)
    except HoneError:
        # A build at work, say: the choice does without.
        return None
    return None if judged.record.skipped else judged.record.after_bytes or None
