"""A tiny workspace with a repository, and an environment that leaves the machine's own state alone."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cargo_hone.demo.tiny import TinySpec, TinyWorkspace, generate
from cargo_hone.history.place import state_dir
from cargo_hone.proc import clean_environment


class Place:
    """A directory with a tiny workspace in it and everything that cargo-hone would otherwise keep elsewhere."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.root = base / "ws"
        self.state = base / "state"
        inherited = clean_environment(os.environ)
        self.env = {
            **{name: value for name, value in inherited.items() if not name.startswith("SCCACHE_")},
            "HONE_STATE_DIR": str(self.state),
            "XDG_STATE_HOME": str(base / "xdg-state"),
            "XDG_CACHE_HOME": str(base / "xdg-cache"),
            "SCCACHE_CONF": str(base / "sccache.toml"),
            "SCCACHE_DIR": str(base / "sccache"),
            "SCCACHE_SERVER_UDS": str(base / "s"),
        }

    @property
    def history(self) -> Path:
        """Where the command line keeps what it knows of the workspace."""
        return state_dir(self.root, self.state)

    def make(self, **spec: object) -> TinyWorkspace:
        return generate(self.root, TinySpec(commits=1, **spec), env=self.env)  # type: ignore[arg-type]

    def hone(
        self, *arguments: str, cwd: Path | None = None, **env: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "cargo_hone", *arguments],
            cwd=cwd or self.root,
            env={**self.env, **env},
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=200,
            check=False,
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Begin a run and return while it goes on; what it says on stderr can be read at its end."""
        return subprocess.Popen(
            [sys.executable, "-m", "cargo_hone", *arguments],
            cwd=self.root,
            env=self.env,
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            text=True,
        )

    def git(self, *arguments: str) -> str:
        return subprocess.run(
            ["git", *arguments],
            cwd=self.root,
            env=self.env,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    def files(self) -> dict[str, bytes]:
        """Every file of the tree but what builds make."""
        return {
            str(path.relative_to(self.root)): path.read_bytes()
            for path in sorted(self.root.rglob("*"))
            if path.is_file() and not {"target", ".git"} & set(path.relative_to(self.root).parts)
        }


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    # A server, ours or one that a killed run left to its idle time, carries the place in its environment.
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if os.fsencode(str(tmp_path)) in (process / "environ").read_bytes():
                os.kill(int(process.name), signal.SIGKILL)
