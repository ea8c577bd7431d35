"""What lies outside a dead unit's own directories and goes with it: incremental state, final names."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.target.incremental import IncrementalDir
from cargo_hone.target.inventory import Entry, ProfileInventory
from cargo_hone.target.state import TargetState
from cargo_hone.target.units import Mode, TargetKind, Unit, UnitId


@dataclass(frozen=True, slots=True, kw_only=True)
class Belongings:
    """By dead unit: whole incremental directories, and files such as `target/debug/app`."""

    sessions: Mapping[UnitId, tuple[IncrementalDir, ...]]
    final_links: Mapping[UnitId, tuple[Entry, ...]]


def belongings(state: TargetState, dead: frozenset[UnitId]) -> Belongings:
    """Collect what goes with the units in `dead`.

    An incremental directory that several units may own goes when all of them are dead, with one of them.
    """
    sessions: dict[UnitId, list[IncrementalDir]] = defaultdict(list)
    for directory in state.incremental:
        if directory.owners and directory.owners <= dead:
            sessions[max(directory.owners, key=lambda owner: owner.hash)].append(directory)
    return Belongings(
        sessions={unit_id: tuple(found) for unit_id, found in sessions.items()},
        final_links=_final_links(state, dead),
    )


def _final_links(state: TargetState, dead: frozenset[UnitId]) -> dict[UnitId, tuple[Entry, ...]]:
    """The uplifted names of dead units' files, and the dep-info beside them.

    They stay where another unit that stays is of the same target: it will uplift to the same name, and until
    then that is the program somebody runs (its bytes come back then, too).
    """
    profiles = {profile.profile.path: _by_identity(profile) for profile in state.inventory.profiles}
    uplifted_anew = {
        _target(unit)
        for unit in state.units.units
        if unit.id not in dead and unit.mode in {Mode.BUILD, Mode.NO_HASH}
    }
    found: dict[UnitId, tuple[Entry, ...]] = {}
    for unit_id in dead:
        unit = state.graph.units[unit_id]
        if unit.kind not in {TargetKind.LIB, TargetKind.BIN, TargetKind.EXAMPLE}:
            continue
        by_identity, by_path = profiles[unit_id.profile]
        own = {entry.path for entry in unit.outputs}
        links = [
            link
            for entry in unit.outputs
            for link in by_identity.get(entry.identity, ())
            if link.path not in own
        ]
        if not links or _target(unit) in uplifted_anew:
            continue
        notes = {name for link in links for name in (f"{link.path}.d", _without_suffix(link.path))}
        found[unit_id] = (*links, *(by_path[name] for name in sorted(notes) if name in by_path))
    return found


def _target(unit: Unit) -> tuple[Path, TargetKind, str]:
    return unit.id.profile, unit.kind, unit.crate_name


def _without_suffix(path: str) -> str:
    # cargo 1.95 calls the dep-info of `libfoo.rlib` `libfoo.d`, that of `app` `app.d`.
    directory, _, name = path.rpartition("/")
    return f"{directory}/{name.partition('.')[0]}.d"


def _by_identity(
    profile: ProfileInventory,
) -> tuple[dict[tuple[int, int], list[Entry]], dict[str, Entry]]:
    by_identity: dict[tuple[int, int], list[Entry]] = defaultdict(list)
    by_path: dict[str, Entry] = {}
    for entry in (*profile.final, *profile.examples):
        by_identity[entry.identity].append(entry)
        by_path[entry.path] = entry
    return by_identity, by_path
