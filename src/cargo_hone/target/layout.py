"""How a target directory is laid out: its profile directories, and whether their layout can be judged."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from cargo_hone.target.mark import has_compiler_notes

UNIT_HASH = re.compile(r"[0-9a-f]{16}")
NO_LINK = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
"""How a directory is opened."""
LOCK_NAMES = (".cargo-lock", ".cargo-build-lock", ".cargo-artifact-lock")
"""Up to 1.95 the first alone; from 1.96 all three, the first then shared.

With a split build-dir each of the two profile directories has its own `.cargo-lock` (1.95), or the build-dir has
the second and the target directory the other two (1.99).
"""


class LayoutKind(StrEnum):
    """Which of cargo's layouts a target directory has. Told by what is there, never by cargo's version."""

    EMPTY = "empty"
    V1 = "v1"
    """`.fingerprint/<package>-<hash>` beside `deps/` and `build/`."""
    V2 = "v2"
    """`build/<package>/<hash>/{fingerprint,out,run}` (cargo's default from 1.100)."""
    MIXED = "v1 and v2"
    """Both: another cargo built here. Neither uses what the other left."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileDir:
    """One `<build-dir>/[<triple>/]<profile>`.

    `lock_files` are those of cargo's that exist in it and in `final_path`, the directory of the final artifacts
    (the same one, unless the build-dir is split).
    """

    path: Path
    triple: str
    kind: LayoutKind
    lock_files: tuple[Path, ...]
    final_path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The profile directories below `root`, where cargo compiles, and target directories of their own inside it.

    `final_root` is where the final artifacts go: `root` itself, unless the build-dir is split (`build.build-dir`,
    cargo 1.91). `problem` says why the whole cannot be judged ("" where it can): the edges of the unit graph cross
    profile directories, so one that is not understood spoils all.
    """

    root: Path
    final_root: Path
    kind: LayoutKind
    profiles: tuple[ProfileDir, ...]
    nested: tuple[Path, ...]
    problem: str = ""

    @property
    def roots(self) -> tuple[Path, ...]:
        """The one directory, or the two."""
        return (self.root,) if self.final_root == self.root else (self.root, self.final_root)


def read_layout(root: Path, *, final_root: Path | None = None, for_locks: bool = False) -> Layout:
    """Look two levels deep into `root` for profile directories, following no link.

    `final_root` is the target directory where that is another one (a split build-dir); one that is missing or a
    link counts as not there. `for_locks`: which files are to be locked is all that is asked, so that of a v1 directory
    nobody asks whether it is v2 as well (which takes a look into each directory of `build/`). Raises OSError where a
    directory cannot be listed. A missing or linked root has no profiles.
    """
    profiles: list[ProfileDir] = []
    nested: list[Path] = []
    final = root
    if final_root is not None and final_root.is_dir() and not final_root.is_symlink():
        final = final_root
    for child in _directories(root):
        found = _profile(child, triple="", final_path=final / child.name, for_locks=for_locks)
        if found is not None:
            profiles.append(found)
        elif has_compiler_notes(child):
            # llvm-cov-target, rust-analyzer, miri …: targets of their own, with their own locks. The tag is no
            # sign: cargo 1.95 puts it into a triple's directory as well.
            nested.append(child)
        else:
            inner = (
                _profile(
                    grandchild,
                    triple=child.name,
                    final_path=final / child.name / grandchild.name,
                    for_locks=for_locks,
                )
                for grandchild in _directories(child)
            )
            profiles += [profile for profile in inner if profile is not None]
    return Layout(
        root=root,
        final_root=final,
        kind=_common_kind(profiles),
        profiles=tuple(sorted(profiles, key=lambda profile: profile.path)),
        nested=tuple(sorted(nested)),
        problem=_problem(profiles),
    )


def _common_kind(profiles: list[ProfileDir]) -> LayoutKind:
    kinds = {profile.kind for profile in profiles}
    if not kinds:
        return LayoutKind.EMPTY
    if LayoutKind.UNKNOWN in kinds:
        return LayoutKind.UNKNOWN
    return kinds.pop() if len(kinds) == 1 else LayoutKind.MIXED


def _problem(profiles: list[ProfileDir]) -> str:
    for profile in profiles:
        if profile.kind is LayoutKind.UNKNOWN:
            return (
                f"cannot judge this layout: {profile.path} is neither of the two that cargo writes"
            )
        if not profile.lock_files:
            return f"{profile.path} has no lock file of cargo's to hold: build once, then sweep"
    return ""


def _profile(
    directory: Path, *, triple: str, final_path: Path, for_locks: bool
) -> ProfileDir | None:
    """Read one directory; None where nothing in it says that cargo compiles into it."""
    subdirectories = {path.name for path in _directories(directory)}
    places = dict.fromkeys((directory, final_path))
    own_locks = [name for name in LOCK_NAMES if _is_there(directory / name)]
    old = ".fingerprint" in subdirectories
    is_enough = old and for_locks
    new = not is_enough and "build" in subdirectories and _has_new_units(directory / "build")
    if old or new:
        kind = LayoutKind.MIXED if old and new else LayoutKind.V2 if new else LayoutKind.V1
    elif own_locks and subdirectories & {"build", "deps", "incremental"}:
        kind = LayoutKind.UNKNOWN if _holds_more(directory, subdirectories) else LayoutKind.V2
    else:
        # With a split build-dir the target directory holds final artifacts only: nothing to sweep.
        return None
    return ProfileDir(
        path=directory,
        triple=triple,
        kind=kind,
        lock_files=tuple(
            place / name for place in places for name in LOCK_NAMES if _is_there(place / name)
        ),
        final_path=final_path,
    )


def _has_new_units(build: Path) -> bool:
    return any(
        UNIT_HASH.fullmatch(unit) and Path(package, unit, "fingerprint").is_dir()
        for package, unit in _two_below(build)
    )


def _holds_more(directory: Path, subdirectories: set[str]) -> bool:
    """Whether something compiled is there, without any sign of a layout.

    A v2 directory without a unit (before the first one ends, or after all are gone) has empty packages, or units
    without a fingerprint, and incremental state. v1 always has `.fingerprint` and `deps`.
    """
    if "deps" in subdirectories:
        return True
    if "build" not in subdirectories:
        return False
    return any(not UNIT_HASH.fullmatch(unit) for _, unit in _two_below(directory / "build"))


def _two_below(build: Path) -> Iterator[tuple[str, str]]:
    """Yield the path of each directory in `build`, with the name of each that is in it."""
    # (Of v1 there are thousands.)
    for path in _directory_paths(os.fspath(build)):
        for unit in _directory_paths(path):
            yield path, unit[len(path) + 1 :]


def _is_there(file: Path) -> bool:
    return file.is_file() and not file.is_symlink()


def _directories(directory: Path) -> list[Path]:
    return [Path(path) for path in _directory_paths(os.fspath(directory))]


def _directory_paths(directory: str) -> list[str]:
    """The directories in one; none where it is no directory, or not any more: others build and sweep meanwhile."""
    try:
        descriptor = os.open(directory, NO_LINK)
    except (FileNotFoundError, NotADirectoryError):
        return []
    try:
        with os.scandir(descriptor) as found:
            names = [entry.name for entry in found if entry.is_dir(follow_symlinks=False)]
    finally:
        os.close(descriptor)
    return [f"{directory}/{name}" for name in names]
