"""Who needs whom: edges by fingerprint hash, across the profile directories of one target directory."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cargo_hone.target.fingerprint import Edge, Fingerprint
from cargo_hone.target.layout import LayoutKind
from cargo_hone.target.units import Unit, UnitId

_NOBODY = frozenset[UnitId]()


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
        needs = self.needs if guess else {**self.needs, **self.resolved}
        reached = set(roots)
        edge = reached
        while edge:
            edge = set().union(*[needs[unit_id] for unit_id in edge]) - reached
            reached |= edge
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
    needs: dict[UnitId, frozenset[UnitId]] = {}
    unresolved: dict[UnitId, tuple[Edge, ...]] = {}
    for unit_id, out in edges.items():
        layout = unit_id.layout
        found = [by_hash.get((layout, edge.fingerprint), _NOBODY) for edge in out]
        needs[unit_id] = _NOBODY.union(*found)
        if not all(found):
            pairs = zip(out, found, strict=True)
            unresolved[unit_id] = tuple(edge for edge, others in pairs if not others)
    resolved = {unit_id: needs[unit_id] for unit_id in unresolved}
    if unresolved:
        needs |= _with_guesses(by_id, by_hash, needs, unresolved)
    needed_by: dict[UnitId, list[UnitId]] = {unit_id: [] for unit_id in by_id}
    for unit_id, others in needs.items():
        for other in others:
            needed_by[other].append(unit_id)
    return Graph(
        units=by_id,
        needs=needs,
        needed_by={unit_id: frozenset(above) for unit_id, above in needed_by.items()},
        unresolved=unresolved,
        resolved=resolved,
    )


def _with_guesses(
    by_id: Mapping[UnitId, Unit],
    by_hash: Mapping[tuple[LayoutKind, int], set[UnitId]],
    needs: Mapping[UnitId, frozenset[UnitId]],
    unresolved: Mapping[UnitId, Iterable[Edge]],
) -> dict[UnitId, frozenset[UnitId]]:
    """Add what unresolved edges could mean to the needs of the units that have some."""
    unknown = {
        (unit_id.layout, edge.package_id) for unit_id, out in unresolved.items() for edge in out
    }
    packages: dict[tuple[LayoutKind, int], set[str]] = defaultdict(set)
    for unit in by_id.values():
        layout = unit.id.layout
        for edge in unit.fingerprint.edges if isinstance(unit.fingerprint, Fingerprint) else ():
            package_id = (layout, edge.package_id)
            if package_id in unknown:
                found = by_hash.get((layout, edge.fingerprint), _NOBODY)
                packages[package_id].update([other.package for other in found])
    by_package, by_crate = _indexes(by_id.values())
    guessed: dict[UnitId, frozenset[UnitId]] = {}
    for unit_id, dangling in unresolved.items():
        layout = unit_id.layout
        meant = set(needs[unit_id])
        for edge in dangling:
            known = packages[layout, edge.package_id]
            for package in known:
                meant |= by_package[layout, package]
            if not known:
                meant |= by_crate.get((layout, edge.name), _NOBODY)
        guessed[unit_id] = frozenset(meant - {unit_id})
    return guessed


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
