"""Deleting what a plan names: by rename into the trash, then for good, and nothing outside the target."""

import os

from cargo_hone.files.trash import DIRECTORY_NAME, Trash
from cargo_hone.sweep.plan import SweepPlan


def execute(plan: SweepPlan) -> None:
    """Carry out a plan; the caller holds cargo's locks, and made the plan under them.

    Stopped at any point it leaves a target directory that cargo builds on: each unit vanishes fingerprint
    first. Raises Unavailable where the system refuses, UsageProblem for a path that leads out of the target
    directory.
    """
    with Trash(plan.target_dir / DIRECTORY_NAME) as trash:
        for removal in plan.removals:
            for path in removal.paths:
                if os.path.lexists(path):
                    trash.take(path)
