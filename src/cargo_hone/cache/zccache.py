"""zccache, as an engine. Facts about it are those of version 1.15.

A daemon compiles and keeps; the executable is a `rustc-wrapper`. Its socket lies in the store's directory, unless
that path is too long for a socket: then in the system's temporary directory, where it stays.
"""

import contextlib
import json
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cargo_hone.cache.capacity import Capacity
from cargo_hone.cache.interface import CacheNumbers, EngineLocation, TimeSaved
from cargo_hone.cache.listener import listening_pid
from cargo_hone.cache.located import on_path, require, understood
from cargo_hone.cache.wiring.processes import is_alive
from cargo_hone.errors import Unavailable
from cargo_hone.model import CacheCounts
from cargo_hone.proc import run

_LIMIT_S = 30.0
_PATIENCE_S = 2.0
_STORE = "ZCCACHE_CACHE_DIR"
_NONE = CacheCounts(hits=0, misses=0, not_cacheable=0, errors=0)


@dataclass(frozen=True, slots=True)
class Zccache:
    """A rival: it caches what is linked as well."""

    name: str = "zccache"
    meaning: str = (
        "zccache is licensed AGPL-3.0-only, and it does not fall back to the compiler: where its daemon cannot"
        " start, each build fails"
    )
    by_hand: str = "export RUSTC_WRAPPER=zccache"
    install: str = "pipx install zccache"

    def locate(self, env: Mapping[str, str]) -> EngineLocation | None:
        """Find it on PATH."""
        return on_path(self.name, env, store_variable=_STORE)

    def numbers(self, env: Mapping[str, str]) -> CacheNumbers:
        """Ask the daemon; where none runs, only the place of the store is known. The cap is not told."""
        path = require(self, env).path
        with understood(self.name):
            daemon = _status(path, env)
            if daemon is None:
                place = run([path, "cache-root"], env=env, timeout_s=_LIMIT_S).text.strip()
                return CacheNumbers(running=False, location=place or None)
            counted = counts(daemon)
            return CacheNumbers(
                running=True,
                hits=counted.hits,
                misses=counted.misses,
                not_cacheable=counted.not_cacheable,
                errors=counted.errors,
                since="the daemon was started",
                size_bytes=daemon["cache_size_bytes"],
                location=daemon["cache_dir"],
                saved=TimeSaved(
                    estimate_s=daemon["time_saved_ms"] / 1e3,
                    how="zccache: what its hits would have taken",
                ),
            )

    def start(self, env: Mapping[str, str]) -> None:
        """Start the daemon. Raises Unavailable where it does not come up."""
        path = require(self, env).path
        finished = run([path, "start"], env=env, timeout_s=_LIMIT_S)
        if not finished.ok:
            raise Unavailable(
                "zccache's daemon does not start",
                next_step="run `zccache start` by hand and mend what it names, then run again",
                detail=finished.errors.strip(),
            )

    def stop(self, env: Mapping[str, str]) -> None:
        """Stop the daemon."""
        path = require(self, env).path
        run([path, "stop"], env=env, timeout_s=_LIMIT_S)

    def cap(self, capacity: Capacity) -> dict[str, str]:
        """What the daemon, every five minutes, cuts its artifacts down to."""
        return {"ZCCACHE_CACHE_SIZE_BYTES": str(capacity.size_bytes)}

    @contextlib.contextmanager
    def trial(
        self, *, name: str, place: Path, capacity: Capacity, env: Mapping[str, str]
    ) -> Iterator["ZccacheStore"]:
        """A private store with a daemon of its own, reached by a short link so that its socket lies within."""
        location = require(self, env)
        directory = place / f"cache-{name}"
        directory.mkdir(parents=True)
        with tempfile.TemporaryDirectory(prefix="hone-", ignore_cleanup_errors=True) as short:
            link = Path(short) / "z"
            link.symlink_to(directory, target_is_directory=True)
            own = {
                **self.cap(capacity),
                _STORE: str(link),
                # Longer than any pause of a run; a daemon that a killed run leaves behind ends by itself.
                "ZCCACHE_IDLE_TIMEOUT_SECS": "1800",
                # `stop` waits for the process to vanish, which a container without an init never does.
                "ZCCACHE_STOP_TIMEOUT_SECS": "1",
            }
            store = ZccacheStore(
                engine=self,
                path=location.path,
                env={**env, **own},
                own=own,
                config=(f"build.rustc-wrapper={json.dumps(str(location.path))}",),
                directory=directory,
            )
            try:
                yield store
            finally:
                store.stop()
                shutil.rmtree(directory, ignore_errors=True)


@dataclass(slots=True, kw_only=True)
class ZccacheStore:
    """A private store and its daemon."""

    engine: Zccache
    path: Path
    env: Mapping[str, str]
    own: Mapping[str, str]
    config: tuple[str, ...]
    directory: Path
    _before: CacheCounts = _NONE
    _started: tuple[int, ...] = ()

    def prepare_cold(self) -> None:
        """Stop the daemon, throw its store away, start another."""
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        self.engine.start(self.env)
        self._started = self.server_pids()
        self._before = _NONE

    def stop(self) -> None:
        """Stop the daemon and see its process end: asked to, now and then one stays (1.15), with nobody to ask it."""
        pids = self.server_pids() or self._started
        if not pids:
            return
        self.engine.stop(self.env)
        for pid in pids:
            _end(pid)
        self._started = ()

    def server_pids(self) -> tuple[int, ...]:
        """The daemon's process, as the kernel names it at the other end of its socket."""
        sockets = Path(self.own[_STORE]).glob("v*/daemon-*.sock")
        found = (listening_pid(str(socket)) for socket in sockets)
        return tuple(pid for pid in found if pid is not None)

    def reset(self) -> None:
        """Remember the counters, before a build."""
        self._before = self._counts()

    def read(self) -> CacheCounts:
        """What has been counted since `reset`."""
        now, then = self._counts(), self._before
        return CacheCounts(
            hits=now.hits - then.hits,
            misses=now.misses - then.misses,
            not_cacheable=now.not_cacheable - then.not_cacheable,
            errors=now.errors - then.errors,
        )

    def _counts(self) -> CacheCounts:
        daemon = _status(self.path, self.env)
        return _NONE if daemon is None else counts(daemon)


def _end(pid: int) -> None:
    """Wait for one of our own daemons to end; then make it."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        give_up_s = time.monotonic() + _PATIENCE_S
        while is_alive(pid):
            if time.monotonic() > give_up_s:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
                break
            time.sleep(0.02)


def counts(daemon: dict[str, Any]) -> CacheCounts:
    """Read the daemon's counters: compilations and links together."""
    return CacheCounts(
        hits=daemon["cache_hits"] + daemon["link_hits"],
        misses=daemon["cache_misses"] + daemon["link_misses"],
        not_cacheable=daemon["non_cacheable"] + daemon["link_non_cacheable"],
        errors=daemon["compile_errors"],
    )


def _status(path: Path, env: Mapping[str, str]) -> dict[str, Any] | None:
    """What the daemon says; None where none runs. Raises Unavailable where one does not answer."""
    finished = run([path, "status", "--json"], env=env, timeout_s=_LIMIT_S)
    if finished.timed_out:
        raise Unavailable(
            f"zccache does not answer within {_LIMIT_S:.0f} s",
            next_step="run `zccache stop` (or end the process by hand), then run again",
        )
    try:
        answer = json.loads(finished.stdout)
    except ValueError:
        return None
    daemon: dict[str, Any] | None = answer.get("daemon")
    return daemon
