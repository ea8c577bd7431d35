"""Real git repositories, small ones."""

import os
import subprocess
from pathlib import Path

ENV = {
    **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "x",
    "GIT_AUTHOR_EMAIL": "x@example.org",
    "GIT_COMMITTER_NAME": "x",
    "GIT_COMMITTER_EMAIL": "x@example.org",
}


def git(where: Path, *words: str) -> str:
    """Run git and return what it says; an error is the test's."""
    done = subprocess.run(
        ["git", *words], cwd=where, env=ENV, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"git {words}: {done.stderr}"
    return done.stdout.strip()


def repository(where: Path, *, commits: int = 1) -> list[str]:
    """Make a repository with that many commits on main; returns their hashes, the oldest first."""
    where.mkdir(parents=True, exist_ok=True)
    git(where, "init", "--quiet", "--initial-branch=main", ".")
    return [commit_empty(where, f"commit {number}") for number in range(commits)]


def commit_empty(where: Path, message: str) -> str:
    git(where, "commit", "--quiet", "--allow-empty", "-m", message)
    return git(where, "rev-parse", "HEAD")
