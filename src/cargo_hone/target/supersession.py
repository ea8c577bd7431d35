"""Proof that a unit's place has been taken: the settings changed, and what was built since stands where it stood.

A unit's directory hash changes with its profile, features, flags, compiler and dependencies, never with its
sources. So `cargo build` and `cargo test` may keep two units of one library side by side (another panic
strategy, another feature set through unification), and a later time alone proves nothing. What does:

1. a setting changed at a time T after the old unit's last compilation;
2. a unit of the same thing was *first* compiled after T, and is alive;
3. that holds for what the old one served as well, up to something that nothing needs, and that was compiled again
   since the last change, too: so the commands that used the old one do without it now. Others say nothing about it.
   Under `--target` build scripts and proc macros lie where plain commands have theirs, but never have their rustflags;
   tests always unwind, also where the profile says `panic = "abort"`; and whoever goes back to former settings uses
   units from before T again, of which cargo writes nothing down;
4. nothing alive of that kind has the old one's traits any more (profile, features, compiler), or it
   was compiled against other packages, or against a unit that is itself superseded, or only superseded
   units need it. Other flags for rustc prove something only where cargo's configuration changed and nothing at all is
   compiled with the old ones since: they may be those of one command's environment (`RUSTFLAGS`).

Without a T (nothing changed since) nothing is superseded. What this cannot see: a command that runs for the
first time after an unrelated change, with a profile or features that only it uses (`[profile.test]` of its
own), takes the places of another command's units, where it makes all that stands on them too; those are compiled
once more. Name what must stay (`live`).
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from cargo_hone.target.fingerprint import Fingerprint
from cargo_hone.target.graph import Graph
from cargo_hone.target.premises import Premises
from cargo_hone.target.staleness import with_dependents
from cargo_hone.target.units import Mode, TargetKind, Unit, UnitId

_REASON = "superseded since the settings changed"


# A tuple: several are made and looked up for each unit.
class Place(NamedTuple):
    """The thing that a unit is a build of: generations of one place supersede each other.

    `identity` is the hash of the target's path, or, for the run of a build script (where cargo writes 0), the
    hash of its package's id: it keeps two versions of one package apart.
    """

    profile: Path
    package: str
    kind: TargetKind
    target_name: str
    mode: Mode
    compile_kind: int
    identity: int


def place_of(unit: Unit, fingerprint: Fingerprint) -> Place:
    """Return the place of a unit whose fingerprint was read: the same in both layouts."""
    identity = fingerprint.path
    if unit.mode is Mode.RUN and fingerprint.edges:
        identity = fingerprint.edges[0].package_id
    return Place(
        profile=unit.id.profile,
        package=unit.id.package,
        kind=unit.kind,
        target_name=unit.target_name,
        # v1 keeps what v2 knows to be built: outputs without a hash.
        mode=Mode.BUILD if unit.mode is Mode.NO_HASH else unit.mode,
        compile_kind=fingerprint.compile_kind,
        identity=identity,
    )


@dataclass(slots=True, kw_only=True)
class _Current:
    """What is alive and was compiled, or is needed by what was compiled, since one moment."""

    by_place: dict[Place, list[tuple[Unit, Fingerprint]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    member_profiles: set[tuple[Path, int]] = field(default_factory=set)
    rustflags: set[tuple[str, ...]] = field(default_factory=set)


def superseded_units(
    graph: Graph, premises: Premises, *, alive: frozenset[UnitId], gone: Collection[UnitId]
) -> Mapping[UnitId, str]:
    """Return the units outside `alive` that are proven superseded, each with the reason.

    Of the units that are `gone` no command is left that could use them.
    """
    judge = _Judge(graph=graph, premises=premises, alive=alive, gone=gone)
    candidates = [
        unit
        for unit in graph.units.values()
        if unit.id not in alive and unit.id not in graph.unresolved
    ]
    found = {unit.id: _REASON for unit in candidates if judge.has_lost_its_traits(unit)}
    while True:
        found = {
            unit_id: reason
            for unit_id, reason in with_dependents(graph, found).items()
            if unit_id not in alive
        }
        more = {
            unit.id: "only superseded units need it"
            for unit in candidates
            if unit.id not in found and judge.serves_only(unit, found)
        }
        if not more:
            return found
        found |= more


def overtaken_units(graph: Graph, *, alive: frozenset[UnitId]) -> Mapping[UnitId, str]:
    """Return units whose dependency was compiled anew without them, while their thing was built again elsewhere.

    A unit finds each dependency by its fingerprint. Where that leads nowhere the dependency has gone, or has another
    fingerprint since: in both cases it is compiled after the unit, and cargo takes a unit that is older than what it
    needs for dirty (`StaleDependency` in cargo's fingerprint module). Only where a newer unit of the same place is
    alive and finds all of its own is that believed: cargo calls what is read here a log.
    """
    newest: dict[Place, int] = {}
    for unit_id in alive - graph.unresolved.keys():
        unit = graph.units[unit_id]
        if isinstance(unit.fingerprint, Fingerprint):
            place = place_of(unit, unit.fingerprint)
            newest[place] = max(newest.get(place, 0), unit.ended_ns)
    found: dict[UnitId, str] = {}
    for unit_id, edges in graph.unresolved.items():
        unit = graph.units[unit_id]
        if unit_id in alive or not isinstance(unit.fingerprint, Fingerprint):
            continue
        if newest.get(place_of(unit, unit.fingerprint), 0) > unit.ended_ns:
            found[unit_id] = f"its {edges[0].name} was compiled anew, and so was it"
    return {
        unit_id: reason
        for unit_id, reason in with_dependents(graph, found).items()
        if unit_id not in alive
    }


@dataclass(slots=True, kw_only=True)
class _Judge:
    graph: Graph
    premises: Premises
    alive: frozenset[UnitId]
    gone: Collection[UnitId]
    _since: dict[int, _Current] = field(default_factory=dict)
    _anew: dict[int, frozenset[UnitId]] = field(default_factory=dict)

    def has_lost_its_traits(self, unit: Unit) -> bool:
        fingerprint = unit.fingerprint
        if not isinstance(fingerprint, Fingerprint):
            return False
        settings_ns = _first_after(unit.started_ns, self.premises.settings_changed_ns)
        if settings_ns is not None and self._replaced(unit, fingerprint, settings_ns):
            return True
        toolchain_ns = _first_after(unit.started_ns, self.premises.toolchain_changed_ns)
        return toolchain_ns is not None and self._compiled_anew(unit, fingerprint, toolchain_ns)

    def serves_only(self, unit: Unit, superseded: Mapping[UnitId, str]) -> bool:
        above = self.graph.needed_by[unit.id]
        is_root = unit.id.package in self.premises.members and unit.mode is not Mode.RUN
        if is_root or not above or not above <= superseded.keys():
            return False
        fingerprint = unit.fingerprint
        if not isinstance(fingerprint, Fingerprint):
            return False
        changed = sorted(self.premises.settings_changed_ns + self.premises.toolchain_changed_ns)
        since_ns = _first_after(unit.started_ns, changed)
        return since_ns is not None and bool(self._successors(unit, fingerprint, since_ns))

    def _successors(
        self, unit: Unit, fingerprint: Fingerprint, since_ns: int
    ) -> list[tuple[Unit, Fingerprint]]:
        """Alive units of the same place, all of them if at least one was first compiled since then."""
        found = self._current(since_ns).by_place.get(place_of(unit, fingerprint), [])
        return found if any(other.born_ns >= since_ns for other, _ in found) else []

    def _built_anew(self, since_ns: int) -> frozenset[UnitId]:
        """Return the units whose places were taken by commands that used them: what they serve has successors, too."""
        if since_ns not in self._anew:
            found: set[UnitId] = set()
            pending = [unit_id for unit_id in self.graph.units if self._is_top(unit_id, since_ns)]
            while pending:
                unit = self.graph.units[pending.pop()]
                fingerprint = unit.fingerprint
                if unit.id in found or not isinstance(fingerprint, Fingerprint):
                    continue
                if self._successors(unit, fingerprint, since_ns):
                    found.add(unit.id)
                    needs = self.graph.needs[unit.id]
                    pending += self.graph.resolved.get(unit.id, needs) - self.alive
            self._anew[since_ns] = frozenset(found)
        return self._anew[since_ns]

    def _is_top(self, unit_id: UnitId, since_ns: int) -> bool:
        """Whether a unit serves nothing that could be used, and its successors were not left behind themselves."""
        unit = self.graph.units[unit_id]
        above = self.graph.needed_by[unit_id]
        if unit_id in self.alive or not isinstance(unit.fingerprint, Fingerprint):
            return False
        if above:
            return all(other in self.gone for other in above)
        last_ns = max(self.premises.settings_changed_ns + self.premises.toolchain_changed_ns)
        found = self._successors(unit, unit.fingerprint, since_ns)
        return any(other.started_ns >= last_ns for other, _ in found)

    def _replaced(self, unit: Unit, fingerprint: Fingerprint, since_ns: int) -> bool:
        """By units of the same compiler: another toolchain's are another command's (`cargo +nightly`)."""
        same = [
            other
            for _, other in self._successors(unit, fingerprint, since_ns)
            if other.rustc == fingerprint.rustc
        ]
        if not same or unit.id not in self._built_anew(since_ns):
            return False
        current = self._current(since_ns)
        if all(other.rustflags != fingerprint.rustflags for other in same):
            return self._flags_have_gone(unit, fingerprint)
        if unit.id.package in self.premises.members:
            # A member may be compiled with the host's settings by one command and the target's by another
            # (a proc macro by `build` and `test`), so its profile counts as current if any member has it.
            # Its features may be the command line's, so that others are in use now proves nothing.
            profile = (unit.id.profile, fingerprint.profile)
            if unit.mode is not Mode.RUN and profile not in current.member_profiles:
                return True
        elif all(other.features != fingerprint.features for other in same):
            return True
        same = [other for other in same if other.features == fingerprint.features]
        if all(other.rustflags != fingerprint.rustflags for other in same):
            return False  # Those are another command's.
        if unit.id.package not in self.premises.members and all(
            other.profile != fingerprint.profile for other in same
        ):
            return True
        needed = _packages(fingerprint)
        return all(_packages(other) != needed for other in same)

    def _flags_have_gone(self, unit: Unit, fingerprint: Fingerprint) -> bool:
        """Whether the configuration changed since, and all that is compiled since has other flags than this one."""
        since_ns = _first_after(unit.started_ns, self.premises.flags_changed_ns)
        if since_ns is None or unit.id not in self._built_anew(since_ns):
            return False
        return fingerprint.rustflags not in self._current(since_ns).rustflags

    def _compiled_anew(self, unit: Unit, fingerprint: Fingerprint, since_ns: int) -> bool:
        """By units of another compiler, where that changed in between."""
        found = self._successors(unit, fingerprint, since_ns)
        return bool(found) and all(other.rustc != fingerprint.rustc for _, other in found)

    def _current(self, since_ns: int) -> _Current:
        if since_ns not in self._since:
            recent = [
                unit_id
                for unit_id in self.alive
                if self.graph.units[unit_id].started_ns >= since_ns
            ]
            current = _Current()
            for unit_id in self.graph.reachable(recent):
                unit = self.graph.units[unit_id]
                if not isinstance(unit.fingerprint, Fingerprint):
                    continue
                current.by_place[place_of(unit, unit.fingerprint)].append((unit, unit.fingerprint))
                current.rustflags.add(unit.fingerprint.rustflags)
                if unit_id.package in self.premises.members:
                    current.member_profiles.add((unit_id.profile, unit.fingerprint.profile))
            self._since[since_ns] = current
        return self._since[since_ns]


def _first_after(compiled_ns: int, changed_ns: Sequence[int]) -> int | None:
    """The first change after a unit's last compilation: the later ones would only prove less strictly."""
    index = bisect_right(changed_ns, compiled_ns)
    return changed_ns[index] if index < len(changed_ns) else None


def _packages(fingerprint: Fingerprint) -> frozenset[tuple[int, str]]:
    return frozenset((edge.package_id, edge.name) for edge in fingerprint.edges)
