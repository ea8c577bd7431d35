"""Which units cargo's JSON messages name.

Libraries, tests and build scripts' output directories carry the unit's hash in their name (layout v2: in that of
a directory above); binaries and proc macros only the uplifted path, whose inode is the unit's file (its content,
where the file system made cargo copy it). The next command uplifts anew, so ask right after each.
"""

import filecmp
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.cargo.messages import BuildMessages
from cargo_hone.target.layout import UNIT_HASH

_HASHED = re.compile(r".+-(?P<hash>[0-9a-f]{16})(\..*)?")
_PARTS = frozenset({"out", "artifact"})
"""Where a v2 unit's outputs lie in `build/<package>/<hash>/`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """The unit hashes that were named, and files that no unit could be found for (their names carry none)."""

    hashes: frozenset[str]
    unknown: tuple[Path, ...]


def named_units(messages: BuildMessages, *, build_dir: Path | None = None) -> Named:
    """Map all that one command's messages name to unit hashes.

    `build_dir` is where cargo compiles, if that is not the target directory (a split build-dir; without it, only
    what messages name there tells of it). Raises OSError where a directory is unreadable.
    """
    hashes: set[str] = set()
    unknown: list[Path] = []
    files = {
        file
        for artifact in messages.artifacts
        for file in (*artifact.filenames, *([artifact.executable] if artifact.executable else []))
    }
    named = sorted(files | set(messages.out_dirs))
    profiles = {profile for path in named if (profile := _profile_of(path)) is not None}
    for path in named:
        found = _in_name(path) or _by_content(path, _sources(path, profiles, build_dir))
        if found:
            hashes.add(found)
        else:
            unknown.append(path)
    return Named(hashes=frozenset(hashes), unknown=tuple(unknown))


def _in_name(path: Path) -> str:
    # `build/foo/HASH/out`, `build/foo/HASH/out/foo`: before what may be a hash in a file's name by chance.
    for unit in (path.parent, path.parent.parent, path.parent.parent.parent):
        part = path.relative_to(unit).parts[0]
        if part in _PARTS and UNIT_HASH.fullmatch(unit.name) and (unit / "fingerprint").is_dir():
            return unit.name
    # `deps/libfoo-HASH.rlib`, `build/foo-HASH/out`, `build/foo-HASH/build-script-build`.
    for part in (path.name, path.parent.name):
        match = _HASHED.fullmatch(part)
        if match is not None:
            return match["hash"]
    return ""


def _by_content(path: Path, sources: Iterable[Path]) -> str:
    try:
        status = path.stat()
    except FileNotFoundError:
        return ""
    alike: list[tuple[str, Path]] = []
    for hash_, entry in _hashed_files(sources):
        try:
            other = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            continue
        if (other.st_dev, other.st_ino) == (status.st_dev, status.st_ino):
            return hash_
        if other.st_size == status.st_size and status.st_nlink == 1:
            alike.append((hash_, Path(entry.path)))
    for hash_, other_path in alike:
        if filecmp.cmp(path, other_path, shallow=False):
            return hash_
    return ""


def _hashed_files(sources: Iterable[Path]) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Files that belong to a unit, and its hash: named in the file, or two directories above."""
    for directory in sources:
        unit = directory.parent.name if directory.name in _PARTS else ""
        with os.scandir(directory) as found:
            for entry in found:
                match = _HASHED.fullmatch(entry.name)
                hash_ = unit or (match["hash"] if match else "")
                if hash_ and entry.is_file(follow_symlinks=False):
                    yield hash_, entry


def _sources(path: Path, profiles: Iterable[Path], build_dir: Path | None) -> Iterator[Path]:
    """Directories with files that cargo may have uplifted `path` from."""
    is_example = path.parent.name == "examples"
    final = path.parent.parent if is_example else path.parent
    places = [final, *(profile for profile in profiles if profile.name == final.name)]
    if build_dir is not None:
        # A profile directory has the same name below it; with a triple, that is in between.
        places += [build_dir / final.name, build_dir / final.parent.name / final.name]
    for profile in dict.fromkeys(places):
        yield from _directories(profile / ("examples" if is_example else "deps"))
        for package in _inside(profile / "build"):
            for unit in _inside(package):
                if UNIT_HASH.fullmatch(unit.name):
                    yield from _directories(unit / "out")


def _profile_of(path: Path) -> Path | None:
    """The profile directory that cargo compiled `path` in, as far as the path tells."""
    parents = path.parents
    for unit in parents[:3]:
        if UNIT_HASH.fullmatch(unit.name) and unit.parent.parent.name == "build":
            return unit.parent.parent.parent
    if _HASHED.fullmatch(path.name) and path.parent.name in {"deps", "examples"}:
        return parents[1]
    if _HASHED.fullmatch(path.parent.name) and parents[1].name == "build":
        return parents[2]
    return None


def _inside(directory: Path) -> list[Path]:
    for _ in _directories(directory):
        with os.scandir(directory) as found:
            return [Path(entry.path) for entry in found if entry.is_dir(follow_symlinks=False)]
    return []


def _directories(directory: Path) -> tuple[Path, ...]:
    return (directory,) if directory.is_dir() and not directory.is_symlink() else ()
