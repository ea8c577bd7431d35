"""What a compiler cache must be able to do, so that one engine can stand in for another."""

import re
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cargo_hone.cache.capacity import Capacity
from cargo_hone.measure.meter import CacheProbe
from cargo_hone.model import CacheCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineLocation:
    """An engine's executable, where it was found, and its version."""

    path: Path
    origin: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheState:
    """What sccache says of itself. Sizes in bytes; None where it does not say.

    `running` is False where no server was there to ask.
    """

    running: bool
    counts: CacheCounts
    size_bytes: int | None
    cap_bytes: int | None
    location: str

    @property
    def directory(self) -> Path | None:
        """Where a cache on the local disk lies; None for one that lies elsewhere."""
        match = re.fullmatch(r'Local disk: "(.+)"', self.location)
        return Path(match[1]) if match else None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeSaved:
    """An engine's own figure for what its hits saved; an estimate, and `how` says of what.

    Compiler time, of compilations that run side by side: builds became shorter by less.
    """

    estimate_s: float
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheNumbers:
    """What an engine tells of itself, in the same terms for each; None where it does not tell.

    `running` is None for an engine without a server. The counts are those since `since`; sizes are bytes.
    """

    running: bool | None = None
    hits: int | None = None
    misses: int | None = None
    not_cacheable: int | None = None
    errors: int | None = None
    since: str = ""
    size_bytes: int | None = None
    cap_bytes: int | None = None
    location: str | None = None
    saved: TimeSaved | None = None


class TrialStore(CacheProbe, Protocol):
    """A private store for measuring; a variant gets `config` and `own` to build through it."""

    @property
    def config(self) -> tuple[str, ...]:
        """The cargo `--config` values that switch the engine on."""
        ...

    @property
    def own(self) -> Mapping[str, str]:
        """The environment that leads the engine to the private store and puts it under its cap."""
        ...


class Program(Protocol):
    """An engine that can at least be found."""

    @property
    def name(self) -> str:
        """What its executable is called."""
        ...

    def locate(self, env: Mapping[str, str]) -> EngineLocation | None:
        """Find the executable, or None where it is not installed."""
        ...


class CacheEngine(Program, Protocol):
    """An engine with a server that tells all that sccache's tells: what our own wiring stands on."""

    def state(self, env: Mapping[str, str]) -> CacheState:
        """Ask the server that `env` leads to, without starting one."""
        ...

    def start(self, env: Mapping[str, str]) -> None:
        """Start the server that `env` leads to; raises Unavailable where it does not come up."""
        ...

    def stop(self, env: Mapping[str, str]) -> None:
        """Stop it; one that is not there is not an error."""
        ...


class Engine(Program, Protocol):
    """One compiler cache, whichever it is."""

    @property
    def meaning(self) -> str:
        """One sentence: what choosing it means, beside what is measured."""
        ...

    @property
    def by_hand(self) -> str:
        """What to type to use it."""
        ...

    @property
    def install(self) -> str:
        """What to type to install it."""
        ...

    def numbers(self, env: Mapping[str, str]) -> CacheNumbers:
        """Ask the engine that `env` leads to, without starting anything; raises Unavailable where it hangs."""
        ...

    def start(self, env: Mapping[str, str]) -> None:
        """Start the server that `env` leads to; raises Unavailable where it does not come up."""
        ...

    def stop(self, env: Mapping[str, str]) -> None:
        """Stop it; one that is not there is not an error."""
        ...

    def cap(self, capacity: Capacity) -> dict[str, str]:
        """The environment that holds a store below a size."""
        ...

    def trial(
        self, *, name: str, place: Path, capacity: Capacity, env: Mapping[str, str]
    ) -> AbstractContextManager[TrialStore]:
        """A private, empty store below `place` (on the disk that builds use); all of it is gone at the end.

        Raises ToolMissing where the engine is not installed.
        """
        ...
