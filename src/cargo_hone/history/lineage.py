"""Where commits stand to each other, asked of git: which branch has which, and in which order."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.errors import ToolMissing
from cargo_hone.proc import Finished, run

_MOST = 20_000
"""Commits of a branch that are looked through; older ones say nothing about today's builds."""
_REMOTE = "origin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """Asks git in one repository; without a repository, or without git, nothing is known."""

    root: Path
    env: Mapping[str, str]

    def commit(self, name: str) -> str | None:
        """Return the commit that a branch, tag or commit's name stands for; None where git knows none.

        A branch that is only known from the remote is found by its bare name, as in a pipeline's checkout.
        """
        for full in (name, f"refs/remotes/{_REMOTE}/{name}"):
            found = self._git(
                "rev-parse", "--verify", "--quiet", "--end-of-options", f"{full}^{{commit}}"
            )
            if found is not None and found.ok:
                return found.text.strip()
        return None

    def ancestors(self, commit: str) -> tuple[str, ...]:
        """Return a commit and those before it on its branch (first parents), the newest first."""
        found = self._git(
            "rev-list", "--first-parent", f"--max-count={_MOST}", "--end-of-options", commit
        )
        return tuple(found.text.split()) if found is not None and found.ok else ()

    def merge_base(self, one: str, other: str) -> str | None:
        """Return the commit where two lines part; None where git knows none (or not that far back)."""
        found = self._git("merge-base", one, other)
        return found.text.strip() if found is not None and found.ok else None

    def count_between(self, before: str, after: str) -> int | None:
        """Return how many commits lead from one to the other; None where git cannot tell."""
        found = self._git("rev-list", "--count", f"{before}..{after}")
        return int(found.text) if found is not None and found.ok else None

    @property
    def is_shallow(self) -> bool:
        """Whether the repository has only the newest commits, as a pipeline's checkout does."""
        found = self._git("rev-parse", "--is-shallow-repository")
        return found is not None and found.ok and found.text.strip() == "true"

    @property
    def branch(self) -> str | None:
        """The branch that is checked out; None where it is a commit."""
        found = self._git("symbolic-ref", "--quiet", "--short", "HEAD")
        return found.text.strip() if found is not None and found.ok else None

    @property
    def default_branch(self) -> str | None:
        """The remote's default branch, by its bare name, or a local `main` or `master`; None where there is none."""
        found = self._git("symbolic-ref", "--quiet", "--short", f"refs/remotes/{_REMOTE}/HEAD")
        if found is not None and found.ok:
            return found.text.strip().removeprefix(f"{_REMOTE}/")
        return next((name for name in ("main", "master") if self.commit(name)), None)

    def _git(self, *words: str) -> Finished | None:
        env = {**self.env, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
        try:
            return run(["git", *words], cwd=self.root, env=env, timeout_s=60)
        except ToolMissing:
            return None
