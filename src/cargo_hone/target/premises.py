"""What a judgement stands on beside the target directory: the workspace as it is now, and when it changed.

A target directory does not say which of its units a command would still use. The lock file, the members'
targets and the moments at which settings changed do.
"""

import os
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cargo_hone.cargo.metadata import Metadata
from cargo_hone.errors import Unavailable
from cargo_hone.workspace.configuration import cargo_home
from cargo_hone.workspace.excluded import ExcludedPackage


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedPackage:
    """One `[[package]]` of Cargo.lock; `revision` is a git package's full commit hash, else empty."""

    name: str
    version: str
    revision: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberTarget:
    """A target that a member has now; `kind` as cargo names it in a fingerprint's file name."""

    package: str
    kind: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Premises:
    """What is known of the workspace that the target directory belongs to.

    `root` is the workspace's directory. `locked` and `targets` are empty where that is not known; nothing is
    concluded from absence then. `settings_changed_ns` are the moments (nanoseconds since the epoch, ascending)
    at which manifests, the lock file or cargo's configuration were last written, or that was taken away;
    `flags_changed_ns` are those of cargo's configuration, where flags for rustc stand;
    `toolchain_changed_ns` those at which the compiler was written. `crates` are the names, as rustc knows them, of
    all targets of all packages (empty where others may document theirs beside). `target_dir` is where the final
    artifacts go (None: not known), `build_dir` where cargo compiles if that is another directory, else None.
    """

    root: Path
    members: frozenset[str]
    locked: frozenset[LockedPackage]
    targets: frozenset[MemberTarget]
    settings_changed_ns: tuple[int, ...]
    flags_changed_ns: tuple[int, ...] = ()
    toolchain_changed_ns: tuple[int, ...] = ()
    crates: frozenset[str] = frozenset()
    target_dir: Path | None = None
    build_dir: Path | None = None


_LIBRARIES = frozenset({"lib", "rlib", "dylib", "cdylib", "staticlib", "proc-macro"})
_KINDS = {"bin": "bin", "example": "example", "test": "integration-test", "bench": "bench"}
_TOOLCHAIN_FILES = ("rust-toolchain", "rust-toolchain.toml")
_CONFIGURATION_FILES = (".cargo/config", ".cargo/config.toml")


def read_premises(
    metadata: Metadata, *, rustc: Path | None = None, excluded: Sequence[ExcludedPackage] = ()
) -> Premises:
    """Collect the premises of a workspace.

    `excluded` packages that build into the same target directory (a `build.target-dir` above both) have their
    own lock file, which counts as well. `rustc` is the real compiler (not rustup's proxy), whose change time
    tells when the toolchain was installed; None leaves that out. Raises Unavailable where a Cargo.lock cannot
    be read.
    """
    root = metadata.workspace_root
    own = [package.manifest_path for package in metadata.packages.values() if not package.source]
    above = (root, *root.parents, cargo_home(os.environ))
    configuration = [place / name for place in above[:-1] for name in _CONFIGURATION_FILES]
    configuration += [above[-1] / Path(name).name for name in _CONFIGURATION_FILES]
    settings = [root / "Cargo.toml", root / "Cargo.lock", *own, *configuration]
    # Only the directory tells that a file was taken out of it. The cargo home's changes with each cargo that runs.
    home = above[-1].resolve()
    folders = [folder for place in above[:-1] if (folder := place / ".cargo").resolve() != home]
    toolchain = [place / name for place in above[:-1] for name in _TOOLCHAIN_FILES]
    is_split = metadata.build_directory != metadata.target_directory
    sharing = [
        package.root / "Cargo.lock"
        for package in excluded
        # One that cargo could not tell about may build anywhere. A build-dir that the configuration names may be
        # that of all packages below.
        if package.problem or is_split or package.target_dir == metadata.target_directory
    ]
    return Premises(
        root=root,
        members=frozenset(package.name for package in metadata.member_packages),
        locked=_locked_packages(root / "Cargo.lock", sharing),
        targets=frozenset(_targets(metadata)),
        settings_changed_ns=_times(settings, folders=folders),
        flags_changed_ns=_times(configuration, folders=folders),
        toolchain_changed_ns=_times(toolchain, compiler=rustc),
        crates=frozenset() if sharing else _crates(metadata),
        target_dir=metadata.target_directory,
        build_dir=metadata.build_directory if is_split else None,
    )


def unknown_premises(target_dir: Path) -> Premises:
    """Return the premises of a target directory whose workspace is not known: none of its units is provably dead."""
    return Premises(
        root=target_dir,
        members=frozenset(),
        locked=frozenset(),
        targets=frozenset(),
        settings_changed_ns=(),
    )


def _targets(metadata: Metadata) -> Iterable[MemberTarget]:
    for package in metadata.member_packages:
        for target in package.targets:
            kind = "lib" if _LIBRARIES & set(target.kinds) else ""
            kind = kind or next((_KINDS[name] for name in target.kinds if name in _KINDS), "")
            if kind:
                yield MemberTarget(package=package.name, kind=kind, name=target.name)


def _crates(metadata: Metadata) -> frozenset[str]:
    return frozenset(
        target.name.replace("-", "_")
        for package in metadata.packages.values()
        for target in package.targets
    )


def _locked_packages(own: Path, sharing: Iterable[Path]) -> frozenset[LockedPackage]:
    found = _read_lock(own)
    # Without our own lock file nothing may be concluded, whatever the others hold.
    return found.union(*map(_read_lock, sharing)) if found else found


def _read_lock(path: Path) -> frozenset[LockedPackage]:
    try:
        raw: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
        return frozenset(_locked(entry) for entry in raw.get("package", []))
    except FileNotFoundError:
        return frozenset()
    except (ValueError, KeyError, TypeError) as error:
        raise Unavailable(
            f"cannot read {path}: {error}",
            next_step="mend it (`cargo metadata` names the line), then run the command again",
        ) from error


def _locked(entry: dict[str, Any]) -> LockedPackage:
    source = str(entry.get("source", ""))
    revision = source.rpartition("#")[2] if source.startswith("git+") else ""
    return LockedPackage(name=entry["name"], version=entry["version"], revision=revision)


def _times(
    files: Iterable[Path], *, folders: Iterable[Path] = (), compiler: Path | None = None
) -> tuple[int, ...]:
    times = {folder.stat().st_mtime_ns for folder in folders if folder.is_dir()}
    for file in files:
        if file.is_file():
            times.add(file.stat().st_mtime_ns)
    if compiler is not None and compiler.is_file():
        # rustup may keep an archive's modification time; the change time is this machine's.
        times.add(compiler.stat().st_ctime_ns)
    return tuple(sorted(times))
