"""mbx (Mr Boxington), as an engine. Facts about it are those of version 1.29.

It has no server: a link to it that is called `cargo` and comes first on PATH starts an agent for the length of one
cargo command, and runs the next `cargo` on PATH. Nothing in cargo's configuration switches it on.
"""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cargo_hone.cache.capacity import Capacity
from cargo_hone.cache.interface import CacheNumbers, EngineLocation, TimeSaved
from cargo_hone.cache.located import on_path, require, understood
from cargo_hone.errors import Unavailable, UsageProblem
from cargo_hone.model import CacheCounts
from cargo_hone.proc import run
from cargo_hone.quantity import parse_bytes

_LIMIT_S = 30.0


@dataclass(frozen=True, slots=True)
class Mbx:
    """A rival: it caches what is linked as well, and keys hold no path of the checkout."""

    name: str = "mbx"
    meaning: str = (
        "mbx (MIT licence) takes cargo's place on PATH, so each machine and each CI job has to be set up for it,"
        " and no file of the repository can do that"
    )
    by_hand: str = "mbx setup (then put the directory that it names first on PATH)"
    install: str = "cargo install mbx --locked"

    def locate(self, env: Mapping[str, str]) -> EngineLocation | None:
        """Find it on PATH."""
        return on_path(self.name, env)

    def numbers(self, env: Mapping[str, str]) -> CacheNumbers:
        """Ask for the store's sizes and what it has saved since it was made. Misses are not kept by mbx."""
        path = require(self, env).path
        with understood(self.name):
            store = _answer(path, ["cache", "stats", "--json"], env)
            savings = _answer(path, ["stats", "--json"], env)["savings"]
            return CacheNumbers(
                hits=savings["cached_compilations"],
                since="the store was made",
                size_bytes=store["total_bytes"],
                cap_bytes=_cap_bytes(path, env),
                location=store["store"],
                saved=TimeSaved(
                    estimate_s=savings["estimated_compiler_ns_avoided"] / 1e9,
                    how="mbx: what its hits took when they were compiled",
                ),
            )

    def start(self, env: Mapping[str, str]) -> None:
        """There is no server to start."""

    def stop(self, env: Mapping[str, str]) -> None:
        """There is no server to stop."""

    def cap(self, capacity: Capacity) -> dict[str, str]:
        """What its collector, at most once an hour, cuts the store down to."""
        return {"MBX_GC_MAX_SIZE": str(capacity.size_bytes)}

    @contextmanager
    def trial(
        self, *, name: str, place: Path, capacity: Capacity, env: Mapping[str, str]
    ) -> Iterator["MbxStore"]:
        """A private store, and a directory with nothing but the link named `cargo` for PATH."""
        location = require(self, env)
        directory = place / f"cache-{name}"
        links = place / f"cargo-{name}"
        links.mkdir(parents=True)
        (links / "cargo").symlink_to(location.path)
        report = links / "session.json"
        store = MbxStore(
            directory=directory,
            report=report,
            own={
                **self.cap(capacity),
                "MBX_CACHE_DIR": str(directory),
                "MBX_STATS_REPORT": str(report),
                "PATH": f"{links}:{env.get('PATH', '')}",
            },
        )
        try:
            yield store
        finally:
            shutil.rmtree(links, ignore_errors=True)
            shutil.rmtree(directory, ignore_errors=True)


@dataclass(slots=True, kw_only=True)
class MbxStore:
    """A private store. mbx leaves a report of each cargo command, which is all that has to be read."""

    directory: Path
    report: Path
    own: Mapping[str, str]
    config: tuple[str, ...] = field(default=())

    def prepare_cold(self) -> None:
        """Throw the contents away."""
        shutil.rmtree(self.directory, ignore_errors=True)

    def server_pids(self) -> tuple[int, ...]:
        """None: the agent is cargo's parent, and ends with it."""
        return ()

    def reset(self) -> None:
        """Forget the last command's report."""
        self.report.unlink(missing_ok=True)

    def read(self) -> CacheCounts:
        """What the cargo command since `reset` got; zeros where mbx had nothing to do and left no report."""
        try:
            raw = json.loads(self.report.read_bytes())
        except FileNotFoundError:
            return CacheCounts(hits=0, misses=0, not_cacheable=0, errors=0)
        return counts(raw)


def counts(raw: dict[str, Any]) -> CacheCounts:
    """Read a session's report (its version 5).

    What mbx compiles incrementally is a miss, or `unconsulted` (not even looked up, as all of a first build is), and
    counted as incremental a second time; with us it is not cacheable, as with the other engines.
    """
    incremental = raw["incremental_compilations"]
    return CacheCounts(
        hits=raw["hits"],
        misses=max(0, raw["misses"] + raw["unconsulted"] - incremental),
        not_cacheable=incremental + sum(raw["bypasses"].values()),
        errors=raw["remote_failures"] + raw["divergences"],
    )


def _answer(path: Path, words: list[str], env: Mapping[str, str]) -> dict[str, Any]:
    finished = run([path, *words], env=env, timeout_s=_LIMIT_S)
    if not finished.ok:
        raise Unavailable(
            f"`mbx {' '.join(words)}` does not answer",
            next_step="run `mbx doctor` and mend what it names, then run again",
            detail=finished.errors.strip(),
        )
    answer: dict[str, Any] = json.loads(finished.stdout)
    return answer


def _cap_bytes(path: Path, env: Mapping[str, str]) -> int | None:
    """The cap that somebody set; without one it is a share of the disk that mbx does not name."""
    finished = run([path, "settings", "get", "gc.max_size"], env=env, timeout_s=_LIMIT_S)
    text = finished.text.strip()
    try:
        return parse_bytes(text) if text else None
    except UsageProblem:
        return None
