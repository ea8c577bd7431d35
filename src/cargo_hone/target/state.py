"""All that is known of one target directory at one moment, read in order: layout, files, units, edges."""

from dataclasses import dataclass
from pathlib import Path

from cargo_hone.target import mounts, proof
from cargo_hone.target.entry import InUse
from cargo_hone.target.graph import Graph, build_graph
from cargo_hone.target.incremental import IncrementalDir, read_incremental
from cargo_hone.target.inventory import Inventory, take_inventory
from cargo_hone.target.layout import Layout, read_layout
from cargo_hone.target.units import Units, read_units


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetState:
    """One look at a target directory, in whichever layout."""

    layout: Layout
    inventory: Inventory
    units: Units
    graph: Graph
    incremental: tuple[IncrementalDir, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Untouchable:
    """A directory that nothing may be deleted from, and why."""

    root: Path
    reason: str


def examine(
    root: Path, *, final_root: Path | None = None, for_locks: bool = False
) -> Layout | Untouchable:
    """Read the layout of `root`, or say why nothing in it may be judged.

    With a split build-dir `root` is that, where cargo compiles, and `final_root` the target directory; `for_locks` is
    as for `read_layout`. Raises OSError as the system says.
    """
    layout = read_layout(root, final_root=final_root, for_locks=for_locks)
    reason = proof.refusal(root, layout) or layout.problem
    if not reason:
        try:
            table = mounts.read_mounts()
            reason = next(filter(None, (mounts.refusal(one, table) for one in layout.roots)), "")
        except FileNotFoundError:
            reason = "without /proc it cannot be seen which programs run from it (macOS is not supported)"
    return Untouchable(root=root, reason=reason) if reason else layout


def read_state(layout: Layout, *, in_use: InUse | None = None) -> TargetState:
    """Read everything; for a stable answer hold cargo's locks. Raises OSError as the system says.

    With `in_use` what never matters by itself is summed up, as `take_inventory` says.
    """
    inventory = take_inventory(layout, in_use=in_use)
    units = read_units(inventory)
    return TargetState(
        layout=layout,
        inventory=inventory,
        units=units,
        graph=build_graph(units.units),
        incremental=tuple(
            directory
            for profile in inventory.profiles
            for directory in read_incremental(profile, units.units)
        ),
    )
