"""What must be true before the first build: a tree that can be written, and room on the disk."""

import os
from collections.abc import Iterable
from pathlib import Path

from cargo_hone.errors import Unavailable
from cargo_hone.files.walk import disk_usage
from cargo_hone.measure.scratch import check_room, home_of
from cargo_hone.optimize.proposal import Proposal

# A target directory that nobody has built yet takes about so much for each package of the lock file (measured: 8 MB for
# a command-line tool of 250 packages, 15 MB for a web product of 690 units with unpacked objects).
_GUESS_BYTES_PER_PACKAGE = 10 * 10**6
_SOURCES_SPARE_BYTES = 200 * 10**6


def check(proposal: Proposal) -> None:
    """Raise Unavailable (exit 5) where the job could not be brought to its end."""
    require_writable([*(change.path for change in proposal.plan.changes), *proposal.documents()])
    require_writable([proposal.facts.target_dir / "hone"])
    facts, request = proposal.facts, proposal.request
    home = home_of(facts.root, environ=facts.env, parent=request.scratch_parent)
    check_room(home, scratch_bytes(proposal))


def require_writable(paths: Iterable[Path]) -> None:
    """Raise Unavailable for the first path that this user cannot create or replace."""
    for path in paths:
        directory = path.parent
        while not directory.exists():
            directory = directory.parent
        if not os.access(directory, os.W_OK | os.X_OK):
            raise Unavailable(
                f"{directory} cannot be written (needed for {path.name})",
                next_step="make the tree writable for this user, or work in a copy that is, then run again",
            )


def scratch_bytes(proposal: Proposal) -> int:
    """How many bytes the scratch copy may need: one target for each variant, and the sources."""
    facts = proposal.facts
    built = disk_usage(facts.target_dir / "debug").allocated_bytes
    guess = _GUESS_BYTES_PER_PACKAGE * len(facts.metadata.packages)
    return (3 + len(proposal.rivals)) * max(built, guess) + _SOURCES_SPARE_BYTES
