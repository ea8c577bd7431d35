"""Where the space is: every byte of a target directory given to one owner, per package and kind."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from cargo_hone.target.inventory import Entry, Kind, ProfileInventory
from cargo_hone.target.state import TargetState
from cargo_hone.target.unit_trees import has_files
from cargo_hone.target.units import Mode, TargetKind, Unit, UnitId


class ShareKind(StrEnum):
    """What bytes are spent on, for people."""

    LIBRARIES = "compiled"
    """What rustc made of it for other crates or to be run, and cargo's notes of it."""
    CHECKED = "checked"
    """The same without machine code: `cargo check`, clippy, rust-analyzer."""
    TESTS = "tests"
    BUILD_SCRIPTS = "build scripts"
    """The scripts themselves, and what they wrote."""
    INCREMENTAL = "incremental"
    FINAL = "final artifacts"
    """Only bytes that no unit has: final names are mostly hard links to a unit's file."""
    LEFTOVERS = "leftovers"
    """What has a unit's hash in its name, and no fingerprint."""
    DOCS = "documentation"
    NESTED = "nested target directories"
    TOOLING = "directories of tools"
    FRAME = "cargo's own directories"
    UNKNOWN = "unknown"
    """Never deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Allocated bytes of one package (or crate, tool, directory: `name`; "" where nobody's) and kind.

    `entries` are names on disk; a name whose inode was counted before adds no bytes.
    """

    name: str
    kind: ShareKind
    size_bytes: int
    entries: int


def attribute(state: TargetState) -> tuple[Share, ...]:
    """Share out the whole target directory, the most bytes first; the sum is what it takes on disk.

    An inode with several names goes to the first owner in this order: units, incremental state, final artifacts,
    leftovers, all else.
    """
    book = _Book()
    for unit in state.units.units:
        trees = (*unit.fingerprint_tree, *unit.outputs, *unit.build_tree)
        book.put(unit.id.package, _kind(unit), trees)
    owners = {unit.id: unit for unit in state.units.units}
    for directory in state.incremental:
        book.put(_owner(directory.owners, owners), ShareKind.INCREMENTAL, directory.tree)
    for profile in state.inventory.profiles:
        _put_rest_of_profile(book, profile)
    for orphan in state.units.orphans:
        book.put("", ShareKind.LEFTOVERS, orphan.tree)
    for profile in state.inventory.profiles:
        _put_unowned(book, profile)
    for path, tree in state.inventory.documents.items():
        name = path.rpartition("/")[2] if tree[0].is_directory else ""
        book.put(name, ShareKind.DOCS, tree)
    for (kind, name), remainder in state.inventory.rest.items():
        share = _REST.get(kind, ShareKind.UNKNOWN)
        book.put(name, share, remainder.linked)
        book.add(name, share, size_bytes=remainder.size_bytes, entries=remainder.entries)
    return book.shares()


_REST = {
    Kind.DOCS: ShareKind.DOCS,
    Kind.NESTED: ShareKind.NESTED,
    Kind.TOOLING: ShareKind.TOOLING,
    Kind.CARGO: ShareKind.FRAME,
}


class _Book:
    """What has been given to whom; each path once, each inode's bytes once."""

    def __init__(self) -> None:
        self._paths: set[str] = set()
        self._inodes: set[tuple[int, int]] = set()
        self._sums: dict[tuple[str, ShareKind], tuple[int, int]] = defaultdict(lambda: (0, 0))

    def put(self, name: str, kind: ShareKind, entries: Iterable[Entry]) -> None:
        paths = self._paths
        size_bytes = names = 0
        for entry in entries:
            path = entry.path
            if path in paths:
                continue
            paths.add(path)
            names += entry.names
            if entry.links > 1:
                if entry.identity in self._inodes:
                    continue
                self._inodes.add(entry.identity)
            size_bytes += entry.allocated_bytes
        if names:
            self.add(name, kind, size_bytes=size_bytes, entries=names)

    def left(self, entries: Iterable[Entry]) -> list[Entry]:
        """Return those that have been given to nobody."""
        return [entry for entry in entries if entry.path not in self._paths]

    def add(self, name: str, kind: ShareKind, *, size_bytes: int, entries: int) -> None:
        known_bytes, known_entries = self._sums[name, kind]
        self._sums[name, kind] = (known_bytes + size_bytes, known_entries + entries)

    def shares(self) -> tuple[Share, ...]:
        return tuple(
            Share(name=name, kind=kind, size_bytes=size_bytes, entries=entries)
            for (name, kind), (size_bytes, entries) in sorted(
                self._sums.items(), key=lambda item: (-item[1][0], item[0])
            )
            if entries
        )


def _kind(unit: Unit) -> ShareKind:
    if unit.kind is TargetKind.BUILD_SCRIPT:
        return ShareKind.BUILD_SCRIPTS
    match unit.mode:
        case Mode.BUILD | Mode.NO_HASH:
            return ShareKind.LIBRARIES
        case Mode.CHECK | Mode.CHECK_TEST:
            return ShareKind.CHECKED
        case Mode.TEST:
            return ShareKind.TESTS
        case Mode.RUN:
            return ShareKind.BUILD_SCRIPTS
        case Mode.DOC:
            return ShareKind.DOCS


def _owner(owners: frozenset[UnitId], units: dict[UnitId, Unit]) -> str:
    packages = {units[owner].id.package for owner in owners if owner in units}
    return packages.pop() if len(packages) == 1 else ""


def _put_rest_of_profile(book: _Book, profile: ProfileInventory) -> None:
    book.put("", ShareKind.FRAME, profile.frame)
    book.put("", ShareKind.FRAME, profile.packages.values())
    for name, tree in profile.incremental.items():
        is_crate = tree[0].is_directory and "-" in name
        book.put("", ShareKind.INCREMENTAL if is_crate else ShareKind.UNKNOWN, tree)
    book.put("", ShareKind.FINAL, (e for e in profile.final if not e.name.startswith(".cargo-")))
    book.put("", ShareKind.FRAME, profile.final)
    if profile.profile.final_path != profile.profile.path:
        book.put("", ShareKind.FINAL, profile.examples)


def _put_unowned(book: _Book, profile: ProfileInventory) -> None:
    # Outputs of v1 without a hash in their name (a cdylib) are some unit's, nobody knows whose.
    deps = book.left(profile.deps)
    book.put("", ShareKind.FINAL, (e for e in deps if e.name.startswith("lib")))
    book.put("", ShareKind.FINAL, profile.examples)
    for tree in profile.units.values():
        if not has_files(tree):
            book.put("", ShareKind.FRAME, tree)
    for trees in (
        profile.fingerprints.values(),
        profile.build_scripts.values(),
        profile.artifacts.values(),
        profile.units.values(),
        (deps, profile.stray),
    ):
        for tree in trees:
            book.put("", ShareKind.UNKNOWN, tree)
