"""What is on disk in a target directory, from one walk: files, their sizes and links, by kind."""

import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from cargo_hone.files.walk import entries
from cargo_hone.target.layout import Layout, ProfileDir

_BLOCK_BYTES = 512


class Kind(StrEnum):
    """What bytes are spent on."""

    FINGERPRINTS = ".fingerprint"
    DEPS = "deps"
    BUILD_SCRIPTS = "build"
    INCREMENTAL = "incremental"
    EXAMPLES = "examples"
    FINAL = "final artifacts"
    NESTED = "nested target directories"
    OTHER = "other"


_KINDS = {
    kind.value: kind
    for kind in (
        Kind.FINGERPRINTS,
        Kind.DEPS,
        Kind.BUILD_SCRIPTS,
        Kind.INCREMENTAL,
        Kind.EXAMPLES,
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One name on disk. `allocated_bytes` are those of the inode, which may have more names (`links`)."""

    path: str
    allocated_bytes: int
    device: int
    inode: int
    links: int
    mtime_ns: int
    is_directory: bool

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    @property
    def identity(self) -> tuple[int, int]:
        """What two names of one file have in common."""
        return self.device, self.inode


@dataclass(slots=True, kw_only=True)
class ProfileInventory:
    """What one profile directory holds; each tree is a list of all that is in it, the directory first."""

    profile: ProfileDir
    fingerprints: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    build_scripts: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    incremental: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    deps: list[Entry] = field(default_factory=list)
    examples: list[Entry] = field(default_factory=list)
    final: list[Entry] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """All that a target directory holds; bytes are allocated ones, each inode counted once.

    `bytes_by_kind` gives an inode with several names to the kind that it was first met under; the walk meets
    `deps` and the like before the final artifacts that link to them.
    """

    total_bytes: int
    bytes_by_kind: tuple[tuple[Kind, int], ...]
    profiles: tuple[ProfileInventory, ...]


def take_inventory(layout: Layout) -> Inventory:
    """Walk the target directory once. Raises PermissionError where a directory cannot be listed."""
    profiles = {
        os.fspath(profile.path): ProfileInventory(profile=profile) for profile in layout.profiles
    }
    nested = tuple(os.fspath(path) + "/" for path in layout.nested)
    met: list[tuple[Kind, Entry]] = []
    for entry in _walk(layout.root):
        kind = Kind.OTHER
        if entry.path.startswith(nested):
            kind = Kind.NESTED
        else:
            for start, profile in profiles.items():
                if entry.path.startswith(start + "/"):
                    kind = _file(profile, entry, entry.path[len(start) + 1 :].split("/"))
                    break
        met.append((kind, entry))
    met.sort(key=lambda pair: pair[0] is Kind.FINAL)
    sizes: dict[Kind, int] = dict.fromkeys(Kind, 0)
    seen: set[tuple[int, int]] = set()
    for kind, entry in met:
        if entry.identity not in seen:
            seen.add(entry.identity)
            sizes[kind] += entry.allocated_bytes
    return Inventory(
        total_bytes=sum(sizes.values()),
        bytes_by_kind=tuple(sizes.items()),
        profiles=tuple(profiles.values()),
    )


def _walk(root: Path) -> Iterator[Entry]:
    status = root.lstat()
    yield _entry(os.fspath(root), status, is_directory=True)
    for found in entries(root):
        try:
            status = found.stat(follow_symlinks=False)
        except FileNotFoundError:
            continue  # Vanished during the walk; under cargo's locks nothing of cargo's does.
        yield _entry(found.path, status, is_directory=found.is_dir(follow_symlinks=False))


def _entry(path: str, status: os.stat_result, *, is_directory: bool) -> Entry:
    return Entry(
        path=path,
        allocated_bytes=status.st_blocks * _BLOCK_BYTES,
        device=status.st_dev,
        inode=status.st_ino,
        links=1 if is_directory else status.st_nlink,
        mtime_ns=status.st_mtime_ns,
        is_directory=is_directory,
    )


def _file(profile: ProfileInventory, entry: Entry, parts: list[str]) -> Kind:
    """Put an entry where it belongs in its profile's inventory."""
    kind = _KINDS.get(parts[0], Kind.OTHER)
    match kind, len(parts):
        case (_, 1):
            if kind is Kind.OTHER and not entry.is_directory:
                profile.final.append(entry)
                return Kind.FINAL
        case (Kind.FINGERPRINTS, _):
            profile.fingerprints[parts[1]].append(entry)
        case (Kind.BUILD_SCRIPTS, _):
            profile.build_scripts[parts[1]].append(entry)
        case (Kind.INCREMENTAL, _):
            profile.incremental[parts[1]].append(entry)
        case (Kind.DEPS, 2) if not entry.is_directory:
            profile.deps.append(entry)
        case (Kind.EXAMPLES, 2) if not entry.is_directory:
            profile.examples.append(entry)
        case _:
            pass
    return kind
