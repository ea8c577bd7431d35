"""Which files of a target directory are worth keeping: those of units that are not dead, and what goes with them."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from cargo_hone.target.inventory import Entry
from cargo_hone.target.layout import LOCK_NAMES
from cargo_hone.target.liveness import Judgement, Mark
from cargo_hone.target.state import TargetState
from cargo_hone.target.units import Unit, UnitId

_ROOT_FILES = ("CACHEDIR.TAG", ".rustc_info.json")
_SESSION_REWRITTEN = ("metadata.rmeta", "thin-lto-past-keys.bin")


# A tuple, as entries are: there are tens of thousands.
class Kept(NamedTuple):
    """One name to keep. `owner` is the unit that cannot be used without it, None for what cargo makes again.

    `linkable`: whoever writes it replaces it, so that it may be one inode in several target directories.
    """

    path: str
    owner: UnitId | None
    linkable: bool = False


def live_part(
    state: TargetState, judgement: Judgement
) -> tuple[tuple[Unit, ...], tuple[Kept, ...]]:
    """Return the units that are not dead, and all names of theirs; a name stands once, under its first owner."""
    units = tuple(
        unit
        for unit_id, unit in state.graph.units.items()
        if judgement.marks.get(unit_id) is not Mark.DEAD
    )
    kept: dict[str, Kept] = {}
    for one in _names(state, units):
        kept.setdefault(one.path, one)
    return units, tuple(kept.values())


def _names(state: TargetState, units: tuple[Unit, ...]) -> Iterator[Kept]:
    for unit in units:
        for tree in (unit.fingerprint_tree, unit.build_tree, unit.outputs):
            for entry in tree:
                yield Kept(entry.path, unit.id, _is_library(entry))
    yield from _sessions(state, frozenset(unit.id for unit in units))
    yield from _unowned(state, units)
    for name in _ROOT_FILES:
        for directory in (state.layout.root, *_triples(state)):
            path = directory / name
            if path.is_file() and not path.is_symlink():
                yield Kept(os.fspath(path), None)


def _is_library(entry: Entry) -> bool:
    # cargo deletes it before rustc runs (1.95).
    return entry.path.endswith(".rlib")


def _sessions(state: TargetState, alive: frozenset[UnitId]) -> Iterator[Kept]:
    """The newest finished session of each incremental directory that a live unit may have."""
    for directory in state.incremental:
        if directory.owners and not directory.owners & alive:
            continue
        if not any(s.is_finished and s not in directory.superseded for s in directory.sessions):
            continue
        yield Kept(directory.tree[0].path, None)
        for session in directory.sessions:
            if session in directory.superseded or not (session.is_finished or session.is_lock):
                continue
            # rustc rewrites in place what it keeps of optimised units (1.95): only without are they replaced.
            optimised = any(entry.path.endswith(".pre-lto.bc") for entry in session.tree)
            for entry in session.tree:
                replaced = not entry.path.endswith(_SESSION_REWRITTEN) and not optimised
                yield Kept(entry.path, None, replaced and not session.is_lock)


def _unowned(state: TargetState, units: tuple[Unit, ...]) -> Iterator[Kept]:
    """Outputs without a hash in their names, and final artifacts, but for those that only dead units have."""
    known = {e.path for unit in state.units.units for e in unit.outputs}
    known |= {e.path for orphan in state.units.orphans for e in orphan.tree}
    alive = {e.identity for unit in units for e in unit.outputs}
    dead = {
        e.identity for unit in state.units.units for e in unit.outputs if e.identity not in alive
    }
    for profile in state.inventory.profiles:
        for entry in (*profile.deps, *profile.examples):
            if entry.path not in known and entry.identity not in dead:
                yield Kept(entry.path, None, _is_library(entry))
        if profile.profile.final_path != profile.profile.path:
            continue  # A split build-dir: cargo links the final artifacts anew.
        for entry in profile.final:
            if entry.name not in LOCK_NAMES and entry.identity not in dead:
                yield Kept(entry.path, None, _is_library(entry))


def _triples(state: TargetState) -> list[Path]:
    return sorted({profile.path.parent for profile in state.layout.profiles if profile.triple})
