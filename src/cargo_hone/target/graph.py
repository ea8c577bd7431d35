"""Who needs whom: edges by fingerprint hash, across the profile directories of one target directory."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cargo_hone.target.fingerprint import Edge, Fingerprint
from cargo_hone.target.layout import LayoutKind
from cargo_hone.target.units import Unit, UnitId


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """The units by id, what each needs, what needs it, and where an edge led nowhere.

    `needs` also has what an unresolved edge could mean: every unit that some other edge knows under the same
    package id, or, of a package that no edge resolves to, every library of that name. cargo calls the JSON a
    log, so a guess may only ever keep more. `resolved` has, for the units with such an edge, what the other edges
    lead to. Edges stay within a layout: no cargo uses what another layout holds, even where the fingerprints are
    the same.
    """

    units: Mapping[UnitId, Unit]
    needs: Mapping[UnitId, frozenset[UnitId]]
    needed_by: Mapping[UnitId, frozenset[UnitId]]
    unresolved: Mapping[UnitId, tuple[Edge, ...]]
    resolved: Mapping[UnitId, frozenset[UnitId]]

    def reachable(self, roots: Iterable[UnitId], *, guess: bool = True) -> frozenset[UnitId]:
        """Return the roots and all that they need, however far; without the guesses where not `guess`."""
        reached: set[UnitId] = set()
        pending = list(roots)
        while pending:
            unit_id = pending.pop()
            if unit_id not in reached:
                reached.add(unit_id)
                needs = self.needs[unit_id]
                pending.extend((needs if guess else self.resolved.get(unit_id, needs)) - reached)
        return frozenset(reached)


def build_graph(units: Iterable[Unit]) -> Graph:
    """Resolve the edges of all units."""
    by_id = {unit.id: unit for unit in units}
    by_hash: dict[tuple[LayoutKind, int], set[UnitId]] = defaultdict(set)
    for unit in by_id.values():
        if isinstance(unit.fingerprint, Fingerprint) and unit.fingerprint.own is not None:
            by_hash[unit.id.layout, unit.fingerprint.own].add(unit.id)
    edges = {
        unit.id: unit.fingerprint.edges if isinstance(unit.fingerprint, Fingerprint) else ()
        for unit in by_id.values()
    }
    needs: dict[UnitId, set[UnitId]] = {unit_id: set() for unit_id in by_id}
    unresolved: dict[UnitId, list[Edge]] = defaultdict(list)
    packages: dict[tuple[LayoutKind, int], set[str]] = defaultdict(set)
    for unit_id, out in edges.items():
        for edge in out:
            found = by_hash.get((unit_id.layout, edge.fingerprint))
            if found:
                needs[unit_id] |= found
                packages[unit_id.layout, edge.package_id] |= {other.package for other in found}
            else:
                unresolved[unit_id].append(edge)
    resolved = {unit_id: frozenset(needs[unit_id]) for unit_id in unresolved}
    by_package, by_crate = _indexes(by_id.values())
    for unit_id, dangling in unresolved.items():
        for edge in dangling:
            known = packages.get((unit_id.layout, edge.package_id), ())
            for package in known:
                needs[unit_id] |= by_package[unit_id.layout, package]
            if not known:
                needs[unit_id] |= by_crate.get((unit_id.layout, edge.name), set())
        needs[unit_id].discard(unit_id)
    needed_by: dict[UnitId, set[UnitId]] = {unit_id: set() for unit_id in by_id}
    for unit_id, found in needs.items():
        for other in found:
            needed_by[other].add(unit_id)
    return Graph(
        units=by_id,
        needs={unit_id: frozenset(found) for unit_id, found in needs.items()},
        needed_by={unit_id: frozenset(found) for unit_id, found in needed_by.items()},
        unresolved={unit_id: tuple(found) for unit_id, found in unresolved.items()},
        resolved=resolved,
    )


def _indexes(
    units: Iterable[Unit],
) -> tuple[
    dict[tuple[LayoutKind, str], set[UnitId]],
    dict[tuple[LayoutKind, str], set[UnitId]],
]:
    by_package: dict[tuple[LayoutKind, str], set[UnitId]] = defaultdict(set)
    by_crate: dict[tuple[LayoutKind, str], set[UnitId]] = defaultdict(set)
    for unit in units:
        by_package[unit.id.layout, unit.id.package].add(unit.id)
        by_crate[unit.id.layout, unit.crate_name].add(unit.id)
    return by_package, by_crate
