"""A private cache for measuring: its own directory, server and socket, so that the user's cache stays as it is."""

import json
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.cache.capacity import Capacity
from cargo_hone.cache.listener import is_listening, listening_pid
from cargo_hone.cache.sccache import Sccache
from cargo_hone.files.link_tree import add_tree
from cargo_hone.model import CacheCounts

_PATIENCE_S = 10.0
_NONE = CacheCounts(hits=0, misses=0, not_cacheable=0, errors=0)


@dataclass(slots=True)
class TrialCache:
    """A cache that can be emptied, and asked what one build got from it (the probe of `measure`)."""

    engine: Sccache
    env: Mapping[str, str]
    """The whole environment for its clients and its server."""
    own: Mapping[str, str]
    """What of that is ours."""
    directory: Path
    config: tuple[str, ...] = ()
    """What makes cargo call the engine itself, without a shim."""
    _before: CacheCounts = _NONE

    def prepare_cold(self) -> None:
        """Stop the server, throw its contents away, start it again (untimed, before a cold build)."""
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        self.engine.start(self.env)
        self._before = _NONE

    def stop(self) -> None:
        """Stop the server and wait until it has gone: `--stop-server` (0.16) returns before that."""
        self.engine.stop(self.env)
        give_up_s = time.monotonic() + _PATIENCE_S
        while is_listening(self.env) and time.monotonic() < give_up_s:
            time.sleep(0.02)

    def hand_over(self, destination: Path) -> int:
        """Give what was cached to another local cache, whose server must not be running; returns the entries.

        Entries are named by the hash of all that went into a compilation, so they are as good there as here
        (sccache 0.16 reads its directory when its server starts).
        """
        self.stop()
        return add_tree(self.directory, destination)

    def server_pids(self) -> tuple[int, ...]:
        """The server's process, as the kernel names it at the other end of its socket; empty where none listens."""
        pid = listening_pid(self.env["SCCACHE_SERVER_UDS"])
        return () if pid is None else (pid,)

    def reset(self) -> None:
        """Remember the counters, before a build."""
        self._before = self.engine.state(self.env).counts

    def read(self) -> CacheCounts:
        """What has been counted since `reset`."""
        now, then = self.engine.state(self.env).counts, self._before
        return CacheCounts(
            hits=now.hits - then.hits,
            misses=now.misses - then.misses,
            not_cacheable=now.not_cacheable - then.not_cacheable,
            errors=now.errors - then.errors,
        )


def trial_env(directory: Path, socket: Path, capacity: Capacity) -> dict[str, str]:
    """The variables that lead clients and server to the private cache, and to no configuration of the user's."""
    return {
        "SCCACHE_DIR": str(directory),
        "SCCACHE_SERVER_UDS": str(socket),
        "SCCACHE_CONF": str(directory.with_name("no-such-configuration")),
        "SCCACHE_CACHE_SIZE": capacity.sccache_env,
        # Longer than any pause of a run; a server that a killed run leaves behind ends by itself.
        "SCCACHE_IDLE_TIMEOUT": "1800",
    }


def without_engines(env: Mapping[str, str]) -> dict[str, str]:
    """The environment without any setting of sccache or of its rivals: trials begin with the engines' defaults."""
    return {
        name: value
        for name, value in without_sccache(env).items()
        if not name.startswith(("MBX_", "ZCCACHE_"))
    }


def without_sccache(env: Mapping[str, str]) -> dict[str, str]:
    """The environment without any setting of sccache: a team's remote cache must not be measured, nor filled."""
    return {name: value for name, value in env.items() if not name.startswith("SCCACHE_")}


@contextmanager
def trial_cache(
    *, name: str, place: Path, engine: Path, capacity: Capacity, env: Mapping[str, str]
) -> Iterator[TrialCache]:
    """A private cache below `place` (on the disk that builds use); server and contents go at the end."""
    # A socket's path may be 107 bytes long, so it does not lie below `place`.
    with tempfile.TemporaryDirectory(prefix="hone-", ignore_cleanup_errors=True) as sockets:
        directory = place / f"cache-{name}"
        own = trial_env(directory, Path(sockets) / "s", capacity)
        own["SCCACHE_PATH"] = str(engine)
        cache = TrialCache(
            engine=Sccache(engine),
            env={**without_sccache(env), **own},
            own=own,
            directory=directory,
            config=(f"build.rustc-wrapper={json.dumps(str(engine))}",),
        )
        try:
            yield cache
        finally:
            cache.stop()
            shutil.rmtree(directory, ignore_errors=True)
