"""What a compiler cache must be able to do, so that one engine can stand in for another."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cargo_hone.model import CacheCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineLocation:
    """An engine's executable, where it was found, and its version."""

    path: Path
    origin: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheState:
    """What a cache says of itself. Sizes in bytes; None where the engine does not say.

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


class CacheEngine(Protocol):
    """One compiler cache."""

    name: str

    def locate(self, env: Mapping[str, str]) -> EngineLocation | None:
        """Find the executable, or None where it is not installed."""
        ...

    def state(self, env: Mapping[str, str]) -> CacheState:
        """Ask the server that `env` leads to, without starting one."""
        ...

    def start(self, env: Mapping[str, str]) -> None:
        """Start the server that `env` leads to; raises Unavailable where it does not come up."""
        ...

    def stop(self, env: Mapping[str, str]) -> None:
        """Stop it; one that is not there is not an error."""
        ...
