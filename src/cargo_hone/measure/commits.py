"""Switching to another commit and back, in the scratch copy's own repository."""

from collections.abc import Sequence
from dataclasses import dataclass

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
    """Two commits that differ in the edited functions; the copy stands on the first, `home`."""

    repository: Repository
    home: str

    def switch_away_and_back(self) -> None:
        """Check out the other commit, then the first: the old contents, with new times."""
        for goal in (_AWAY, self.home):
            self.repository.required("checkout", "--quiet", goal)


def commit_pair(scratch: Scratch, sites: Sequence[EditSite], *, number: int) -> CommitPair:
    """Commit the copy's present state, and edit `number` of each site on a branch beside it.

    A copy without a repository gets one that tracks the edited files only. Raises Unavailable where git fails,
    ToolMissing without git.
    """
    repository = scratch.repository
    if not isinstance(repository, Repository):
        start_repository(scratch.top, scratch.environ, unseen=["*"])
        repository = Repository(top=scratch.top, environ=scratch.environ)
    # The copied index has the times of the original files. Without a refresh every file would be written again,
    # and git freshens the time of an object that exists, the user's too. It exits with 1 where files differ.
    repository.git("update-index", "-q", "--refresh")
    names = [str(site.path.resolve().relative_to(scratch.top.resolve())) for site in sites]
    repository.required("add", "--force", "--", *names)
    _commit(repository, "as it is")
    branch = repository.git("symbolic-ref", "--quiet", "--short", "HEAD")
    here = branch.stdout if branch.ok else repository.required("rev-parse", "HEAD")
    repository.required("checkout", "--quiet", "-b", _AWAY)
    for site in sites:
        site.edit(number)
    _commit(repository, "with other function bodies")
    pair = CommitPair(repository=repository, home=here.decode().strip())
    repository.required("checkout", "--quiet", pair.home)
    return pair


def _commit(repository: Repository, message: str) -> None:
    words = ("commit", "--quiet", "--all", "--no-verify", "--allow-empty", "--message", message)
    repository.required(*_IDENTITY, *words)
