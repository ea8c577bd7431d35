"""Why a budget cannot be reached: what is missing, and what the target directory is left with."""

from dataclasses import dataclass

from cargo_hone.sweep.budget import Budget, Demand
from cargo_hone.target.inventory import Kind
from cargo_hone.target.state import TargetState
from cargo_hone.target.units import UnitId


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """Allocated bytes that the sweep leaves, and whose they are."""

    what: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortfall:
    """How many bytes are missing to the budget, and what is left, the largest first.

    `missing_free_bytes` are those that are missing to the free space alone.
    """

    missing_bytes: int
    missing_free_bytes: int = 0
    left: tuple[Left, ...] = ()


def find_shortfall(
    state: TargetState,
    demand: Demand,
    *,
    freed_bytes: int,
    stays: frozenset[UnitId],
    in_use: frozenset[UnitId],
    was_futile: bool,
) -> Shortfall | None:
    """Say what is missing after `freed_bytes` have come back; None where the budget is reached.

    `in_use` are the units that running programs hold, with what those need.
    """
    total_bytes = state.inventory.total_bytes
    need_bytes = demand.budget.need_bytes(total_bytes=total_bytes, free_bytes=demand.free_bytes)
    if freed_bytes >= need_bytes:
        return None
    kinds = dict(state.inventory.bytes_by_kind)
    left = {
        "nested target directories": kinds[Kind.NESTED],
        "documentation": kinds[Kind.DOCS],
        "directories of other tools": kinds[Kind.TOOLING],
        "files that are no compilation of cargo's": kinds[Kind.OTHER],
        "what running programs use, and what that stands on": _bytes_of(state, stays & in_use),
    }
    if was_futile:
        left["units in use, which alone would not be enough"] = _bytes_of(state, stays - in_use)
    rest = total_bytes - freed_bytes - sum(left.values())
    left["outputs without a hash in their name, directories, lock files"] = rest
    return Shortfall(
        missing_bytes=need_bytes - freed_bytes,
        missing_free_bytes=max(
            (demand.budget.min_free_bytes or 0) - demand.free_bytes - freed_bytes, 0
        ),
        left=tuple(
            Left(what=what, size_bytes=size_bytes)
            for what, size_bytes in sorted(left.items(), key=lambda item: -item[1])
            if size_bytes > 0
        ),
    )


def untouched(budget: Budget, total_bytes: int, free_bytes: int) -> Shortfall | None:
    """Say what is missing where nothing may be deleted; None where the budget holds anyway."""
    need_bytes = budget.need_bytes(total_bytes=total_bytes, free_bytes=free_bytes)
    if need_bytes <= 0:
        return None
    return Shortfall(
        missing_bytes=need_bytes,
        missing_free_bytes=max((budget.min_free_bytes or 0) - free_bytes, 0),
    )


def _bytes_of(state: TargetState, units: frozenset[UnitId]) -> int:
    inodes = {
        entry.identity: entry.allocated_bytes
        for unit_id in units
        for unit in (state.graph.units[unit_id],)
        for entry in (*unit.fingerprint_tree, *unit.outputs, *unit.build_tree)
    }
    return sum(inodes.values())
