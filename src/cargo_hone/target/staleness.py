"""Proof that no build can use a unit again, from that unit's own facts and the lock file."""

import functools
from collections import defaultdict
from collections.abc import Mapping, Sequence

from cargo_hone.target.graph import Graph
from cargo_hone.target.origin import OriginKind
from cargo_hone.target.premises import LockedPackage, MemberTarget, Premises
from cargo_hone.target.units import Mode, TargetKind, Unit, UnitId

_STANDARD_PACKAGES = frozenset({"core", "std", "alloc", "compiler_builtins"})
_NAMED = frozenset(
    {TargetKind.LIB, TargetKind.BIN, TargetKind.EXAMPLE, TargetKind.TEST, TargetKind.BENCH}
)


def obsolete_units(graph: Graph, premises: Premises) -> Mapping[UnitId, str]:
    """Return the units that the workspace as it is now cannot build any more, each with the reason.

    A package or version that Cargo.lock does not have; a target that its member does not have; and whatever
    was compiled against such a unit.
    """
    if not _STANDARD_PACKAGES.isdisjoint(unit_id.package for unit_id in graph.units):
        # -Zbuild-std compiles packages of another lock file, the standard library's own.
        return {}
    found: dict[UnitId, str] = {}
    locked: dict[str, list[LockedPackage]] = defaultdict(list)
    for entry in premises.locked:
        locked[entry.name].append(entry)
    for unit in graph.units.values():
        reason = _not_locked(unit, locked) or _no_target(unit, premises)
        if reason:
            found[unit.id] = reason
    return with_dependents(graph, found)


def with_dependents(graph: Graph, stale: Mapping[UnitId, str]) -> dict[UnitId, str]:
    """Add what was compiled against stale units: cargo finds it dirty for as long as they are."""
    found = dict(stale)
    pending = list(stale)
    while pending:
        unit_id = pending.pop()
        for above in graph.needed_by[unit_id]:
            if above not in found and above not in graph.unresolved:
                found[above] = f"it was built against such a unit ({first_cause(found[unit_id])})"
                pending.append(above)
    return found


def first_cause(reason: str) -> str:
    """Return what began a chain of such reasons."""
    return reason.rpartition("(")[2].rstrip(")")


def _not_locked(unit: Unit, locked: Mapping[str, Sequence[LockedPackage]]) -> str:
    package = unit.id.package
    if not locked:
        return ""
    entries = locked.get(package, ())
    if not entries:
        return f"Cargo.lock has no package {package}"
    match unit.origin.kind:
        case OriginKind.REGISTRY:
            version = unit.origin.identity
            if all(entry.version != version for entry in entries):
                return f"Cargo.lock has no {package} {version}"
        case OriginKind.GIT:
            revision = unit.origin.identity
            if not any(entry.revision.startswith(revision) for entry in entries):
                return f"Cargo.lock has no {package} at revision {revision}"
        case OriginKind.LOCAL | OriginKind.STANDARD:
            pass
    return ""


def _no_target(unit: Unit, premises: Premises) -> str:
    package = unit.id.package
    if unit.origin.kind is not OriginKind.LOCAL or unit.mode is Mode.RUN:
        return ""
    if has_target(package, unit.kind, unit.target_name, premises):
        return ""
    return f"{package} has no {unit.kind} {unit.target_name} any more"


def has_target(package: str, kind: TargetKind, name: str, premises: Premises) -> bool:
    """Whether a package has such a target now, or may have: of those that are no members that is not known."""
    if not premises.targets or package not in premises.members or kind not in _NAMED:
        return True
    return (package, kind, name.replace("-", "_")) in _known_targets(premises.targets)


@functools.lru_cache(maxsize=4)
def _known_targets(targets: frozenset[MemberTarget]) -> frozenset[tuple[str, str, str]]:
    return frozenset(
        (target.package, target.kind, target.name.replace("-", "_")) for target in targets
    )
