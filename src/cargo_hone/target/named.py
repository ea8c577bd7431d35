"""Which units cargo's JSON messages name.

Libraries, tests and build scripts' output directories carry the unit's hash; binaries and proc macros only
the uplifted path, whose inode is the unit's file (its content, where the file system made cargo copy it).
The next command uplifts anew, so ask right after each.
"""

import filecmp
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.cargo.messages import BuildMessages

_HASHED = re.compile(r".+-(?P<hash>[0-9a-f]{16})(\..*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """The unit hashes that were named, and files that no unit could be found for (their names carry none)."""

    hashes: frozenset[str]
    unknown: tuple[Path, ...]


def named_units(messages: BuildMessages) -> Named:
    """Map all that one command's messages name to unit hashes. Raises OSError where a directory is unreadable."""
    hashes: set[str] = set()
    unknown: list[Path] = []
    files = {
        file
        for artifact in messages.artifacts
        for file in (*artifact.filenames, *([artifact.executable] if artifact.executable else []))
    }
    for path in sorted(files | set(messages.out_dirs)):
        found = _in_name(path) or _by_content(path)
        if found:
            hashes.add(found)
        else:
            unknown.append(path)
    return Named(hashes=frozenset(hashes), unknown=tuple(unknown))


def _in_name(path: Path) -> str:
    # `deps/libfoo-HASH.rlib`, `build/foo-HASH/out`, `build/foo-HASH/build-script-build`.
    for part in (path.name, path.parent.name):
        match = _HASHED.fullmatch(part)
        if match is not None:
            return match["hash"]
    return ""


def _by_content(path: Path) -> str:
    try:
        status = path.stat()
    except FileNotFoundError:
        return ""
    alike: list[tuple[str, Path]] = []
    for hash_, entry in _hashed_files(path):
        other = entry.stat(follow_symlinks=False)
        if (other.st_dev, other.st_ino) == (status.st_dev, status.st_ino):
            return hash_
        if other.st_size == status.st_size and status.st_nlink == 1:
            alike.append((hash_, Path(entry.path)))
    for hash_, other_path in alike:
        if filecmp.cmp(path, other_path, shallow=False):
            return hash_
    return ""


def _hashed_files(path: Path) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Files with a hash in their name that cargo may have uplifted `path` from."""
    for directory in _sources(path):
        with os.scandir(directory) as found:
            for entry in found:
                match = _HASHED.fullmatch(entry.name)
                if match is not None and entry.is_file(follow_symlinks=False):
                    yield match["hash"], entry


def _sources(path: Path) -> Iterable[Path]:
    if path.parent.name == "examples":
        return (path.parent,)
    deps = path.parent / "deps"
    return (deps,) if deps.is_dir() and not deps.is_symlink() else ()
