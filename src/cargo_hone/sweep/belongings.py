"""What lies outside a unit's own directories and goes with it: incremental state, final names, emptied directories."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cargo_hone.sweep.order import dependents_first
from cargo_hone.target.incremental import IncrementalDir
from cargo_hone.target.inventory import Entry, ProfileInventory
from cargo_hone.target.layout import LayoutKind
from cargo_hone.target.state import TargetState
from cargo_hone.target.unit_trees import ending, has_files, is_hashed
from cargo_hone.target.units import Mode, TargetKind, Unit, UnitId

_FOR_CARGO = frozenset({".rlib", ".rmeta", ".so", ".dylib", ".dll"})
_PROGRAM = frozenset({"", ".exe"})
_UPLIFTED = frozenset({TargetKind.LIB, TargetKind.BIN, TargetKind.EXAMPLE})
_MAKING = frozenset({Mode.BUILD, Mode.NO_HASH})


@dataclass(frozen=True, slots=True, kw_only=True)
class Belongings:
    """By unit that goes: whole incremental directories, files such as `target/debug/app`, directories left empty."""

    sessions: Mapping[UnitId, tuple[IncrementalDir, ...]]
    final_links: Mapping[UnitId, tuple[Entry, ...]]
    emptied: Mapping[UnitId, tuple[Entry, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalName:
    """One uplifted name of a unit's file, the dep-info beside it, all units that make that name (itself among them)."""

    link: Entry
    notes: tuple[Entry, ...]
    owner: UnitId
    makers: frozenset[UnitId]


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageDirectory:
    """A directory and what is empty in it; `holders` are the units without which nothing else is there."""

    tree: tuple[Entry, ...]
    holders: frozenset[UnitId]


@dataclass(frozen=True, slots=True, kw_only=True)
class Joint:
    """What several units may hold together, of a whole target directory."""

    names: tuple[FinalName, ...]
    directories: tuple[PackageDirectory, ...]


def joint(state: TargetState) -> Joint:
    """Collect all final names, and the directories that hold nothing but units."""
    return Joint(names=tuple(final_names(state)), directories=tuple(package_directories(state)))


def belongings(
    state: TargetState, gone: frozenset[UnitId], *, known: Joint | None = None
) -> Belongings:
    """Collect what goes with the units in `gone`; `known` is what `joint` returns, where that was asked already.

    An incremental directory that several units may own goes when all of them do, with one of them.
    """
    known = known or joint(state)
    sessions: dict[UnitId, list[IncrementalDir]] = defaultdict(list)
    for directory in state.incremental:
        if directory.owners and directory.owners <= gone:
            sessions[max(directory.owners, key=lambda owner: owner.hash)].append(directory)
    return Belongings(
        sessions={unit_id: tuple(found) for unit_id, found in sessions.items()},
        final_links=_final_links(known.names, gone),
        emptied=_emptied(state, known.directories, gone),
    )


def final_names(state: TargetState) -> Iterator[FinalName]:
    """Yield the uplifted names of all units.

    A name stays while a unit stays that makes it: that one will uplift to the same name, and until then it is
    the program somebody runs (its bytes come back then, too). A library's or proc macro's goes with its owner: only
    cargo uses those, from elsewhere, and it uplifts without compiling. Where the file system made cargo copy, only the
    name tells whose it is.
    """
    profiles = {one.profile.path: _Finals(one) for one in state.inventory.profiles}
    found = [
        (unit, output, link)
        for unit in state.units.units
        for output, link in _links(unit, profiles[unit.id.profile])
    ]
    makers = _makers(state.units.units, {unit.crate_name for unit, _, _ in found})
    for unit, output, link in found:
        by_path = profiles[unit.id.profile].by_path
        is_free = unit.kind is TargetKind.LIB and _is_for_cargo(output)
        yield FinalName(
            link=link,
            notes=tuple(by_path[note] for note in sorted(notes_of(link.path)) if note in by_path),
            owner=unit.id,
            makers=frozenset({unit.id} if is_free else {unit.id} | makers[_target(unit)]),
        )


def _links(unit: Unit, finals: "_Finals") -> Iterator[tuple[Entry, Entry]]:
    """Yield the unit's outputs with the names that they were uplifted to: other names of the file, or a copy."""
    if unit.kind not in _UPLIFTED:
        return
    for output in unit.outputs:
        links = finals.by_identity.get(output.identity, ()) if output.links > 1 else ()
        copy = None
        if finals.copies and not output.others:
            copy = finals.copies.get(final_name(unit, output, finals.directory))
        if links or copy:
            own = {entry.path for entry in unit.outputs}
            for link in (*links, *([copy] if copy else [])):
                if link.path not in own:
                    yield output, link


def _makers(
    units: Iterable[Unit], crates: Collection[str]
) -> Mapping[tuple[Path, TargetKind, str], set[UnitId]]:
    """Return the units that make what is uplifted, by the target that they are of; of those crate names."""
    makers: dict[tuple[Path, TargetKind, str], set[UnitId]] = defaultdict(set)
    for unit in units:
        if unit.crate_name in crates and unit.mode in _MAKING:
            makers[_target(unit)].add(unit.id)
    return makers


def _final_links(
    names: Iterable[FinalName], gone: frozenset[UnitId]
) -> dict[UnitId, tuple[Entry, ...]]:
    """The final names of units that go. The dep-info before the names that lead to it, should the sweep die."""
    notes: dict[UnitId, dict[str, Entry]] = defaultdict(dict)
    links: dict[UnitId, list[Entry]] = defaultdict(list)
    for name in names:
        if name.owner in gone and name.makers <= gone:
            notes[name.owner] |= {note.path: note for note in name.notes}
            links[name.owner].append(name.link)
    return {unit_id: (*notes[unit_id].values(), *found) for unit_id, found in links.items()}


def package_directories(state: TargetState) -> Iterator[PackageDirectory]:
    """Yield the directories of layout v2 that hold nothing but units; each can go with the last of those."""
    for profile in state.inventory.profiles:
        holders: dict[str, set[UnitId]] = defaultdict(set)
        empty: dict[str, list[Entry]] = defaultdict(list)
        for key, tree in profile.units.items():
            package, _, hash_ = key.partition("/")
            if has_files(tree):
                holders[package].add(
                    UnitId(
                        profile=profile.profile.path,
                        package=package,
                        hash=hash_,
                        layout=LayoutKind.V2,
                    )
                )
            else:
                empty[package] += tree
        for package, units in holders.items():
            # What is no unit there is in the package's own tree, behind the directory.
            is_alone = len(profile.build_scripts[package]) == 1 and package in profile.packages
            if is_alone and units <= state.graph.units.keys():
                yield PackageDirectory(
                    tree=(profile.packages[package], *empty[package]), holders=frozenset(units)
                )


def _emptied(
    state: TargetState, directories: Iterable[PackageDirectory], gone: frozenset[UnitId]
) -> dict[UnitId, tuple[Entry, ...]]:
    empty = [one for one in directories if one.holders <= gone]
    if not empty:
        return {}
    turns = {unit_id: turn for turn, unit_id in enumerate(dependents_first(state.graph, gone))}
    return {max(one.holders, key=turns.__getitem__): one.tree for one in empty}


def _is_for_cargo(output: Entry) -> bool:
    """Whether it is a library for rustc: others' have no hash in their name (cdylib), or another ending (staticlib)."""
    name = output.name
    return ending(name) in _FOR_CARGO and is_hashed(name)


def final_name(unit: Unit, output: Entry, final_path: Path) -> str:
    """Return the path that cargo (1.95) uplifts an output to; "" where it has none, or nothing tells whose it is."""
    if unit.mode is not Mode.BUILD:
        return ""
    name = output.name
    kind = ending(name)
    if unit.kind is TargetKind.LIB:
        stem = name.rpartition("-")[0]
        return f"{final_path}/{stem}{kind}" if _is_for_cargo(output) else ""
    if unit.id.layout is not LayoutKind.V2 and not is_hashed(name):
        return ""
    directory = final_path / "examples" if unit.kind is TargetKind.EXAMPLE else final_path
    is_program = unit.kind in {TargetKind.BIN, TargetKind.EXAMPLE} and kind in _PROGRAM
    return f"{directory}/{unit.target_name}{kind}" if is_program else ""


def _target(unit: Unit) -> tuple[Path, TargetKind, str]:
    return unit.id.profile, unit.kind, unit.crate_name


def notes_of(path: str) -> set[str]:
    """Return what the dep-info of a final name may be called: cargo (1.95) has `libfoo.d` for `libfoo.rlib`."""
    directory, _, name = path.rpartition("/")
    return {f"{path}.d", f"{directory}/{name.partition('.')[0]}.d"}


class _Finals:
    """What lies where a profile's final artifacts do; `copies` are those with a name of their own alone."""

    def __init__(self, profile: ProfileInventory) -> None:
        self.directory = profile.profile.final_path
        self.by_identity: dict[tuple[int, int], list[Entry]] = defaultdict(list)
        self.by_path: dict[str, Entry] = {}
        for entry in (*profile.final, *profile.examples):
            self.by_identity[entry.identity].append(entry)
            self.by_path[entry.path] = entry
        self.copies = {
            path: entry
            for path, entry in self.by_path.items()
            if entry.links == 1 and ending(entry.name) in _FOR_CARGO | _PROGRAM
        }
