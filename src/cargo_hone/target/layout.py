"""How a target directory is laid out: its profile directories, and whether their layout can be judged."""

import os
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from cargo_hone.target.mark import has_compiler_notes

UNIT_HASH = re.compile(r"[0-9a-f]{16}")
LOCK_NAMES = (".cargo-lock", ".cargo-build-lock", ".cargo-artifact-lock")
"""Up to 1.95 the first alone; from 1.96 all three, the first then shared."""


class LayoutKind(StrEnum):
    """Which of cargo's layouts a target directory has."""

    EMPTY = "empty"
    V1 = "v1"
    """`.fingerprint/<package>-<hash>` beside `deps/` and `build/`."""
    V2 = "v2"
    """`build/<package>/<hash>/{fingerprint,out}` (cargo's default from 1.100)."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileDir:
    """One `<target>/[<triple>/]<profile>`; `lock_files` are those of cargo's that exist in it."""

    path: Path
    triple: str
    kind: LayoutKind
    lock_files: tuple[Path, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The profile directories of one target directory, and target directories of their own inside it.

    `problem` says why the whole cannot be judged ("" where it can): the edges of the unit graph cross profile
    directories, so one that is not understood spoils all.
    """

    root: Path
    kind: LayoutKind
    profiles: tuple[ProfileDir, ...]
    nested: tuple[Path, ...]
    problem: str = ""


def read_layout(root: Path) -> Layout:
    """Look two levels deep into `root` for profile directories, following no link.

    Raises OSError where a directory cannot be listed. A missing or linked root has no profiles.
    """
    profiles: list[ProfileDir] = []
    nested: list[Path] = []
    for child in _directories(root):
        found = _profile(child, triple="")
        if found is not None:
            profiles.append(found)
        elif has_compiler_notes(child):
            # llvm-cov-target, rust-analyzer, miri …: targets of their own, with their own locks. The tag is no
            # sign: cargo 1.95 puts it into a triple's directory as well.
            nested.append(child)
        else:
            inner = (_profile(grandchild, triple=child.name) for grandchild in _directories(child))
            profiles += [profile for profile in inner if profile is not None]
    return Layout(
        root=root,
        kind=_common_kind(profiles),
        profiles=tuple(sorted(profiles, key=lambda profile: profile.path)),
        nested=tuple(sorted(nested)),
        problem=_problem(profiles),
    )


def _common_kind(profiles: list[ProfileDir]) -> LayoutKind:
    kinds = {profile.kind for profile in profiles}
    if not kinds:
        return LayoutKind.EMPTY
    return kinds.pop() if len(kinds) == 1 else LayoutKind.UNKNOWN


def _problem(profiles: list[ProfileDir]) -> str:
    for profile in profiles:
        match profile.kind:
            case LayoutKind.V2:
                return f"cannot judge this layout yet: {profile.path} has cargo's build/PACKAGE/HASH layout"
            case LayoutKind.UNKNOWN:
                return f"cannot judge this layout: {profile.path} is neither of the two that cargo writes"
            case LayoutKind.V1 | LayoutKind.EMPTY:
                if not profile.lock_files:
                    return f"{profile.path} has no lock file of cargo's to hold: build once, then sweep"
    return ""


def _profile(directory: Path, *, triple: str) -> ProfileDir | None:
    """Read one directory; None where nothing in it says that cargo compiles into it."""
    subdirectories = {path.name for path in _directories(directory)}
    lock_files = tuple(path for name in LOCK_NAMES if (path := directory / name).is_file())
    new = "build" in subdirectories and _has_new_units(directory / "build")
    old = ".fingerprint" in subdirectories
    if old and not new:
        kind = LayoutKind.V1
    elif new and not old:
        kind = LayoutKind.V2
    elif (old and new) or (lock_files and subdirectories & {"build", "deps", "incremental"}):
        kind = LayoutKind.UNKNOWN
    else:
        # With a split build-dir the target directory holds final artifacts only: nothing to sweep.
        return None
    return ProfileDir(path=directory, triple=triple, kind=kind, lock_files=lock_files)


def _has_new_units(build: Path) -> bool:
    return any(
        UNIT_HASH.fullmatch(unit.name) and (unit / "fingerprint").is_dir()
        for package in _directories(build)
        for unit in _directories(package)
    )


def _directories(directory: Path) -> list[Path]:
    if directory.is_symlink() or not directory.is_dir():
        return []
    with os.scandir(directory) as found:
        return [Path(entry.path) for entry in found if entry.is_dir(follow_symlinks=False)]
