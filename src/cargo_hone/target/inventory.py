"""What is on disk in a target directory, from one walk: files, their sizes and links, by kind."""

import os
from collections import defaultdict
from dataclasses import dataclass, field

from cargo_hone.target import surroundings
from cargo_hone.target.entry import Entry, allocated_bytes, walk
from cargo_hone.target.layout import UNIT_HASH, Layout, LayoutKind, ProfileDir
from cargo_hone.target.surroundings import Kind

__all__ = [
    "Entry",
    "Inventory",
    "Kind",
    "ProfileInventory",
    "Remainder",
    "allocated_bytes",
    "take_inventory",
]

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


@dataclass(slots=True, kw_only=True)
class ProfileInventory:
    """What one profile directory holds; each tree is a list of all that is in it, the directory first.

    `units` are those of layout v2, by `<package>/<hash>`, and `packages` the directories that hold them; all other
    trees are v1's, but for `incremental`, which both have. `artifacts` are the `deps/artifact/<package>-<hash>` of
    artifact dependencies. `final` and `examples` have final artifacts of both (v1's own examples too). `frame` are
    cargo's own directories, `stray` what lies where cargo puts nothing of the kind.
    """

    profile: ProfileDir
    fingerprints: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    build_scripts: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    incremental: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    artifacts: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    units: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    packages: dict[str, Entry] = field(default_factory=dict)
    deps: list[Entry] = field(default_factory=list)
    examples: list[Entry] = field(default_factory=list)
    final: list[Entry] = field(default_factory=list)
    frame: list[Entry] = field(default_factory=list)
    stray: list[Entry] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Remainder:
    """What belongs to no profile, summed up by name (`nextest`, `tmp`, …): a crate's documentation, tools, unknown.

    `size_bytes` are those of `entries` inodes with one name. Files with several are listed (`linked`): somebody
    else may hold their bytes.
    """

    size_bytes: int = 0
    entries: int = 0
    linked: list[Entry] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """All that a target directory holds; bytes are allocated ones, each inode counted once.

    `bytes_by_kind` gives an inode with several names to the kind that it was first met under; the walk meets
    `deps` and the like before the final artifacts that link to them. `documents` are the trees of rustdoc's output
    for one crate, by path; `rest` sums up what else is there, by kind and name.
    """

    total_bytes: int
    bytes_by_kind: tuple[tuple[Kind, int], ...]
    profiles: tuple[ProfileInventory, ...]
    documents: dict[str, list[Entry]] = field(default_factory=dict)
    rest: dict[tuple[Kind, str], Remainder] = field(default_factory=dict)


def take_inventory(layout: Layout) -> Inventory:
    """Walk the target directory once (and the build-dir, where that is split off).

    Raises PermissionError where a directory cannot be listed.
    """
    return _Walk(layout).taken()


class _Walk:
    """One walk: files each entry, and adds up the bytes; final artifacts last."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._profiles = {
            f"{profile.path}/": ProfileInventory(profile=profile) for profile in layout.profiles
        }
        self._finals = {
            f"{filed.profile.final_path}/": filed
            for filed in self._profiles.values()
            if filed.profile.final_path != filed.profile.path
        }
        places = (place for one in layout.profiles for place in (one.path, one.final_path))
        self._frame = {os.fspath(part) for place in places for part in (place, place.parent)}
        self._nested = tuple(os.fspath(path) + "/" for path in layout.nested)
        self._tops = sorted((os.fspath(root) + "/" for root in layout.roots), key=len, reverse=True)
        self._documents: dict[str, list[Entry]] = defaultdict(list)
        self._rest: dict[tuple[Kind, str], Remainder] = defaultdict(Remainder)
        self._sizes: dict[Kind, int] = dict.fromkeys(Kind, 0)
        self._seen: set[tuple[int, int]] = set()

    def taken(self) -> Inventory:
        late: list[tuple[Kind, Entry]] = []
        for entry in walk(self._layout):
            kind = self._file(entry)
            if kind is Kind.FINAL:
                late.append((kind, entry))
            else:
                self._count(kind, entry)
        for kind, entry in late:
            self._count(kind, entry)
        for filed in self._profiles.values():
            for tree in filed.units.values():
                self._recount(tree)
        return Inventory(
            total_bytes=sum(self._sizes.values()),
            bytes_by_kind=tuple(self._sizes.items()),
            profiles=tuple(self._profiles.values()),
            documents=self._documents,
            rest=self._rest,
        )

    def _file(self, entry: Entry) -> Kind:
        path = entry.path
        if path in self._frame:
            self._put_by(Kind.CARGO, "", entry)
            return Kind.CARGO
        for start, profile in self._profiles.items():
            if path.startswith(start):
                kind = _file(profile, entry, path[len(start) :].split("/"))
                if kind is Kind.OTHER:
                    self._put_by(kind, _named(start, path), entry)
                return kind
        for start, profile in self._finals.items():
            if path.startswith(start):
                kind = _file_final(profile, entry, path[len(start) :].split("/"))
                if kind is not Kind.FINAL:
                    self._put_by(kind, _named(start, path), entry)
                return kind
        if f"{path}/".startswith(self._nested):
            place = next(top for top in self._nested if f"{path}/".startswith(top))
            self._put_by(Kind.NESTED, place.rstrip("/").rpartition("/")[2], entry)
            return Kind.NESTED
        relative = next((path[len(top) :] for top in self._tops if path.startswith(top)), "")
        found = surroundings.of(relative)
        if found.document:
            top = path[: len(path) - len(relative)]
            self._documents[top + found.document].append(entry)
        else:
            self._put_by(found.kind, found.name, entry)
        return found.kind

    def _put_by(self, kind: Kind, name: str, entry: Entry) -> None:
        remainder = self._rest[kind, name]
        if entry.links > 1:
            remainder.linked.append(entry)
        else:
            remainder.entries += 1
            remainder.size_bytes += entry.allocated_bytes

    def _count(self, kind: Kind, entry: Entry) -> None:
        if entry.links > 1:
            if entry.identity in self._seen:
                return
            self._seen.add(entry.identity)
        self._sizes[kind] += entry.allocated_bytes

    def _recount(self, tree: list[Entry]) -> None:
        """A v2 unit with a `run` directory is the run of a build script, and its `out` what that wrote."""
        top = tree[0].path
        if any(entry.path == f"{top}/run" for entry in tree):
            moved = sum(
                entry.allocated_bytes
                for entry in tree
                if entry.links == 1 and not entry.path.startswith(f"{top}/fingerprint")
            )
            self._sizes[Kind.DEPS] -= moved
            self._sizes[Kind.BUILD_SCRIPTS] += moved


def _file(profile: ProfileInventory, entry: Entry, parts: list[str]) -> Kind:
    """Put an entry where it belongs in its profile's inventory."""
    kind = _KINDS.get(parts[0], Kind.OTHER)
    match kind, len(parts):
        case (_, 1):
            if kind is Kind.OTHER and not entry.is_directory:
                profile.final.append(entry)
                return Kind.FINAL
            if kind is not Kind.OTHER:
                profile.frame.append(entry)
        case (Kind.FINGERPRINTS, _):
            profile.fingerprints[parts[1]].append(entry)
        case (Kind.BUILD_SCRIPTS, _):
            return _file_build(profile, entry, parts)
        case (Kind.INCREMENTAL, _):
            profile.incremental[parts[1]].append(entry)
        case (Kind.DEPS, 2) if not entry.is_directory:
            profile.deps.append(entry)
        case (Kind.DEPS, count) if parts[1] == "artifact" and count > 2:
            profile.artifacts[parts[2]].append(entry)
        case (Kind.EXAMPLES, 2) if not entry.is_directory:
            profile.examples.append(entry)
        case _:
            if kind is not Kind.OTHER:
                profile.stray.append(entry)
    return kind


def _file_final(profile: ProfileInventory, entry: Entry, parts: list[str]) -> Kind:
    """Put an entry of a split target directory's profile where it belongs."""
    if entry.is_directory:
        return Kind.CARGO if parts == [Kind.EXAMPLES] else Kind.OTHER
    if len(parts) == 1:
        profile.final.append(entry)
        return Kind.FINAL
    if len(parts) == 2 and parts[0] == Kind.EXAMPLES:
        profile.examples.append(entry)
        return Kind.FINAL
    return Kind.OTHER


def _file_build(profile: ProfileInventory, entry: Entry, parts: list[str]) -> Kind:
    """`build/<package>-<hash>` of v1, or `build/<package>/<hash>` of v2."""
    is_new = profile.profile.kind in {LayoutKind.V2, LayoutKind.MIXED}
    if is_new and len(parts) > 2 and UNIT_HASH.fullmatch(parts[2]):
        profile.units[f"{parts[1]}/{parts[2]}"].append(entry)
        return Kind.FINGERPRINTS if parts[3:4] == ["fingerprint"] else Kind.DEPS
    if is_new and len(parts) == 2 and entry.is_directory:
        profile.packages[parts[1]] = entry
    profile.build_scripts[parts[1]].append(entry)
    return Kind.BUILD_SCRIPTS


def _named(start: str, path: str) -> str:
    """`debug/NAME` for what is in NAME in the profile directory `start` (which ends in a slash)."""
    return f"{start[:-1].rpartition('/')[2]}/{path[len(start) :].partition('/')[0]}"
