"""What a lever is: whether it applies here, how it is tried without writing, what it writes for good."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from cargo_hone.cache.capacity import Capacity
from cargo_hone.cache.interface import EngineLocation
from cargo_hone.edit.toml_value import TomlValue as Value
from cargo_hone.model import Scenario
from cargo_hone.workspace.facts import WorkspaceFacts


class Need(StrEnum):
    """What a lever cannot do without, beside cargo and rustc."""

    NIGHTLY = "a nightly toolchain"
    SCCACHE = "sccache"
    ZCCACHE = "zccache"
    LLD = "lld"
    MOLD = "mold"
    WILD = "wild"
    CRANELIFT = "rustc-codegen-cranelift"
    ROOM = "another file system with room"


@dataclass(frozen=True, slots=True, kw_only=True)
class Nightly:
    """A nightly toolchain that is installed; `toolchain` is its name for rustup, `sysroot` where it lies."""

    toolchain: str
    sysroot: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What levers may look at."""

    facts: WorkspaceFacts
    capacity: Capacity
    engine: EngineLocation | None
    """The compiler cache that would be used; None where none is installed."""
    nightly: Nightly | None = None
    """Set where a nightly toolchain is installed and the user has said that it may be used."""
    build_place: Path | None = None
    """A directory on another disk, where the user has named one for the build directory."""


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
    value: Value
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeFile:
    """A file that belongs to cargo-hone as a whole."""

    path: Path
    content: bytes
    executable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedFlags:
    """rustc flags that join those at a key of a TOML file, by meaning, in the form that is there (list or string).

    `flags` are one word each (`-Clink-arg=-fuse-ld=mold`). `comment` as in TomlValue.
    """

    path: Path
    keys: tuple[str, ...]
    flags: tuple[str, ...]
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlValue:
    """A scalar in a YAML file, one or two levels deep; a mapping that has to be added stands before `before`."""

    path: Path
    keys: tuple[str, ...]
    value: str | bool | int
    before: str


Intent = TomlValue | WholeFile | AddedFlags | YamlValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """How a lever is tried: cargo `--config` values, and environment (never `CARGO_*`).

    `rustflags` are added to those that are in effect; `together.trial` makes `config` of them. Two things only the
    caller can do. `engine` names a compiler cache that it opens a private store of (`cache.engines`; for sccache
    with `compiler_cache.trial_wrapper`). `build_parent` is where it makes a directory, gives that to cargo as
    `build.build-dir`, and empties it whenever it empties the target directory.
    """

    config: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    rustflags: tuple[str, ...] = ()
    engine: str = ""
    build_parent: Path | None = None


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

    @property
    def group(self) -> str:
        """What it is an answer to: of levers of one group only one can be had. Empty where it stands alone."""
        ...

    @property
    def moves(self) -> tuple[Scenario, ...]:
        """The scenarios that it should make faster; empty where it saves space only."""
        ...

    @property
    def needs(self) -> tuple[Need, ...]:
        """What must be installed."""
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
