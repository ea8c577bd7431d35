"""rustc's incremental sessions: `incremental/<crate>-<hash>/s-<time>-<random>[-<fingerprint>|-working]`.

The directory's hash is rustc's, not cargo's. A session belongs to the unit of that crate name that holds one
of its files (a library's `metadata.rmeta` is the inode of its `.rmeta`), or whose last compilation, from
`invoked.timestamp` to the fingerprint's JSON, holds the session's time (base-36 microseconds in its name).
"""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cargo_hone.target.inventory import Entry, ProfileInventory
from cargo_hone.target.units import Mode, TargetKind, Unit, UnitId

_CRATE = re.compile(r"(?P<crate>.+)-[0-9a-z]+")
_SESSION = re.compile(r"s-(?P<time>[0-9a-z]+)-[0-9a-z]+(-(?P<state>working|[0-9a-z]+))?(\.lock)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One session directory with all that is in it, or its lock file (`is_lock`)."""

    name: str
    time_ns: int
    is_lock: bool
    is_finished: bool
    tree: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IncrementalDir:
    """One `incremental/<crate>-<hash>`: its sessions, and the units that it may belong to (none: unknown).

    `superseded` are what the newest finished session has replaced; rustc keeps one of them on purpose, as the
    base of the newest, and never reads it again.
    """

    path: str
    owners: frozenset[UnitId]
    sessions: tuple[Session, ...]
    superseded: tuple[Session, ...]
    tree: tuple[Entry, ...]


def read_incremental(
    inventory: ProfileInventory, units: Iterable[Unit]
) -> tuple[IncrementalDir, ...]:
    """Read the incremental directories of one profile; what does not look like rustc's is left out."""
    by_crate: dict[str, list[Unit]] = defaultdict(list)
    by_file: dict[tuple[int, int], Unit] = {}
    for unit in units:
        if unit.id.profile != inventory.profile.path:
            continue
        by_crate[crate_of(unit)].append(unit)
        for entry in unit.outputs:
            if entry.links > 1:
                by_file[entry.identity] = unit
    crates: dict[str, _Crate] = {}
    found: list[IncrementalDir] = []
    for name, tree in inventory.incremental.items():
        match = _CRATE.fullmatch(name)
        if match is not None and tree[0].is_directory:
            crate = match["crate"]
            if crate not in crates:
                crates[crate] = _Crate(by_crate[crate])
            directory = _directory(tuple(tree), crates[crate], by_file)
            if directory is not None:
                found.append(directory)
    return tuple(found)


def crate_of(unit: Unit) -> str:
    """Return the crate's name in the name of its incremental directory."""
    if unit.kind is TargetKind.BUILD_SCRIPT and unit.mode is Mode.BUILD:
        return "build_script_" + unit.crate_name.removeprefix("build_script_")
    return unit.crate_name


class _Crate:
    """The units of one crate name, in the order in which their last compilations started."""

    def __init__(self, units: Iterable[Unit]) -> None:
        self._units = sorted(units, key=lambda unit: unit.started_ns)
        self._starts_ns = [unit.started_ns for unit in self._units]
        self._longest_ns = max((unit.ended_ns - unit.started_ns for unit in self._units), default=0)
        self._ids = frozenset(unit.id for unit in self._units)

    def __contains__(self, unit: Unit) -> bool:
        return unit.id in self._ids

    def compiled_at(self, time_ns: int) -> frozenset[UnitId]:
        """Return the units whose last compilation holds that moment."""
        first = bisect_left(self._starts_ns, time_ns - self._longest_ns)
        last = bisect_right(self._starts_ns, time_ns)
        return frozenset(unit.id for unit in self._units[first:last] if time_ns <= unit.ended_ns)


def _directory(
    tree: tuple[Entry, ...], crate: _Crate, by_file: Mapping[tuple[int, int], Unit]
) -> IncrementalDir | None:
    """Read one; None where anything in it is no session of rustc's: it is somebody else's then."""
    path = tree[0].path
    parts: dict[str, list[Entry]] = defaultdict(list)
    for entry in tree[1:]:
        parts[entry.path[len(path) + 1 :].split("/", 1)[0]].append(entry)
    sessions: list[Session] = []
    for name, inside in parts.items():
        match = _SESSION.fullmatch(name)
        if match is None:
            return None
        sessions.append(
            Session(
                name=name,
                time_ns=int(match["time"], 36) * 1000,
                is_lock=name.endswith(".lock"),
                is_finished=match["state"] not in {None, "working"},
                tree=tuple(inside),
            )
        )
    if not sessions:
        return None
    newest = max((s for s in sessions if s.is_finished), key=lambda s: s.time_ns, default=None)
    if newest is None:
        return IncrementalDir(
            path=path, owners=frozenset(), sessions=tuple(sessions), superseded=(), tree=tree
        )
    return IncrementalDir(
        path=path,
        owners=_owners(newest, crate, by_file),
        sessions=tuple(sessions),
        superseded=tuple(s for s in sessions if s.time_ns < newest.time_ns),
        tree=tree,
    )


def _owners(
    session: Session, crate: _Crate, by_file: Mapping[tuple[int, int], Unit]
) -> frozenset[UnitId]:
    for entry in session.tree:
        unit = by_file.get(entry.identity)
        if unit is not None and unit in crate:
            return frozenset({unit.id})
    # Several units of one crate name may have been compiled at that moment: it could be any of theirs.
    return crate.compiled_at(session.time_ns)
