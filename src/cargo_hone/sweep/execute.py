"""Deleting what a plan names: by rename into the trash, then for good, and nothing outside the target."""

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

from cargo_hone.files.trash import DIRECTORY_NAME, Trash
from cargo_hone.sweep.plan import SweepPlan


def execute(plan: SweepPlan, *, roots: Sequence[Path] = ()) -> None:
    """Carry out a plan; the caller holds cargo's locks, and made the plan under them.

    `roots` are the directories that the plan is about (a build-dir and a target directory), if there are two: each
    has its own trash, since they may lie on two file systems. Stopped at any point it leaves a target directory that
    cargo builds on: each unit vanishes fingerprint first. Raises Unavailable where the system refuses, UsageProblem
    for a path that leads out of all of them.
    """
    # Of two roots one may lie in the other.
    places = sorted(roots or (plan.target_dir,), key=lambda root: len(root.parts), reverse=True)
    with contextlib.ExitStack() as stack:
        trashes: dict[Path, Trash] = {}
        for removal in plan.removals:
            for path in map(Path, removal.paths):
                if not os.path.lexists(path):
                    continue
                root = next((root for root in places if root in path.parents), places[0])
                if root not in trashes:
                    trashes[root] = stack.enter_context(Trash(root / DIRECTORY_NAME))
                trashes[root].take(path)
