"""What rustdoc read of targets that their package has no more: it stays beside what it read of the others.

cargo (1.95) has one fingerprint directory for the documentation of all targets of a package, and takes nothing out of
it. What a removed program was documented with would stand as a need of the library's documentation for good.
"""

from dataclasses import replace

from cargo_hone.target.graph import build_graph
from cargo_hone.target.inventory import Entry
from cargo_hone.target.premises import Premises
from cargo_hone.target.staleness import has_target
from cargo_hone.target.state import TargetState
from cargo_hone.target.unit_trees import Orphan
from cargo_hone.target.units import Mode, Unit, Units, parsed_name, with_fingerprint

_REASON = "documentation of a target that its package has no more"
_DOCUMENTATION = "doc-"
_BESIDE = ("", "dep-", "output-")
"""What cargo puts before a fingerprint's name for the files that lie beside it."""


def without_outlived(state: TargetState, premises: Premises) -> TargetState:
    """Return the state without such parts of units, and their files as orphans.

    Where others may document a package of that name here, nothing is concluded. Raises OSError where a fingerprint that
    was listed cannot be read.
    """
    units: list[Unit] = []
    orphans: list[Orphan] = []
    profiles = {one.profile.path: one.profile for one in state.inventory.profiles}
    for unit in state.units.units:
        gone = _gone(unit, premises)
        if not gone:
            units.append(unit)
            continue
        left = [entry for entry in unit.fingerprint_tree if _part(entry) in gone]
        rest = (entry for entry in unit.fingerprint_tree if _part(entry) not in gone)
        units.append(with_fingerprint(unit, tuple(rest)))
        orphans.append(
            Orphan(
                profile=profiles[unit.id.profile],
                name=f"{unit.id.package}-{unit.id.hash}",
                # Without its JSON no part is one: should the sweep die in between.
                tree=tuple(sorted(left, key=lambda entry: not entry.name.endswith(".json"))),
                reason=_REASON,
            )
        )
    if not orphans:
        return state
    read = Units(units=tuple(units), orphans=(*state.units.orphans, *orphans))
    return replace(state, units=read, graph=build_graph(units))


def _gone(unit: Unit, premises: Premises) -> frozenset[str]:
    """The names of such parts; none where no other would be left."""
    if unit.mode is not Mode.DOC or not premises.crates:
        return frozenset()
    package = unit.id.package
    if sum(entry.name == package for entry in premises.locked) != 1:
        return frozenset()
    names = {_part(entry) for entry in unit.fingerprint_tree} - {""}
    gone = set[str]()
    for name in names:
        kind, target_name, _ = parsed_name(name)
        if not has_target(package, kind, target_name, premises):
            gone.add(name)
    return frozenset(gone) if gone < names else frozenset()


def _part(file: Entry) -> str:
    """The fingerprint's name that a file belongs to, if that is one of documentation."""
    if not file.is_directory:
        name = file.name.removesuffix(".json")
        for prefix in _BESIDE:
            if name.startswith(f"{prefix}{_DOCUMENTATION}"):
                return name.removeprefix(prefix)
    return ""
