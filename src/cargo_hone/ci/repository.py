"""The repository around the workspace, as a checkout on a runner will have it."""

import os
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.errors import ToolMissing
from cargo_hone.proc import run
from cargo_hone.workspace.facts import WorkspaceFacts
from cargo_hone.workspace.pipeline import root_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """Paths are relative to the root of the checkout, with `/`; "" is the root itself.

    `target` is the target directory (absolute where the repository's own configuration says so).
    `target_note` says why it is not the one of this machine. `excluded` are directories of packages that are no
    members. `lock_committed`: git tracks the workspace's Cargo.lock. `guesses` say what git did not tell.
    """

    root: Path
    workspace: str
    target: str
    excluded: tuple[str, ...]
    default_branch: str
    lock_committed: bool
    has_toolchain_file: bool
    target_note: str = ""
    guesses: tuple[str, ...] = ()

    def holds(self, directory: str, manifest_dir: str | None) -> bool:
        """Whether a command in that directory of the checkout works on this workspace."""
        place = posixpath.normpath(posixpath.join(directory, manifest_dir or "") or ".")
        place = "" if place == "." else place
        if "${{" in place or "$" in place:
            # Decided when it runs: the workspace's own directory is the best guess.
            return True
        if any(_is_in(place, other) for other in self.excluded):
            return False
        return _is_in(place, self.workspace)


def look(facts: WorkspaceFacts) -> Repository:
    """Ask git and the file system. Without git, or outside of a repository, the defaults stand, and that is noted."""
    root = root_of(facts.root)
    workspace = _relative(facts.root, root)
    target, note = _target(facts, root, workspace)
    refusal = _refusal(root, facts.env)
    branch, is_guess = _default_branch(root, facts.env)
    guesses = []
    if refusal:
        assumed = f"Cargo.lock is taken not to be committed, `{branch}` to be the default branch"
        guesses.append(f"{refusal}: {assumed}")
    elif is_guess:
        guesses.append(f"the default branch is taken to be `{branch}`: git does not tell")
    return Repository(
        root=root,
        workspace=workspace,
        target=target,
        target_note=note,
        excluded=tuple(
            _relative(package.root, root)
            for package in facts.excluded
            if package.root.is_relative_to(root)
        ),
        default_branch=branch,
        guesses=tuple(guesses),
        lock_committed=bool(
            _git(root, facts.env, "ls-files", "--", _joined(workspace, "Cargo.lock"))
        ),
        has_toolchain_file=any(
            (facts.root / name).is_file() for name in ("rust-toolchain.toml", "rust-toolchain")
        ),
    )


def _target(facts: WorkspaceFacts, root: Path, workspace: str) -> tuple[str, str]:
    """The target directory of a runner, and why it is not this machine's if so."""
    setting = facts.configuration.setting("build", "target-dir")
    if setting is not None and (
        setting.layer is None or not setting.layer.path.is_relative_to(root)
    ):
        note = f"your target directory comes from {setting.origin}, which a runner does not have"
        return _joined(workspace, "target"), note
    if facts.target_dir.is_relative_to(root):
        return _relative(facts.target_dir, root), ""
    if setting is None or Path(str(setting.value)).is_absolute():
        return facts.target_dir.as_posix(), ""
    return Path(os.path.relpath(facts.target_dir, root)).as_posix(), ""


def _refusal(root: Path, env: Mapping[str, str]) -> str:
    """Why git answers nothing here (it is not there, or trusts the owner of the files not); "" where it does."""
    try:
        answer = run(["git", "rev-parse", "--git-dir"], cwd=root, env=env, timeout_s=30)
    except ToolMissing:
        return "git is not to be found"
    said = answer.errors.strip().split("\n", 1)[0]
    return "" if answer.ok else f"git refuses ({said})"


def _default_branch(root: Path, env: Mapping[str, str]) -> tuple[str, bool]:
    """What the remote says its default branch is; else `main` or `master` where there is one; else the current.

    The second value says that it is no more than the last: a guess.
    """
    remote = _git(root, env, "symbolic-ref", "--short", "refs/remotes/origin/HEAD")
    if remote:
        return remote.removeprefix("origin/"), False
    branches = _git(root, env, "for-each-ref", "--format=%(refname:short)", "refs/heads").split()
    for name in ("main", "master"):
        if name in branches:
            return name, False
    current = _git(root, env, "symbolic-ref", "--short", "HEAD") or "main"
    return current, current not in {"main", "master"}


def _git(root: Path, env: Mapping[str, str], *words: str) -> str:
    try:
        answer = run(["git", *words], cwd=root, env=env, timeout_s=30)
    except ToolMissing:
        return ""
    return answer.text.strip() if answer.ok else ""


def _relative(path: Path, root: Path) -> str:
    relative = path.relative_to(root).as_posix()
    return "" if relative == "." else relative


def _joined(directory: str, name: str) -> str:
    return f"{directory}/{name}" if directory else name


def _is_in(place: str, directory: str) -> bool:
    return not directory or place == directory or place.startswith(directory + "/")
