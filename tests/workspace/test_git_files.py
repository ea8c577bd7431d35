"""What git's files say, against git itself."""

import os
import subprocess
from pathlib import Path

import pytest

from cargo_hone.workspace import git_files


def git(*words: str, cwd: Path) -> str:
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
    }
    identity = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main"]
    return subprocess.run(
        ["git", *identity, *words], cwd=cwd, env=env, capture_output=True, text=True, check=True
    ).stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "main"
    (root / "rust").mkdir(parents=True)
    git("init", "-q", cwd=root)
    (root / "rust" / "Cargo.lock").write_text("")
    (root / "rust" / "other").write_text("")
    git("add", "rust/Cargo.lock", cwd=root)
    git("commit", "-q", "-m", "one", cwd=root)
    return root


def listed(root: Path) -> list[Path]:
    """The working trees as git lists them."""
    lines = git("worktree", "list", "--porcelain", cwd=root).splitlines()
    return [Path(line.removeprefix("worktree ")) for line in lines if line.startswith("worktree ")]


def test_outside_of_a_repository(tmp_path: Path) -> None:
    assert git_files.worktrees(tmp_path) == ()
    assert git_files.is_tracked(tmp_path / "Cargo.lock") is None


def test_one_tree_is_one(repository: Path) -> None:
    assert git_files.worktrees(repository / "rust") == (repository,)


def test_all_trees_are_seen_from_each(repository: Path, tmp_path: Path) -> None:
    for name in ("b", "c"):
        git("worktree", "add", "-q", "--detach", str(tmp_path / name), cwd=repository)
    for tree in (repository, tmp_path / "b", tmp_path / "c" / "rust"):
        assert sorted(git_files.worktrees(tree)) == sorted(listed(repository))
        assert len(git_files.worktrees(tree)) == 3


def test_a_tree_that_was_deleted_does_not_count(repository: Path, tmp_path: Path) -> None:
    git("worktree", "add", "-q", "--detach", str(tmp_path / "b"), cwd=repository)
    (tmp_path / "b").rename(tmp_path / "elsewhere")
    assert git_files.worktrees(repository) == (repository,)


def test_what_is_tracked(repository: Path, tmp_path: Path) -> None:
    assert git_files.is_tracked(repository / "rust" / "Cargo.lock") is True
    assert git_files.is_tracked(repository / "rust" / "other") is False
    assert git_files.is_tracked(repository / "Cargo.lock") is False
    git("worktree", "add", "-q", "--detach", str(tmp_path / "b"), cwd=repository)
    assert git_files.is_tracked(tmp_path / "b" / "rust" / "Cargo.lock") is True
    (repository / "rust" / "new").write_text("")
    git("add", "rust/new", cwd=repository)
    assert git_files.is_tracked(tmp_path / "b" / "rust" / "new") is False


def test_before_the_first_file_nothing_is_tracked(tmp_path: Path) -> None:
    git("init", "-q", cwd=tmp_path)
    assert git_files.is_tracked(tmp_path / "Cargo.lock") is False
