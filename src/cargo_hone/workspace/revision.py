"""Which commit a tree is at."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.errors import ToolMissing
from cargo_hone.proc import run


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """The commit, and whether tracked files differ from it; both None outside of a repository."""

    commit: str | None
    dirty: bool | None


def commit(root: Path, *, env: Mapping[str, str]) -> str | None:
    """Ask git which commit is checked out; None without a repository, a commit or git."""
    try:
        head = run(["git", "rev-parse", "--verify", "HEAD"], cwd=root, env=env, timeout_s=30)
    except ToolMissing:
        return None
    return head.text.strip() if head.ok else None


def read(root: Path, *, env: Mapping[str, str]) -> Revision:
    """Ask git; a tree without a repository, or a machine without git, is no error."""
    at = commit(root, env=env)
    if at is None:
        return Revision(commit=None, dirty=None)
    status = run(
        ["git", "status", "--porcelain", "--untracked-files=no"], cwd=root, env=env, timeout_s=60
    )
    if not status.ok:
        return Revision(commit=None, dirty=None)
    return Revision(commit=at, dirty=bool(status.text.strip()))
