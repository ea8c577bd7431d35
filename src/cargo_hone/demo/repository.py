"""The git side of the demonstration workspace: commits whose hashes are the same on every machine."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from cargo_hone import proc
from cargo_hone.errors import Unavailable

_AUTHOR = "Book tools team"
_ADDRESS = "team@book-tools.example"


def create(root: Path, *, env: Mapping[str, str]) -> None:
    """Make `root` an empty git repository on branch main."""
    _git(["init", "--quiet", "--initial-branch=main", "."], root=root, env=env)


def commit(root: Path, message: str, *, date: str, env: Mapping[str, str]) -> str:
    """Commit all that is in the work tree and return the commit's hash. `date` is ISO 8601 with a zone."""
    dated = {**env, "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
    _git(["add", "--all", "."], root=root, env=dated)
    _git(["commit", "--quiet", "--no-verify", "--message", message], root=root, env=dated)
    return head(root, env=env)


def head(root: Path, *, env: Mapping[str, str]) -> str:
    """Return the hash of the commit that is checked out."""
    return _git(["rev-parse", "--verify", "HEAD"], root=root, env=env).strip()


def is_clean(root: Path, *, env: Mapping[str, str]) -> bool:
    """Whether there is no change and no untracked file that is not ignored."""
    return not _git(["status", "--porcelain"], root=root, env=env).strip()


def check_out(root: Path, commit_hash: str, *, env: Mapping[str, str]) -> None:
    """Put the work tree at a commit (detached); files that differ are the only ones that are touched."""
    _git(["checkout", "--quiet", "--detach", commit_hash], root=root, env=env)


def return_to_main(root: Path, commit_hash: str, *, env: Mapping[str, str]) -> None:
    """Put branch main and the work tree at `commit_hash`; untracked files go, ignored ones (target) stay."""
    _git(["checkout", "--quiet", "--force", "-B", "main", commit_hash], root=root, env=env)
    _git(["clean", "--quiet", "--force", "-d"], root=root, env=env)


def _git(arguments: Sequence[str], *, root: Path, env: Mapping[str, str]) -> str:
    settings = {
        # Whatever the user configured (signing, line endings, hooks, templates) would change files or hashes.
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": _AUTHOR,
        "GIT_AUTHOR_EMAIL": _ADDRESS,
        "GIT_COMMITTER_NAME": _AUTHOR,
        "GIT_COMMITTER_EMAIL": _ADDRESS,
        "GIT_TEMPLATE_DIR": "",
        # A work tree above must never be taken for ours.
        "GIT_CEILING_DIRECTORIES": str(root.parent),
    }
    # Set when we are started from a git hook; they would point at another repository.
    foreign = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX")
    outer = {key: value for key, value in env.items() if key not in foreign}
    finished = proc.run(["git", *arguments], cwd=root, env={**outer, **settings})
    if finished.returncode != 0:
        raise Unavailable(
            f"`git {arguments[0]}` failed in {root}",
            next_step="see what git printed below; the demonstration needs git 2.32 or newer",
            detail=finished.stderr.decode(errors="replace"),
        )
    return finished.stdout.decode(errors="replace")
