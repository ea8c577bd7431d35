"""What is on disk in a target directory, from one walk: files, their sizes and links, by kind."""

import contextlib
import os
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from cargo_hone.target import surroundings
from cargo_hone.target.divided import Divided, Task
from cargo_hone.target.entry import Entry, InUse, allocated_bytes, entry_of
from cargo_hone.target.filing import (
    EACH_BY_ITS_PATH,
    Place,
    ProfileInventory,
    Remainder,
    bytes_of_run,
    file_final,
    file_in_profile,
    named,
    place_in_profile,
)
from cargo_hone.target.fingerprint import Fingerprint, Unreadable, read_fingerprint
from cargo_hone.target.layout import Layout
from cargo_hone.target.listing import Detail, Found, Lister
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """All that a target directory holds; bytes are allocated ones, each inode counted once.

    `bytes_by_kind` gives an inode with several names to the kind that it was first met under; the walk meets
    `deps` and the like before the final artifacts that link to them. `documents` are the trees of rustdoc's output
    for one crate, by path; `rest` sums up what else is there, by kind and name; `prints` are fingerprints that were
    read on the way, by their directory.
    """

    total_bytes: int
    bytes_by_kind: tuple[tuple[Kind, int], ...]
    profiles: tuple[ProfileInventory, ...]
    documents: dict[str, list[Entry]] = field(default_factory=dict)
    rest: dict[tuple[Kind, str], Remainder] = field(default_factory=dict)
    prints: dict[str, Fingerprint | Unreadable] = field(default_factory=dict)


def take_inventory(layout: Layout, *, in_use: InUse | None = None) -> Inventory:
    """Walk the target directory once (and the build-dir, where that is split off).

    With `in_use` what never matters by itself is summed up (`Entry.names`): files with one link that no process
    holds, in incremental sessions, in what build scripts wrote and in documentation, and objects of codegen units.
    Raises PermissionError where a directory cannot be listed.
    """
    return _Walk(layout, in_use).taken()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Directory:
    """One that is to be listed, and where in the tree that it belongs to its own entry is (-1: not known)."""

    path: str
    place: Place
    index: int


class _Walk:
    """One walk: files each entry, and adds up the bytes; final artifacts last."""

    def __init__(self, layout: Layout, in_use: InUse | None) -> None:
        self._layout = layout
        self._sums_up = in_use is not None
        self._lister = Lister(in_use or InUse(identities=frozenset(), paths=frozenset()))
        self._pending: list[tuple[Entry, int]] = []
        self._late: list[Entry] = []
        self._profiles = {
            f"{profile.path}/": ProfileInventory(profile=profile) for profile in layout.profiles
        }
        self._finals = {
            f"{filed.profile.final_path}/": filed
            for filed in self._profiles.values()
            if filed.profile.final_path != filed.profile.path
        }
        places = [place for one in layout.profiles for place in (one.path, one.final_path)]
        self._frame = {os.fspath(part) for place in places for part in (place, place.parent)}
        self._above = {os.fspath(part) for place in places for part in (place, *place.parents)}
        self._nested = tuple(f"{path}/" for path in layout.nested)
        self._tops = sorted((os.fspath(root) + "/" for root in layout.roots), key=len, reverse=True)
        self._documents: dict[str, list[Entry]] = defaultdict(list)
        self._rest: dict[tuple[Kind, str], Remainder] = defaultdict(Remainder)
        self._prints: dict[str, Fingerprint | Unreadable] = {}
        self._sizes: dict[Kind, int] = dict.fromkeys(Kind, 0)
        self._seen: set[tuple[int, int]] = set()

    def taken(self) -> Inventory:
        roots = self._layout.roots
        for root in roots:
            if not any(other in root.parents for other in roots):
                # (Of two roots one may lie in the other.)
                entry = entry_of(os.fspath(root), root.lstat(), {}, is_directory=True)
                self._put(entry)
                self._pending.append((entry, -1))
                self._descend()
        for entry in self._late:
            self._count(Kind.FINAL, entry)
        for filed in self._profiles.values():
            for tree in filed.units.values():
                moved = bytes_of_run(tree)
                self._sizes[Kind.DEPS] -= moved
                self._sizes[Kind.BUILD_SCRIPTS] += moved
        return Inventory(
            total_bytes=sum(self._sizes.values()),
            bytes_by_kind=tuple(self._sizes.items()),
            profiles=tuple(self._profiles.values()),
            documents=self._documents,
            rest=self._rest,
            prints=self._prints,
        )

    def _descend(self) -> None:
        """File all that is below what is pending, each directory before what is in it.

        What may be summed up comes after all else: it may be done by other processes, and an inode with several names
        is met where it matters first.
        """
        while self._pending:
            asked: dict[str, _Directory] = {}
            with Divided(self._lister) as divided:
                while self._pending:
                    entry, index = self._pending.pop()
                    one = _Directory(path=entry.path, place=self._place(entry.path), index=index)
                    if self._is_each(one):
                        self._keep(one, self._lister.found(one.path, Detail.EACH).entries)
                    else:
                        asked[one.path] = one
                        divided.add(Task(one.path, one.place.detail, entry.allocated_bytes))
                found: dict[str, Found] = {}
                for task, what in divided.found():
                    found[task.directory] = what
                    if task.detail is Detail.WITH_NOTES:
                        # While the others end.
                        self._read(task.directory, what)
            # In the same order each time, fingerprints and objects first.
            for one in sorted(asked.values(), key=lambda one: one.place.detail is Detail.SUMMED):
                what = found.pop(one.path)
                self._keep(one, what.entries)
                if one.place.detail is Detail.SUMMED:
                    self._add_sum(one, what)

    def _read(self, directory: str, found: Found) -> None:
        # (Where directories lie in it, more belongs to it than was found.)
        if not any(entry.is_directory for entry in found.entries):
            names = [entry.name for entry in found.entries]
            # Whoever needs one that cannot be read will see why.
            with contextlib.suppress(OSError):
                self._prints[directory] = read_fingerprint(directory, names, found.texts)

    def _is_each(self, one: _Directory) -> bool:
        place = one.place
        if not self._sums_up or place.detail is Detail.EACH:
            return True
        # (In a tree the sum is the directory's own entry's.)
        return place.detail is Detail.SUMMED and place.tree is not None and one.index < 0

    def _keep(self, directory: _Directory, entries: Iterable[Entry]) -> None:
        place = directory.place
        tree, remainder, kind = place.tree, place.remainder, place.kind
        for entry in entries:
            is_by_path = (tree is None and remainder is None) or (
                entry.is_directory and place.is_flat
            )
            if entry.is_directory:
                index = -1 if tree is None or is_by_path else len(tree)
                self._pending.append((entry, index))
            if is_by_path:
                self._put(entry)
                continue
            if tree is not None:
                tree.append(entry)
            elif remainder is not None:
                remainder.add(entry)
            self._count(kind, entry)

    def _add_sum(self, directory: _Directory, found: Found) -> None:
        place = directory.place
        self._sizes[place.kind] += found.size_bytes
        if place.remainder is not None:
            place.remainder.entries += found.names
            place.remainder.size_bytes += found.size_bytes
        elif place.tree is not None:
            tree, index = place.tree, directory.index
            both_bytes = tree[index].allocated_bytes + found.size_bytes
            tree[index] = tree[index]._replace(allocated_bytes=both_bytes, names=1 + found.names)

    def _put(self, entry: Entry) -> None:
        kind = self._file(entry)
        if kind is Kind.FINAL:
            self._late.append(entry)
        else:
            self._count(kind, entry)

    def _place(self, directory: str) -> Place:
        """Say where all goes that is in a directory: what `_file` would say of each, found out once."""
        start = f"{directory}/"
        if directory in self._above:
            return EACH_BY_ITS_PATH
        for top, profile in self._profiles.items():
            if start.startswith(top):
                return place_in_profile(profile, directory[len(top) :].split("/"))
        if start.startswith(tuple(self._finals)):
            return EACH_BY_ITS_PATH
        if start.startswith(self._nested):
            name = next(top for top in self._nested if start.startswith(top))
            key = (Kind.NESTED, name.rstrip("/").rpartition("/")[2])
            return Place(kind=key[0], remainder=self._rest[key], detail=Detail.SUMMED)
        top = next((top for top in self._tops if start.startswith(top)), start)
        found = surroundings.of(directory[len(top) :])
        if found.document:
            is_inside = len(directory) > len(top) + len(found.document)
            return Place(
                kind=found.kind,
                tree=self._documents[top + found.document],
                detail=Detail.SUMMED if is_inside else Detail.EACH,
            )
        if found.kind is Kind.TOOLING:
            remainder = self._rest[found.kind, found.name]
            return Place(kind=found.kind, remainder=remainder, detail=Detail.SUMMED)
        return EACH_BY_ITS_PATH

    def _file(self, entry: Entry) -> Kind:
        path = entry.path
        if path in self._frame:
            self._put_by(Kind.CARGO, "", entry)
            return Kind.CARGO
        for start, profile in self._profiles.items():
            if path.startswith(start):
                kind = file_in_profile(profile, entry, path[len(start) :].split("/"))
                if kind is Kind.OTHER:
                    self._put_by(kind, named(start, path), entry)
                return kind
        for start, profile in self._finals.items():
            if path.startswith(start):
                kind = file_final(profile, entry, path[len(start) :].split("/"))
                if kind is not Kind.FINAL:
                    self._put_by(kind, named(start, path), entry)
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
        self._rest[kind, name].add(entry)

    def _count(self, kind: Kind, entry: Entry) -> None:
        if entry.links > 1:
            if entry.identity in self._seen:
                return
            self._seen.add(entry.identity)
        self._sizes[kind] += entry.allocated_bytes
