"""What a lever is: whether it applies here, how it is tried without writing, what it writes for good."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from cargo_hone.cache.capacity import Capacity
from cargo_hone.cache.interface import EngineLocation
from cargo_hone.workspace.facts import WorkspaceFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What levers may look at."""

    facts: WorkspaceFacts
    capacity: Capacity
    engine: EngineLocation | None
    """The compiler cache that would be used; None where none is installed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Applies:
    """The lever can be tried here. `cautions` are said before anything is written."""

    cautions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Already:
    """What the lever would bring is there; `evidence` says where that was seen."""

    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotHere:
    """The lever cannot be used here, and why."""

    reason: str


Applicability = Applies | Already | NotHere


@dataclass(frozen=True, slots=True, kw_only=True)
class TomlValue:
    """A key that is set in a TOML file; the file is created where it is missing.

    `comment` stands above the key or table where one is added.
    """

    path: Path
    keys: tuple[str, ...]
    value: str | bool | int
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeFile:
    """A file that belongs to cargo-hone as a whole."""

    path: Path
    content: bytes
    executable: bool = False


Intent = TomlValue | WholeFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """How a lever is tried: cargo `--config` values, and environment (never `CARGO_*`)."""

    config: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)


class Lever(Protocol):
    """One change that may pay."""

    @property
    def name(self) -> str:
        """The lever's short name, for the command line."""
        ...

    @property
    def title(self) -> str:
        """What it does, in a phrase."""
        ...

    @property
    def step(self) -> str:
        """The stage of the main job that it belongs to: `sccache`, `target_dir` or `levers`."""
        ...

    @property
    def gives_up(self) -> str:
        """What the user loses, and how to have it all the same; empty where nothing is lost."""
        ...

    def applicability(self, context: Context) -> Applicability:
        """Say whether the lever can be used in this workspace."""
        ...

    def trial(self, context: Context) -> Trial:
        """Say how the lever is tried without writing a file."""
        ...

    def intents(self, context: Context) -> tuple[Intent, ...]:
        """Say what would be written for good."""
        ...
