"""Unpacked objects of earlier builds: with `split-debuginfo = "unpacked"` rustc leaves the debug information beside.

They are `<crate>-<hash>.<codegen unit>.<call>.rcgu.{dwo,o}`, and each incremental call of rustc (1.87 and later) has a
name of its own, so that every compilation adds a whole set. (The others leave what a codegen unit had that is no more.)
Its age says nothing: an object that an incremental session kept is linked again with the name of the call that made it
(rustc 1.95), so a program needs files of several calls. It names them in full (`DW_AT_dwo_name`), and so do the
libraries and sessions whose objects are linked into the next one.
What none of these names is of no use to anybody.
"""

import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from cargo_hone.files.regular import NotRegular, regular_parts
from cargo_hone.target.incremental import crate_of
from cargo_hone.target.inventory import Entry, ProfileInventory
from cargo_hone.target.listing import files_of
from cargo_hone.target.state import TargetState
from cargo_hone.target.unit_trees import Orphan, ending
from cargo_hone.target.units import Mode, Unit, UnitId, Units

_OBJECT = re.compile(
    r"[^.]+\.(?P<codegen_unit>[^.]+\.[^.]+-cgu\.\d+|[^.]+)(\.(?P<call>[^.]+))?\.rcgu\.(dwo|o)"
)
"""Without incremental compilation the codegen unit is `<crate>.<hash>-cgu.<number>`, in all calls the same."""
_ENDINGS = (".dwo", ".o")
_MARK = b".rcgu."
_BEFORE = re.compile(rb"[0-9A-Za-z_.-]+\Z")
_LONGEST_BYTES = 512
"""More than a file's name can have."""
_LINKED = frozenset({"", ".so", ".dylib", ".dll", ".exe", ".wasm", ".a", ".lib"})
"""Endings of what has the objects of all that it needs in it; a `.rlib` has its own alone."""
_REASON = "debug information of an earlier compilation, which nothing here names any more"


def without_unpacked(state: TargetState, *, dead: frozenset[UnitId]) -> TargetState:
    """Return the state with such objects as orphans, and no more among the outputs of their units.

    What `dead` units name does not count. An object stays where the proof is not whole: where a program or library
    that may have it in it names none at all (its debug information is compressed or stripped), or is not known.
    Reads those programs, libraries and sessions, and nothing where each unit's objects are of one compilation. Raises
    OSError where one cannot be read.
    """
    if not any(_is_of_several_calls(unit) for unit in state.units.units if unit.id not in dead):
        return state
    found = dict(_Search(state=state, dead=dead).unnamed())
    if not found:
        return state
    units = {unit.id: _without(unit, found.get(unit.id, ())) for unit in state.units.units}
    profiles = {one.profile.path: one.profile for one in state.inventory.profiles}
    orphans = tuple(
        Orphan(
            profile=profiles[unit_id.profile],
            name=f"{unit_id.package}-{unit_id.hash}: unpacked objects",
            tree=objects,
            reason=_REASON,
        )
        for unit_id, objects in found.items()
    )
    return replace(
        state,
        units=Units(units=tuple(units.values()), orphans=(*state.units.orphans, *orphans)),
        graph=replace(state.graph, units=units),
    )


def _without(unit: Unit, objects: tuple[Entry, ...]) -> Unit:
    if not objects:
        return unit
    paths = {entry.path for entry in objects}
    return replace(
        unit,
        outputs=tuple(entry for entry in _apart(unit.outputs) if entry.path not in paths),
        build_tree=tuple(entry for entry in _apart(unit.build_tree) if entry.path not in paths),
    )


@dataclass(slots=True, kw_only=True)
class _Search:
    state: TargetState
    dead: frozenset[UnitId]
    _names: dict[tuple[int, int], frozenset[str]] = field(default_factory=dict)
    _unowned: dict[Path, frozenset[str]] = field(default_factory=dict)
    _owned: frozenset[str] = field(init=False)
    _there: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        outputs = [entry for unit in self.state.units.units for entry in unit.outputs]
        self._owned = frozenset(path for entry in outputs for path in entry.paths)
        # (The standard library's own objects are named in every program.)
        objects = (path for entry in outputs if _is_object(entry) for path in entry.paths)
        self._there = frozenset(path.rpartition("/")[2] for path in objects)

    def unnamed(self) -> Iterator[tuple[UnitId, tuple[Entry, ...]]]:
        for unit in self.state.units.units:
            if unit.id in self.dead:
                continue
            objects = _of_several_calls(unit)
            named = self._named_by_linked(unit) if objects else None
            if named is None:
                continue
            kept = self._in_sessions(unit)
            found = tuple(
                entry
                for entry, codegen_unit in objects
                if entry.name not in named and self._is_left(entry, kept[codegen_unit])
            )
            if found:
                yield unit.id, found

    def _named_by_linked(self, unit: Unit) -> frozenset[str] | None:
        """All that is named by what may have the unit's objects in it; None where that is not known."""
        named: set[str] = set()
        for unit_id in self._above(unit.id) - self.dead:
            other = self.state.graph.units[unit_id]
            if other.mode is Mode.NO_HASH:
                return None
            for entry in other.outputs:
                kind = ending(entry.name)
                if kind in _LINKED or (kind == ".rlib" and other.id == unit.id):
                    found = self._names_in(entry)
                    if found.isdisjoint(self._there):
                        return None
                    named |= found
        for profile in self.state.inventory.profiles:
            named |= self._named_by_unowned(profile)
        return frozenset(named)

    def _named_by_unowned(self, profile: ProfileInventory) -> frozenset[str]:
        """What is named by final artifacts, and other files, that no unit has (a copy, somebody's own)."""
        path = profile.profile.path
        if path not in self._unowned:
            named: set[str] = set()
            for entry in (*profile.final, *profile.examples, *profile.deps):
                is_owned = entry.path in self._owned or _is_object(entry)
                if not is_owned and not entry.name.endswith((".d", ".rmeta", ".rlib")):
                    named |= self._names_in(entry)
            self._unowned[path] = frozenset(named)
        return self._unowned[path]

    def _in_sessions(self, unit: Unit) -> dict[str, list[Entry]]:
        """The objects that the next compilation may link again, by codegen unit."""
        start = f"{unit.id.profile}/incremental/{crate_of(unit)}-"
        kept: dict[str, list[Entry]] = defaultdict(list)
        for directory in self.state.incremental:
            if directory.path.startswith(start):
                for session in directory.sessions:
                    tree = session.tree if session not in directory.superseded else ()
                    for entry in itertools.chain.from_iterable(map(files_of, tree)):
                        if entry.name.endswith(".o"):
                            kept[entry.name.removesuffix(".o")].append(entry)
        return kept

    def _is_left(self, entry: Entry, kept: Iterable[Entry]) -> bool:
        names = [self._names_in(one) for one in kept]
        return all(found and entry.name not in found for found in names)

    def _above(self, unit_id: UnitId) -> frozenset[UnitId]:
        """The unit and all that stands on it."""
        found: set[UnitId] = set()
        pending = [unit_id]
        while pending:
            one = pending.pop()
            if one not in found:
                found.add(one)
                pending.extend(self.state.graph.needed_by[one])
        return frozenset(found)

    def _names_in(self, entry: Entry) -> frozenset[str]:
        if entry.identity not in self._names:
            self._names[entry.identity] = frozenset(object_names(Path(entry.path)))
        return self._names[entry.identity]


def object_names(path: Path) -> Iterator[str]:
    """Yield the names of unpacked objects that a file has in it; none for what is no regular file. Raises OSError."""
    rest = b""
    try:
        for part in regular_parts(path):
            text = rest + part
            at = text.find(_MARK)
            while at >= 0:
                start = _BEFORE.search(text[max(0, at - _LONGEST_BYTES) : at])
                end = next((e for e in (b"dwo", b"o") if text.startswith(e, at + len(_MARK))), b"")
                if start is not None and end:
                    yield (start[0] + _MARK + end).decode()
                at = text.find(_MARK, at + 1)
            # A name may go on in the next part; then it is found whole there.
            rest = text[-_LONGEST_BYTES:]
    except NotRegular:
        return


def _is_object(entry: Entry) -> bool:
    return _OBJECT.fullmatch(entry.name) is not None


def _of_several_calls(unit: Unit) -> list[tuple[Entry, str]]:
    """The unit's objects with the codegen unit of each; none where one compilation made all of them."""
    if not _is_of_several_calls(unit):
        return []
    found = ((entry, _OBJECT.fullmatch(entry.name)) for entry in _apart(unit.outputs))
    return [(entry, match["codegen_unit"]) for entry, match in found if match]


def _is_of_several_calls(unit: Unit) -> bool:
    objects = [entry for entry in unit.outputs if entry.path.endswith(_ENDINGS)]
    was_compiled_again = unit.born_ns < unit.started_ns
    if len(objects) < 2 and not was_compiled_again:
        return False
    calls = {match["call"] for entry in objects if (match := _OBJECT.fullmatch(entry.name))}
    return len(calls) > 1 or (calls == {None} and was_compiled_again)


def _apart(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Objects that an inventory took together, each by itself."""
    for entry in entries:
        if entry.others:
            yield from files_of(entry)
        else:
            yield entry
