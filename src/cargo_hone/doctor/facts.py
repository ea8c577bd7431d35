"""What the rules look at, gathered once; `reread` gives the same with files that are not written yet."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from cargo_hone.cargo.metadata import Metadata
from cargo_hone.doctor.documents import Documents
from cargo_hone.doctor.source import Source
from cargo_hone.doctor.toml_file import TomlFile
from cargo_hone.doctor.wishes import Wishes
from cargo_hone.target.mounts import Mount
from cargo_hone.workspace.configuration import Configuration, Layer
from cargo_hone.workspace.excluded import ExcludedPackage


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskForecast:
    """What is free where the target directory lies, and what one clean build leaves (median of what was measured)."""

    free_bytes: int
    clean_build_bytes: int
    builds_measured: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Excluded:
    """A package outside the workspace. `is_apart`: it has cargo settings or a toolchain of its own."""

    package: ExcludedPackage
    manifest: TomlFile | None
    is_apart: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What is not read from the files that a rule may want changed.

    `host` is the compiler's host triple, asked only where a file names a `build.target` (None: not asked, or no
    answer). `worktrees` are all working trees of the repository. `programs` are the wrappers that configuration
    names, with where they were found (None: nowhere).
    """

    env: Mapping[str, str]
    platform: str
    host: str | None
    excluded: tuple[Excluded, ...]
    mounts: tuple[Mount, ...]
    worktrees: tuple[Path, ...]
    disk: DiskForecast | None
    programs: Mapping[str, Path | None]


@dataclass(frozen=True, kw_only=True)
class Facts:
    """All of it. `root` is the workspace's directory, `repository` the one that holds `.git`."""

    metadata: Metadata
    wishes: Wishes
    machine: Machine
    documents: Documents

    @property
    def root(self) -> Path:
        """The workspace's root directory."""
        return self.metadata.workspace_root

    @property
    def repository(self) -> Path:
        """The directory that holds `.git`, or the workspace's own."""
        return self.documents.repository

    @property
    def env(self) -> Mapping[str, str]:
        """The environment that cargo is run with."""
        return self.machine.env

    @cached_property
    def configuration(self) -> Configuration:
        """What cargo is configured to do, as the files have it now."""
        layers = tuple(Layer(path=f.path, values=f.values) for f in self.documents.cargo)
        return Configuration(layers=layers, env=self.env)

    @property
    def committed(self) -> tuple[TomlFile, ...]:
        """Those of cargo's configuration files that lie in the repository, and that git does not ignore."""
        return tuple(
            file
            for file in self.documents.cargo
            if file.path.is_relative_to(self.repository)
            and not self.documents.ignores(file.path.relative_to(self.repository))
        )

    def dev_profile(self, key: str) -> tuple[object, TomlFile] | None:
        """A key of the dev profile and the file that has the last word on it; None where none says."""
        for file in (*self.documents.cargo, self.documents.manifest):
            found = file.value("profile", "dev", key)
            if found is not None:
                return found, file
        return None

    def source(self, path: Path) -> Source | None:
        """The text of a file that was looked at."""
        manifests = (one.manifest for one in self.machine.excluded)
        of_others = next((m.source for m in manifests if m is not None and m.path == path), None)
        return self.documents.source(path) or of_others

    def reread(self, changed: Mapping[Path, bytes | None]) -> "Facts":
        """The same, as if these files had these contents."""
        return replace(self, documents=self.documents.reread(changed))
