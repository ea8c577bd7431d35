"""The user's git repository, only read: which files make up the tree, and what a private twin needs to know.

Nothing here writes to it: GIT_OPTIONAL_LOCKS=0 keeps git from refreshing the index on the way.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.errors import ToolMissing, Unavailable
from cargo_hone.proc import Finished, run

_LOCATION_VARIABLES = frozenset(
    {
        *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_PREFIX"),
        *("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A work tree with a repository behind it; `environ` is the one to run git in."""

    top: Path
    environ: Mapping[str, str]

    def git(self, *args: str) -> Finished:
        """Run git in the top directory; a non-zero exit is a value."""
        return git(self.top, self.environ, *args)

    def listed(self, *args: str) -> tuple[Path, ...]:
        """Return the paths, relative to the top, that `git ls-files -z ARGS` names, each once.

        Raises Unavailable where git refuses.
        """
        answer = self.required("ls-files", "-z", *args)
        return tuple(dict.fromkeys(Path(os.fsdecode(name)) for name in answer.split(b"\0") if name))

    def required(self, *args: str) -> bytes:
        """Return what git writes to stdout; raises Unavailable where it fails."""
        return required(self.git(*args), self.top)

    def path(self, name: str) -> Path:
        """Return where this work tree keeps `name` (`index`, `objects`, `info/exclude`), absolutely."""
        answer = self.required("rev-parse", "--git-path", name)
        return self.top / os.fsdecode(answer.rstrip(b"\n"))


@dataclass(frozen=True, slots=True, kw_only=True)
class NoRepository:
    """The directory is treated as a plain one, and why."""

    why: str


def without_git_location(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without variables that name a repository (set where a git hook started us)."""
    return {key: value for key, value in environ.items() if key not in _LOCATION_VARIABLES}


def git(cwd: Path, environ: Mapping[str, str], *args: str) -> Finished:
    """Run git in `cwd`, without locks that are not needed and without a file system monitor's daemon."""
    env = {**without_git_location(environ), "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    return run(["git", "-c", "core.fsmonitor=false", *args], cwd=cwd, env=env)


def required(finished: Finished, where: Path) -> bytes:
    """Return what git wrote to stdout; raises Unavailable where it failed."""
    if not finished.ok:
        raise Unavailable(
            f"`{' '.join(finished.argv)}` failed in {where}",
            next_step=f"run `git -C {where} status`, correct what it says, then run the command again",
            detail=finished.errors,
        )
    return finished.stdout


def find_repository(directory: Path, environ: Mapping[str, str]) -> Repository | NoRepository:
    """Return the repository whose files `directory` is part of.

    A directory that a repository around it ignores, or tracks nothing of (a home directory kept in git), is not
    part of it. Neither is one where git itself refuses to work; the reason says so.
    """
    try:
        answer = git(directory, environ, "rev-parse", "--show-toplevel")
    except ToolMissing:
        return NoRepository(why="git is not installed")
    if not answer.ok:
        return NoRepository(
            why=answer.errors.strip().splitlines()[0] if answer.errors else "no git"
        )
    found = Repository(top=Path(os.fsdecode(answer.stdout.rstrip(b"\n"))), environ=environ)
    if found.top.resolve() == directory.resolve():
        return found
    tracked = git(directory, environ, "ls-files", "-z", "--", ".")
    if not required(tracked, directory):
        return NoRepository(why=f"the repository in {found.top} tracks nothing of {directory}")
    return found
