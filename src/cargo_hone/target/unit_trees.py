"""Which files and directories are one unit's, in either layout: by names alone, nothing is read."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.target.inventory import Entry, ProfileInventory
from cargo_hone.target.layout import LayoutKind, ProfileDir

_DIRECTORY = re.compile(r"(?P<package>.+)-(?P<hash>[0-9a-f]{16})")
_OUTPUT = re.compile(r"(?P<stem>[^.]+)-(?P<hash>[0-9a-f]{16})(?P<rest>\..*)?")
_HASH_DIGITS = 16
_PARTS_OF_NEW = frozenset({"out", "run", "artifact", ".lock"})
"""What cargo 1.99 makes in a v2 unit's directory beside `fingerprint` (`.lock` with -Zfine-grain-locking)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitId:
    """A unit's directory: hashes are unique in one layout of one profile directory, and so is this."""

    profile: Path
    package: str
    hash: str
    layout: LayoutKind = LayoutKind.V1

    def __hash__(self) -> int:
        # The hash of a text is kept with it; that of all fields together would be found anew each time.
        return hash(self.hash)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTrees:
    """What is one unit's. Each tree begins with its directory.

    `build` is the directory that belongs to the unit alone, with all that is in it: in v1 that of a build script or
    an artifact dependency (else empty), in v2 the unit's. `outputs` may lie in it.
    """

    id: UnitId
    fingerprint: tuple[Entry, ...]
    build: tuple[Entry, ...]
    outputs: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Orphan:
    """Files that look like a unit's and are none's any more, and why nobody can use them again."""

    profile: ProfileDir
    name: str
    tree: tuple[Entry, ...]
    reason: str = "cargo has no fingerprint for it"


def unit_trees(inventory: ProfileInventory) -> tuple[list[UnitTrees], list[Orphan]]:
    """Sort one profile's entries into units, and what cargo left without a fingerprint."""
    empty = list(_empty_packages(inventory))
    units, orphans = _old(inventory, empty={found.name for found in empty})
    new = list(_new(inventory))
    units += [found for found in new if isinstance(found, UnitTrees)]
    orphans += [found for found in new if isinstance(found, Orphan)]
    orphans += empty
    return units, orphans


def ending(name: str) -> str:
    """Return what follows an output's name and hash: "" for a program, `.rmeta`, `.d`."""
    # (Neither the name nor the hash has a dot in it.)
    _, dot, rest = name.partition(".")
    return dot + rest


def is_hashed(name: str) -> bool:
    """Whether a file's name has a unit's hash in it."""
    return _OUTPUT.fullmatch(name) is not None


def _old(
    inventory: ProfileInventory, *, empty: Collection[str]
) -> tuple[list[UnitTrees], list[Orphan]]:
    directories = [
        (name, match, tree)
        for name, tree in inventory.fingerprints.items()
        if (match := _DIRECTORY.fullmatch(name)) and tree[0].is_directory
    ]
    hashes = {match["hash"] for _, match, _ in directories}
    outputs = _by_hash((*inventory.deps, *inventory.examples), hashes)
    units: list[UnitTrees] = []
    for name, match, tree in directories:
        own = outputs.get(match["hash"], [])
        artifacts = inventory.artifacts.get(name, [])
        units.append(
            UnitTrees(
                id=UnitId(
                    profile=inventory.profile.path, package=match["package"], hash=match["hash"]
                ),
                fingerprint=tuple(tree),
                build=tuple(inventory.build_scripts.get(name) or artifacts),
                outputs=(*own, *(entry for entry in artifacts if not entry.is_directory)),
            )
        )
    orphans = [
        Orphan(
            profile=inventory.profile,
            name=min(entry.name for entry in found),
            tree=tuple(found),
        )
        for hash_, found in outputs.items()
        if hash_ not in hashes
    ]
    of_new = {*empty, *(key.partition("/")[0] for key in inventory.units)}
    for name, tree in (*inventory.build_scripts.items(), *inventory.artifacts.items()):
        match = _DIRECTORY.fullmatch(name)
        if match is None or not tree[0].is_directory or name in of_new:
            continue
        if match["hash"] not in hashes:
            orphans.append(Orphan(profile=inventory.profile, name=name, tree=tuple(tree)))
    return units, orphans


def _by_hash(entries: Iterable[Entry], hashes: Collection[str]) -> dict[str, list[Entry]]:
    """Sort files by the hash in their name; `hashes` are those of the units that are there."""
    found: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        name = entry.name
        stem, _, rest = name.partition(".")
        before = len(stem) - _HASH_DIGITS - 1
        hash_ = stem[-_HASH_DIGITS:]
        # Nearly all are some unit's: what `_OUTPUT` asks for, in half the time.
        if hash_ in hashes and before > 0 and stem[before] == "-" and "\n" not in rest:
            found[hash_].append(entry)
        elif match := _OUTPUT.fullmatch(name):
            found[match["hash"]].append(entry)
    return found


def _new(inventory: ProfileInventory) -> Iterator[UnitTrees | Orphan]:
    # (For documentation tests cargo 1.95 to 1.99 makes a directory each time, and leaves it empty: nothing to gain.)
    for key, tree in inventory.units.items():
        if not tree[0].is_directory:
            continue
        package, _, hash_ = key.partition("/")
        start = len(tree[0].path) + 1
        parts: dict[str, list[Entry]] = defaultdict(list)
        for entry in tree[1:]:
            parts[entry.path[start:].partition("/")[0]].append(entry)
        fingerprint = parts.pop("fingerprint", [])
        if fingerprint and fingerprint[0].is_directory:
            top = fingerprint[0].path
            below = f"{top}/"
            outputs = (entry for part in ("out", "artifact") for entry in parts[part])
            yield UnitTrees(
                id=UnitId(
                    profile=inventory.profile.path,
                    package=package,
                    hash=hash_,
                    layout=LayoutKind.V2,
                ),
                fingerprint=tuple(fingerprint),
                build=tuple(
                    entry
                    for entry in tree
                    if not entry.path.startswith(below) and entry.path != top
                ),
                outputs=tuple(entry for entry in outputs if not entry.is_directory),
            )
        elif not fingerprint and parts.keys() <= _PARTS_OF_NEW and has_files(tree):
            yield Orphan(profile=inventory.profile, name=key, tree=tuple(tree))


def _empty_packages(inventory: ProfileInventory) -> Iterator[Orphan]:
    """Directories of v2's packages without a file in them: a sweep that was killed left them."""
    trees: dict[str, list[Entry]] = defaultdict(list)
    for key, tree in inventory.units.items():
        trees[key.partition("/")[0]] += tree
    for package, directory in inventory.packages.items():
        others = inventory.build_scripts[package][1:]
        if not others and not has_files(trees[package]):
            yield Orphan(profile=inventory.profile, name=package, tree=(directory, *trees[package]))


def has_files(tree: Iterable[Entry]) -> bool:
    """Whether anything but directories and locks is in a tree."""
    return any(
        entry.names > 1 or (not entry.is_directory and entry.name != ".lock") for entry in tree
    )
