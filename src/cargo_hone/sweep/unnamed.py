"""Final names that no live command makes: `target/debug/app` of a build that nobody runs any more.

The unit may be alive all the same (a proc macro that was built for itself once, and is a dependency now), and the name
be a copy that no unit's file is linked to.
"""

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from cargo_hone.sweep.belongings import final_name, notes_of
from cargo_hone.target.inventory import ProfileInventory
from cargo_hone.target.state import TargetState
from cargo_hone.target.unit_trees import Orphan


def without_unnamed(state: TargetState, *, named: Iterable[Path], reason: str) -> TargetState:
    """Return the state with the final names of its units as orphans (for `reason`), but for those that are `named`."""
    kept = {os.path.realpath(path) for path in named}
    kept |= {note for path in tuple(kept) for note in notes_of(path)}
    profiles: list[ProfileInventory] = []
    orphans: list[Orphan] = []
    for filed in state.inventory.profiles:
        final_path = filed.profile.final_path
        made = {
            name
            for unit in state.units.units
            if unit.id.profile == filed.profile.path
            for output in unit.outputs
            if (name := final_name(unit, output, final_path))
        }
        made |= {note for path in made for note in notes_of(path)}
        gone = {
            entry.path: entry
            for entry in (*filed.final, *filed.examples)
            if entry.path in made and os.path.realpath(entry.path) not in kept
        }
        orphans += [
            Orphan(profile=filed.profile, name=entry.name, tree=(entry,), reason=reason)
            for entry in gone.values()
        ]
        profiles.append(
            replace(
                filed,
                final=[entry for entry in filed.final if entry.path not in gone],
                examples=[entry for entry in filed.examples if entry.path not in gone],
            )
        )
    if not orphans:
        return state
    return replace(
        state,
        inventory=replace(state.inventory, profiles=tuple(profiles)),
        units=replace(state.units, orphans=(*state.units.orphans, *orphans)),
    )
