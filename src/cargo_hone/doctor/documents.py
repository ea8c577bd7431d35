"""The files that the rules look at, parsed, with positions."""

import importlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from cargo_hone.cache import configuration as sccache_configuration
from cargo_hone.doctor import source, toml_file, workflow
from cargo_hone.doctor.source import Source
from cargo_hone.doctor.toml_file import TomlFile
from cargo_hone.doctor.workflow import Workflow
from cargo_hone.errors import HoneError, UsageProblem
from cargo_hone.files import atomic
from cargo_hone.workspace import git_files, pipeline

if TYPE_CHECKING:
    from cargo_hone.doctor.jsonc_file import JsoncFile
    from cargo_hone.doctor.yaml_file import YamlFile

Parsed = TypeVar("Parsed")
Contents = Mapping[Path, bytes | None]

# Where people keep what they build with, besides the root: one level of files each.
_SCRIPT_PLACES = (
    "",
    "scripts",
    "script",
    "tools",
    "ci",
    "bin",
    "hack",
    ".ci",
    ".github",
    ".github/scripts",
)
_SCRIPT_ENDINGS = (".sh", ".bash", ".zsh", ".mk", ".just", ".ps1", ".py")
_SCRIPT_NAMES = frozenset(
    {"makefile", "gnumakefile", "justfile", ".justfile", "dockerfile", "containerfile"}
    | {
        "taskfile.yml",
        "taskfile.yaml",
        "makefile.toml",
        "bacon.toml",
        ".gitlab-ci.yml",
        "cross.toml",
    }
)
_SCRIPT_MAX_BYTES = 200_000
_TOOLCHAIN_FILES = ("rust-toolchain.toml", "rust-toolchain")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A file that is left out, and why."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """Which files are looked at; `cargo` are cargo's configuration files, the nearest first."""

    root: Path
    repository: Path
    cargo: tuple[Path, ...]
    sccache: Path
    workflows: tuple[Path, ...]
    devcontainers: tuple[Path, ...]
    editors: tuple[Path, ...]
    scripts: tuple[Path, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    """The parsed files. `toolchain_file` and `has_lock` are of the workspace's root."""

    paths: Paths
    contents: Contents
    manifest: TomlFile
    cargo: tuple[TomlFile, ...]
    sccache: TomlFile | None
    workflows: tuple[Workflow, ...]
    devcontainers: "tuple[JsoncFile, ...]"
    editors: "tuple[JsoncFile, ...]"
    scripts: tuple[Source, ...]
    toolchain_file: str | None
    has_lock: bool
    """Whether git tracks the lock file. (`cargo metadata` writes one where none is.)"""
    ignored: frozenset[str]
    """The lines of `.gitignore` at the repository's root and the workspace's, without slashes around them."""
    unread: tuple[Unread, ...]

    @property
    def repository(self) -> Path:
        """The directory that holds `.git`, or the workspace's own."""
        return self.paths.repository

    def ignores(self, path: Path) -> bool:
        """Whether a plain line of `.gitignore` names this path (relative to the repository), or a directory of it."""
        names = (path, *path.parents)
        return any(name.as_posix() in self.ignored for name in names) or path.name in self.ignored

    def source(self, path: Path) -> Source | None:
        """The text of one of these files."""
        content = self.contents.get(path)
        return None if content is None else source.decoded(path, content)

    def reread(self, changed: Contents) -> "Documents":
        """The same, as if these files had these contents."""
        return read(self.paths, {**self.contents, **changed})


def find(root: Path, cargo: tuple[Path, ...], env: Mapping[str, str]) -> Paths:
    """Look which files there are. `cargo` are the configuration files that cargo reads in `root`.

    The repository's own is always among the paths, so that a fix can make it.
    """
    own = root / ".cargo"
    if not any(path.parent == own for path in cargo):
        cargo = (own / "config.toml", *cargo)
    repository = pipeline.root_of(root)
    pipelines = pipeline.find(root)
    settings = {directory / ".vscode" / "settings.json" for directory in (root, repository)}
    return Paths(
        root=root,
        repository=repository,
        cargo=cargo,
        sccache=sccache_configuration.path(env),
        workflows=pipelines.workflows,
        devcontainers=pipelines.devcontainers,
        editors=tuple(sorted(settings)),
        scripts=tuple(_scripts({root, repository})),
    )


def expect(directory: Path) -> None:
    """Import the parsers that the repository of `directory` will need: while cargo answers that costs no time."""
    found = pipeline.find(directory)
    if found.workflows:
        importlib.import_module("cargo_hone.doctor.yaml_file")
    if found.devcontainers:
        importlib.import_module("cargo_hone.doctor.jsonc_file")


def read(paths: Paths, contents: Contents | None = None) -> Documents:
    """Read and parse them; `contents` stands for files that were read before, or are not written yet.

    Raises UsageProblem for a root manifest or a cargo configuration that is not TOML (cargo refuses it as well),
    Unavailable for one of these that cannot be read. Other files that cannot be read are in `unread`.
    """
    reading = _Reading(contents or {})
    manifest = reading.needed(paths.root / "Cargo.toml", toml_file.parsed)
    if manifest is None:
        raise UsageProblem(
            f"{paths.root / 'Cargo.toml'} is gone", next_step="restore it, then run again"
        )
    cargo = tuple(reading.needed(path, toml_file.parsed) for path in paths.cargo)
    workflows = tuple(reading.optional(path, _yaml) for path in paths.workflows)
    devcontainers = tuple(reading.optional(path, _jsonc) for path in paths.devcontainers)
    editors = tuple(reading.optional(path, _jsonc) for path in paths.editors)
    scripts = tuple(reading.optional(path, _script) for path in paths.scripts)
    ignored = _ignored(reading, paths)
    return Documents(
        paths=paths,
        manifest=manifest,
        cargo=tuple(file for file in cargo if file is not None),
        sccache=reading.optional(paths.sccache, toml_file.parsed),
        workflows=tuple(workflow.read(file) for file in workflows if file is not None),
        devcontainers=tuple(file for file in devcontainers if file is not None),
        editors=tuple(file for file in editors if file is not None),
        scripts=tuple(file for file in scripts if file is not None),
        toolchain_file=next((n for n in _TOOLCHAIN_FILES if (paths.root / n).is_file()), None),
        has_lock=(paths.root / "Cargo.lock").is_file()
        and git_files.is_tracked(paths.root / "Cargo.lock") is True,
        ignored=ignored,
        contents=reading.contents,
        unread=tuple(reading.unread),
    )


class _Reading:
    """Reads each file once, and keeps the bytes."""

    def __init__(self, known: Contents) -> None:
        self.contents: dict[Path, bytes | None] = dict(known)
        self.unread: list[Unread] = []

    def bytes_of(self, path: Path) -> bytes | None:
        if path not in self.contents:
            self.contents[path] = atomic.read(path)
        return self.contents[path]

    def needed(self, path: Path, parse: Callable[[Path, bytes], Parsed]) -> Parsed | None:
        content = self.bytes_of(path)
        try:
            return None if content is None else parse(path, content)
        except ValueError as error:
            raise UsageProblem(
                f"{path} is not valid TOML: {error}",
                next_step="mend that line (cargo refuses the file as well), then run again",
            ) from error

    def optional(self, path: Path, parse: Callable[[Path, bytes], Parsed]) -> Parsed | None:
        try:
            content = self.bytes_of(path)
            return None if content is None else parse(path, content)
        except HoneError as error:
            self.unread.append(Unread(path=path, reason=error.message))
        except ValueError as error:
            self.unread.append(Unread(path=path, reason=str(error)))
        return None


def _script(path: Path, content: bytes) -> Source:
    return source.decoded(path, content)


def _yaml(path: Path, content: bytes) -> "YamlFile":
    from cargo_hone.doctor import yaml_file  # noqa: PLC0415 - PyYAML, only where there is a workflow

    return yaml_file.parsed(path, content)


def _jsonc(path: Path, content: bytes) -> "JsoncFile":
    from cargo_hone.doctor import jsonc_file  # noqa: PLC0415 - only where there is such a file

    return jsonc_file.parsed(path, content)


def _scripts(roots: set[Path]) -> Iterator[Path]:
    for root in sorted(roots):
        for place in _SCRIPT_PLACES:
            directory = root / place
            if not directory.is_dir():
                continue
            with os.scandir(directory) as entries:
                names = sorted(
                    entry.name
                    for entry in entries
                    if _is_script(entry.name)
                    and entry.is_file(follow_symlinks=False)
                    and entry.stat().st_size <= _SCRIPT_MAX_BYTES
                )
            yield from (directory / name for name in names)


def _is_script(name: str) -> bool:
    lower = name.lower()
    return (
        lower in _SCRIPT_NAMES
        or lower.endswith(_SCRIPT_ENDINGS)
        or lower.startswith(("dockerfile.", "makefile."))
    )


def _ignored(reading: _Reading, paths: Paths) -> frozenset[str]:
    found: set[str] = set()
    for directory in {paths.root, paths.repository}:
        content = reading.bytes_of(directory / ".gitignore") or b""
        lines = content.decode(errors="replace").splitlines()
        found.update(line.strip().removeprefix("**").strip("/") for line in lines)
    return frozenset(found - {""})
