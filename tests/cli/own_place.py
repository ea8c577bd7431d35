"""A tiny workspace, with everything that cargo-hone keeps elsewhere beside it, for the program as its own process."""

import os
import subprocess
import sys
from pathlib import Path

from cargo_hone.demo.tiny import TinySpec, generate
from cargo_hone.proc import clean_environment

_DROPPED = ("SCCACHE_", "HONE_", "CARGO_BUILD", "CARGO_TARGET", "RUSTC_WRAPPER")


class OwnPlace:
    """The workspace at `root`, below `base`; `env` says that state and caches are below `base` too."""

    def __init__(self, base: Path, command: str, spec: TinySpec) -> None:
        self.base = base
        self.command = command
        self.root = base / "home" / "ws"
        inherited = clean_environment(os.environ)
        self.env = {
            **{name: value for name, value in inherited.items() if not name.startswith(_DROPPED)},
            "HONE_STATE_DIR": str(base / "state"),
            "XDG_CACHE_HOME": str(base / "cache"),
            "GIT_CONFIG_GLOBAL": os.devnull,
        }
        self.root.parent.mkdir()
        generate(self.root, spec, env=self.env)

    def words(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "cargo_hone", self.command, "--offline", *arguments]

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.words(*arguments),
            cwd=self.root,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
        )
