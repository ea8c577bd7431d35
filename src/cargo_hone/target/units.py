"""Units: one compilation (or build-script run) each, with everything on disk that belongs to it."""

from dataclasses import dataclass
from enum import StrEnum

from cargo_hone.target.fingerprint import Fingerprint, Unreadable, read_fingerprint
from cargo_hone.target.inventory import Entry, Inventory
from cargo_hone.target.layout import LayoutKind
from cargo_hone.target.origin import LOCAL, Origin, read_origin
from cargo_hone.target.unit_trees import Orphan, UnitId, UnitTrees, ending, is_hashed, unit_trees

__all__ = [
    "Mode",
    "Orphan",
    "TargetKind",
    "Unit",
    "UnitId",
    "Units",
    "parsed_name",
    "read_units",
    "with_fingerprint",
]


class TargetKind(StrEnum):
    """What cargo calls the target in a fingerprint's file name."""

    LIB = "lib"
    BIN = "bin"
    EXAMPLE = "example"
    TEST = "integration-test"
    BENCH = "bench"
    BUILD_SCRIPT = "build-script"
    UNKNOWN = "unknown"


class Mode(StrEnum):
    """What was made of it. Cargo's name for the mode is in no file, so outputs decide between the first two."""

    BUILD = "build"
    CHECK = "check"
    TEST = "test"
    CHECK_TEST = "check-test"
    RUN = "run"
    DOC = "doc"
    NO_HASH = "outputs without a hash"
    """v1's dylib, cdylib and wasm outputs carry no hash, so all generations share them: they belong to nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One unit. Times are nanoseconds since the epoch.

    `born_ns` is when the unit was first compiled (its directory's mtime: cargo rewrites the files in place),
    `started_ns` and `ended_ns` are those of its last compilation. `build_tree` is a directory that is this unit's
    alone, but for `fingerprint_tree`: v2 has one for each unit, v1 for a build script. `outputs` lie in it, or in
    v1's deps/ or examples/.
    """

    id: UnitId
    kind: TargetKind
    target_name: str
    mode: Mode
    fingerprint: Fingerprint | Unreadable
    origin: Origin
    born_ns: int
    started_ns: int
    ended_ns: int
    fingerprint_tree: tuple[Entry, ...]
    build_tree: tuple[Entry, ...]
    outputs: tuple[Entry, ...]

    @property
    def crate_name(self) -> str:
        """The target's name as rustc knows it."""
        return self.target_name.replace("-", "_")

    @property
    def documented(self) -> frozenset[str]:
        """The crates whose documentation this is: cargo makes one unit's directory for all targets of a package."""
        if self.mode is not Mode.DOC:
            return frozenset()
        names = (
            e.name.removesuffix(".json") for e in self.fingerprint_tree if e.name[-5:] == ".json"
        )
        return frozenset(parsed_name(name)[1].replace("-", "_") for name in names)

    @property
    def label(self) -> str:
        """For people: package, target, mode, hash."""
        return f"{self.id.package} {self.kind} {self.target_name} ({self.mode}) {self.id.hash}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """All units of a target directory, and what was left without one."""

    units: tuple[Unit, ...]
    orphans: tuple[Orphan, ...]


def read_units(inventory: Inventory) -> Units:
    """Read every fingerprint that the inventory did not. Raises OSError where a listed file cannot be read."""
    units: list[Unit] = []
    orphans: list[Orphan] = []
    for profile in inventory.profiles:
        found, left = unit_trees(profile)
        prints = inventory.prints
        units += [_unit(trees, prints.get(trees.fingerprint[0].path)) for trees in found]
        orphans += left
    return Units(units=tuple(units), orphans=tuple(orphans))


def with_fingerprint(unit: Unit, tree: tuple[Entry, ...]) -> Unit:
    """Read a unit again as if `tree` were all of its fingerprint directory. Raises OSError as the system says."""
    trees = UnitTrees(id=unit.id, fingerprint=tree, build=unit.build_tree, outputs=unit.outputs)
    return _unit(trees, None)


def _unit(trees: UnitTrees, fingerprint: Fingerprint | Unreadable | None) -> Unit:
    tree = trees.fingerprint
    times = {entry.name: entry.mtime_ns for entry in tree[1:]}
    if fingerprint is None:
        fingerprint = read_fingerprint(tree[0].path, tuple(times))
    name = fingerprint.name if isinstance(fingerprint, Fingerprint) else ""
    kind, target_name, mode = parsed_name(name)
    outputs = _outputs(trees, kind, mode)
    if kind is not TargetKind.BUILD_SCRIPT and mode in _COMPILED:
        is_nameless = bool(name) and trees.id.layout is LayoutKind.V1
        mode = _mode_of(outputs, mode, is_nameless=is_nameless)
    ends_ns = [time_ns for file, time_ns in times.items() if name and file.endswith(".json")]
    ended_ns = max(ends_ns, default=tree[0].mtime_ns)
    return Unit(
        id=trees.id,
        kind=kind,
        target_name=target_name,
        mode=mode,
        fingerprint=fingerprint,
        origin=_origin(outputs, trees.id),
        born_ns=min(tree[0].mtime_ns, ended_ns),
        started_ns=min(times.get("invoked.timestamp", ended_ns), ended_ns),
        ended_ns=ended_ns,
        fingerprint_tree=tree,
        build_tree=trees.build,
        outputs=outputs,
    )


def _outputs(trees: UnitTrees, kind: TargetKind, mode: Mode) -> tuple[Entry, ...]:
    if mode is Mode.RUN:
        return ()  # What a build script writes is nobody's program.
    if kind is TargetKind.BUILD_SCRIPT and trees.id.layout is LayoutKind.V1 and trees.build:
        depth = trees.build[0].path.count("/") + 1
        inside = (entry for entry in trees.build[1:] if entry.path.count("/") == depth)
        return (*trees.outputs, *(entry for entry in inside if is_hashed(entry.name)))
    return trees.outputs


_MODES = {"test-": Mode.TEST, "doc-": Mode.DOC, "run-": Mode.RUN}
_COMPILED = frozenset({Mode.BUILD, Mode.TEST})
_KINDS = {f"{kind}-": kind for kind in TargetKind}


def parsed_name(name: str) -> tuple[TargetKind, str, Mode]:
    """Split `test-integration-test-foo` and the like (cargo 1.95, `fingerprint::fingerprint_filename`)."""
    mode = Mode.BUILD
    for prefix, meaning in _MODES.items():
        if name.startswith(prefix):
            mode, name = meaning, name.removeprefix(prefix)
            break
    for prefix, kind in _KINDS.items():
        if name.startswith(prefix):
            return kind, name.removeprefix(prefix), mode
    return TargetKind.UNKNOWN, name, mode


def _mode_of(outputs: tuple[Entry, ...], mode: Mode, *, is_nameless: bool) -> Mode:
    has_metadata = False
    for entry in outputs:
        match ending(entry.name):
            case ".rmeta":
                has_metadata = True
            case ".d":
                pass
            case _:
                return mode
    if has_metadata:
        return Mode.CHECK if mode is Mode.BUILD else Mode.CHECK_TEST
    return Mode.NO_HASH if is_nameless else mode


def _origin(outputs: tuple[Entry, ...], unit_id: UnitId) -> Origin:
    notes = ".d" if unit_id.layout is LayoutKind.V2 else f"-{unit_id.hash}.d"
    for entry in outputs:
        if entry.path.endswith(notes):
            return read_origin(entry.path, package=unit_id.package)
    return LOCAL
