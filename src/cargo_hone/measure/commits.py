"""Switching to another commit and back, in the scratch copy's own repository."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.measure.private_git import start_repository
from cargo_hone.measure.repository import Repository
from cargo_hone.measure.scratch import Scratch
from cargo_hone.measure.source_edit import EditSite

_AWAY = "cargo-hone-away"
_IDENTITY = (
    *("-c", "user.name=cargo-hone", "-c", "user.email=cargo-hone@localhost"),
    *("-c", "commit.gpgsign=false", "-c", "advice.detachedHead=false"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitPair:
    """Two commits that differ in the edited functions; the copy stands on the first, `home`.

    `contents` are those of the edited files at home.
    """

    repository: Repository
    home: str
    contents: Mapping[Path, bytes]

    def come_home(self) -> bool:
        """Put back what later edits made of the files, or git would not leave them; returns whether it had to."""
        changed = False
        for path, content in self.contents.items():
            if path.read_bytes() != content:
                path.write_bytes(content)
                changed = True
        return changed

    def switch_away_and_back(self) -> None:
        """Check out the other commit, then the first: the old contents, with new times."""
        for goal in (_AWAY, self.home):
            self.repository.required("checkout", "--quiet", goal)


def commit_pair(scratch: Scratch, sites: Sequence[EditSite], *, number: int) -> CommitPair:
    """Commit edit `number` of each site, and edit `number + 1` on a branch beside it; leaves the first in place.

    What else differs from HEAD stays as it is, uncommitted: a checkout does not touch it. A copy without a
    repository gets one that tracks the edited files only. Raises Unavailable where git fails, ToolMissing
    without git.
    """
    repository = scratch.repository
    if not isinstance(repository, Repository):
        start_repository(scratch.top, scratch.environ, unseen=["*"])
        repository = Repository(top=scratch.top, environ=scratch.environ)
    _commit_edits(scratch, repository, sites, number)
    branch = repository.git("symbolic-ref", "--quiet", "--short", "HEAD")
    here = branch.stdout if branch.ok else repository.required("rev-parse", "HEAD")
    # -B: an earlier session in this copy may have left its branch.
    repository.required("checkout", "--quiet", "-B", _AWAY)
    _commit_edits(scratch, repository, sites, number + 1)
    home = here.decode().strip()
    repository.required("checkout", "--quiet", home)
    contents = {site.path: site.path.read_bytes() for site in sites}
    return CommitPair(repository=repository, home=home, contents=contents)


def _commit_edits(
    scratch: Scratch, repository: Repository, sites: Sequence[EditSite], number: int
) -> None:
    # Only new contents are added: git freshens the time of an object that exists already, the user's too.
    for site in sites:
        site.edit(number)
    top = scratch.top.resolve()
    names = [str(site.path.resolve().relative_to(top)) for site in sites]
    repository.required("add", "--force", "--", *names)
    words = ("commit", "--quiet", "--no-verify", "--message", f"edit {number}")
    repository.required(*_IDENTITY, *words)
