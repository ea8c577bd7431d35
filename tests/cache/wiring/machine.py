"""A machine of its own: a home, a cargo home, a server's address, and workspaces on it."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from cargo_hone.cache import configuration
from cargo_hone.cache.sccache import Sccache
from cargo_hone.cache.wiring import server
from cargo_hone.demo.tiny import TinySpec, generate
from cargo_hone.proc import clean_environment

ENGINE = Path(sys.executable).parent / "sccache"
_DROPPED = ("CARGO_", "SCCACHE_", "HONE_", "RUSTC_", "XDG_", "GIT_")


class Machine:
    def __init__(self, base: Path) -> None:
        self.base = base
        self.home = base / "home"
        self.home.mkdir()
        # Short: a socket's path may be 107 bytes long.
        self.sockets = tempfile.TemporaryDirectory(prefix="hs-")
        inherited = clean_environment(os.environ)
        rustup = os.environ.get("RUSTUP_HOME") or str(Path.home() / ".rustup")
        self.env = {
            **{key: value for key, value in inherited.items() if not key.startswith(_DROPPED)},
            "HOME": str(self.home),
            "CARGO_HOME": str(self.home / ".cargo"),
            "RUSTUP_HOME": rustup,
            # Without the sccache of an activated environment: a test says itself what is found.
            "PATH": _path_without(inherited.get("PATH", ""), ENGINE.parent),
            "SCCACHE_SERVER_UDS": str(Path(self.sockets.name) / "s"),
            "NO_COLOR": "1",
        }
        self.cargo_config = self.home / ".cargo" / "config.toml"
        self.config = configuration.path(self.env)
        self.pointer = configuration.pointer_path(self.env)

    def workspace(self, name: str = "ws") -> Path:
        return generate(self.base / name, TinySpec(crates=2, commits=1), env=self.env).root

    def hone(self, *words: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
        return self.run(sys.executable, "-m", "cargo_hone", *words, cwd=cwd, **env)

    def run(self, *words: str | Path, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            list(map(str, words)),
            cwd=cwd,
            env={**self.env, **env},
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=120,
            check=False,
        )

    def files(self) -> dict[str, bytes]:
        """All files of home and workspaces, without what cargo, git and the journal keep."""
        skipped = {".git", "target", "journal", ".cache", "registry", "Cargo.lock"}
        skipped |= {".global-cache", ".package-cache", ".package-cache-mutate"}
        return {
            str(path.relative_to(self.base)): path.read_bytes()
            for path in self.base.rglob("*")
            if path.is_file() and not skipped & set(path.relative_to(self.base).parts)
        }

    def cap_bytes(self) -> int | None:
        return Sccache(ENGINE).state(self.env).cap_bytes

    def close(self) -> None:
        server.stop(Sccache(ENGINE), self.env)
        self.sockets.cleanup()


def _path_without(path: str, directory: Path) -> str:
    return os.pathsep.join(one for one in path.split(os.pathsep) if Path(one) != directory)
