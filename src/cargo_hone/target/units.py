"""Units: one compilation (or build-script run) each, with everything on disk that belongs to it."""

import re
from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from cargo_hone.target.fingerprint import Fingerprint, Unreadable, read_fingerprint
from cargo_hone.target.inventory import Entry, Inventory, ProfileInventory
from cargo_hone.target.layout import ProfileDir
from cargo_hone.target.origin import LOCAL, Origin, read_origin

_DIRECTORY = re.compile(r"(?P<package>.+)-(?P<hash>[0-9a-f]{16})")
_OUTPUT = re.compile(r"(?P<stem>[^.]+)-(?P<hash>[0-9a-f]{16})(?P<rest>\..*)?")


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
    """dylib, cdylib and wasm outputs carry no hash, so all generations share them: they belong to nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitId:
    """A unit's directory: hashes are unique in one profile directory, and so is this."""

    profile: Path
    package: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One unit. Times are nanoseconds since the epoch.

    `born_ns` is when the unit was first compiled (its directory's mtime: cargo rewrites the files in place),
    `started_ns` and `ended_ns` are those of its last compilation. `outputs` lie in deps/ or examples/ (for a
    build script in its build directory, which `build_tree` lists completely).
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
    def label(self) -> str:
        """For people: package, target, mode, hash."""
        return f"{self.id.package} {self.kind} {self.target_name} ({self.mode}) {self.id.hash}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Orphan:
    """Files with a unit's hash in their name, and no fingerprint: cargo can never use them again."""

    profile: ProfileDir
    name: str
    tree: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """All units of a target directory, and what was left without one."""

    units: tuple[Unit, ...]
    orphans: tuple[Orphan, ...]


def read_units(inventory: Inventory) -> Units:
    """Read every fingerprint. Raises OSError where a listed file cannot be read."""
    units: list[Unit] = []
    orphans: list[Orphan] = []
    for profile in inventory.profiles:
        found, left = _read_profile(profile)
        units += found
        orphans += left
    return Units(units=tuple(units), orphans=tuple(orphans))


def _read_profile(inventory: ProfileInventory) -> tuple[list[Unit], list[Orphan]]:
    outputs: dict[str, list[Entry]] = defaultdict(list)
    for entry in (*inventory.deps, *inventory.examples):
        match = _OUTPUT.fullmatch(entry.name)
        if match is not None:
            outputs[match["hash"]].append(entry)
    units: list[Unit] = []
    hashes: set[str] = set()
    for name, tree in inventory.fingerprints.items():
        match = _DIRECTORY.fullmatch(name)
        if match is None or not tree[0].is_directory:
            continue
        hashes.add(match["hash"])
        unit_id = UnitId(
            profile=inventory.profile.path, package=match["package"], hash=match["hash"]
        )
        build = tuple(inventory.build_scripts.get(name, ()))
        units.append(_unit(unit_id, tuple(tree), build, tuple(outputs.get(match["hash"], ()))))
    left = {name: tuple(found) for name, found in outputs.items()}
    orphans = [
        Orphan(profile=inventory.profile, name=min(entry.name for entry in tree), tree=tree)
        for hash_, tree in left.items()
        if hash_ not in hashes
    ]
    for name, found in inventory.build_scripts.items():
        match = _DIRECTORY.fullmatch(name)
        if match is not None and match["hash"] not in hashes and found[0].is_directory:
            orphans.append(Orphan(profile=inventory.profile, name=name, tree=tuple(found)))
    return units, orphans


def _unit(
    unit_id: UnitId, tree: tuple[Entry, ...], build: tuple[Entry, ...], outputs: tuple[Entry, ...]
) -> Unit:
    directory = Path(tree[0].path)
    times = {entry.name: entry.mtime_ns for entry in tree[1:]}
    fingerprint = read_fingerprint(directory, tuple(times))
    name = fingerprint.name if isinstance(fingerprint, Fingerprint) else ""
    kind, target_name, mode = _parsed_name(name)
    if kind is TargetKind.BUILD_SCRIPT:
        directory_prefix = f"{build[0].path}/" if build else ""
        named = (e for e in build if e.path.removeprefix(directory_prefix).count("/") == 0)
        outputs = (
            *outputs,
            *(e for e in named if mode is Mode.BUILD and _OUTPUT.fullmatch(e.name)),
        )
    elif mode in {Mode.BUILD, Mode.TEST}:
        mode = _mode_of(outputs, mode, known=bool(name))
    ended_ns = times.get(f"{name}.json", tree[0].mtime_ns)
    return Unit(
        id=unit_id,
        kind=kind,
        target_name=target_name,
        mode=mode,
        fingerprint=fingerprint,
        origin=_origin(outputs, unit_id),
        born_ns=min(tree[0].mtime_ns, ended_ns),
        started_ns=min(times.get("invoked.timestamp", ended_ns), ended_ns),
        ended_ns=ended_ns,
        fingerprint_tree=tree,
        build_tree=build,
        outputs=outputs,
    )


def _parsed_name(name: str) -> tuple[TargetKind, str, Mode]:
    """Split `test-integration-test-foo` and the like (cargo 1.95, `fingerprint::fingerprint_filename`)."""
    mode = Mode.BUILD
    for prefix, meaning in (("test-", Mode.TEST), ("doc-", Mode.DOC), ("run-", Mode.RUN)):
        if name.startswith(prefix):
            mode, name = meaning, name.removeprefix(prefix)
            break
    for kind in TargetKind:
        if name.startswith(f"{kind}-"):
            return kind, name.removeprefix(f"{kind}-"), mode
    return TargetKind.UNKNOWN, name, mode


def _mode_of(outputs: tuple[Entry, ...], mode: Mode, *, known: bool) -> Mode:
    endings = {(match["rest"] or "") for e in outputs if (match := _OUTPUT.fullmatch(e.name))}
    if endings - {".d", ".rmeta"}:
        return mode
    if ".rmeta" in endings:
        return Mode.CHECK if mode is Mode.BUILD else Mode.CHECK_TEST
    return Mode.NO_HASH if known else mode


def _origin(outputs: tuple[Entry, ...], unit_id: UnitId) -> Origin:
    for entry in outputs:
        if entry.name.endswith(f"-{unit_id.hash}.d"):
            return read_origin(Path(entry.path), package=unit_id.package)
    return LOCAL
