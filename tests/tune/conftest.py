"""A place with a tiny workspace, whose compiler can be made slow, so that a gain is there to be found."""

import os
from pathlib import Path

import pytest

from cargo_hone.demo.tiny import TinySpec, generate
from cargo_hone.proc import clean_environment


class Place:
    """A tiny workspace and everything that cargo-hone would keep elsewhere."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.root = base / "home" / "ws"
        self.state = base / "state"
        drop = ("SCCACHE_", "HONE_", "CARGO_BUILD", "CARGO_TARGET", "RUSTC_WRAPPER", "RUSTFLAGS")
        inherited = clean_environment(os.environ)
        self.env = {
            **{name: value for name, value in inherited.items() if not name.startswith(drop)},
            "HONE_STATE_DIR": str(self.state),
            "XDG_CACHE_HOME": str(base / "cache"),
            "GIT_CONFIG_GLOBAL": os.devnull,
        }
        self.root.parent.mkdir()
        generate(self.root, TinySpec(crates=3, commits=1), env=self.env)

    def slow_compiler(self, name: str, seconds: float) -> str:
        """A compiler that sleeps before each unit that it compiles, as a value for cargo's configuration."""
        path = self.base / name
        path.write_text(
            f'#!/bin/sh\ncase " $* " in *" --emit"*) sleep {seconds} ;; esac\nexec "$@"\n'
        )
        path.chmod(0o755)
        return f'build.rustc-wrapper="{path}"'

    def contents(self) -> dict[str, bytes]:
        """All files below the workspace but those of git and of builds."""
        return {
            str(path.relative_to(self.root)): path.read_bytes()
            for path in sorted(self.root.rglob("*"))
            if path.is_file() and path.relative_to(self.root).parts[0] not in (".git", "target")
        }


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)
