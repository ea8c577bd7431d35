"""One directory tree added to another, by hard links where the file system can, else by copies."""

import os
import shutil
from pathlib import Path

from cargo_hone.files import operation
from cargo_hone.files.failure import explained
from cargo_hone.files.walk import entries


def add_tree(source: Path, destination: Path) -> int:
    """Give `destination` every regular file that `source` has and it lacks; returns how many were added.

    What is there already stays as it is. Raises Unavailable (permission, space).
    """
    added = 0
    for entry in entries(source):
        goal = destination / Path(entry.path).relative_to(source)
        if entry.is_dir(follow_symlinks=False):
            with explained("make the directory", goal):
                goal.mkdir(parents=True, exist_ok=True)
        elif entry.is_file(follow_symlinks=False) and not goal.exists():
            with explained("write", goal):
                goal.parent.mkdir(parents=True, exist_ok=True)
                _link_or_copy(Path(entry.path), goal)
            added += 1
    return added


def _link_or_copy(source: Path, goal: Path) -> None:
    try:
        operation.link(source, goal)
    except OSError:
        # Another file system, or one without hard links: a copy under a name of its own, then the rename.
        partial = goal.with_name(f".{goal.name}.{os.getpid()}")
        shutil.copy2(source, partial)
        operation.rename(partial, goal)
