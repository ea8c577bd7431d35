"""Tiny workspaces and repositories, made in the test's own directory; nothing needs a network."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from .workspaces import FILES, write_files

GIT_ENV = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.org",
}


@pytest.fixture(autouse=True)
def _quiet_git(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GIT_ENV.items():
        monkeypatch.setenv(name, value)
    for name in ("RUSTC_WRAPPER", "CARGO_TARGET_DIR", "CARGO_BUILD_BUILD_DIR", "GIT_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def environ(_quiet_git: None) -> dict[str, str]:
    return dict(os.environ)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Three crates: a binary `product` on a library `middle` on a library `ground`."""
    return write_files(tmp_path / "outer" / "works", FILES)


Git = Callable[..., str]


@pytest.fixture
def git(_quiet_git: None) -> Git:
    def call(where: Path, *args: str) -> str:
        env = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}
        done = subprocess.run(
            ["git", *args], cwd=where, env=env, capture_output=True, text=True, check=True
        )
        return done.stdout

    return call


@pytest.fixture
def repository(workspace: Path, git: Git) -> Path:
    """The workspace under git: one commit on a branch, `target` and `.env` ignored."""
    write_files(workspace, {".gitignore": "/target\n.env\nCargo.lock\n"})
    git(workspace, "init", "-q", "-b", "trunk")
    git(workspace, "add", "-A")
    git(workspace, "commit", "-q", "-m", "first")
    return workspace
