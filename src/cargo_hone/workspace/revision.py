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


def read(root: Path, *, env: Mapping[str, str]) -> Revision:
    """Ask git; a tree without a repository, or a machine without git, is no error."""
    try:
        head = run(["git", "rev-parse", "--verify", "HEAD"], cwd=root, env=env, timeout_s=30)
        status = run(
            ["git", "status", "--porcelain", "--untracked-files=no"],
            cwd=root,
            env=env,
            timeout_s=60,
        )
    except ToolMissing:
        return Revision(commit=None, dirty=None)
    if not head.ok or not status.ok:
        return Revision(commit=None, dirty=None)
    return Revision(commit=head.text.strip(), dirty=bool(status.text.strip()))
