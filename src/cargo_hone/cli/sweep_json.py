"""A sweep as programs read it: `cargo-hone/sweep/v1`."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from cargo_hone.sweep.budget import Budget
from cargo_hone.sweep.sweep import Swept

_SCHEMA = "cargo-hone/sweep/v1"


def document(entries: Sequence[Mapping[str, object]], *, dry_run: bool, several: bool) -> str:
    """Return the text: one target directory's keys at the top, several as a list under `targets`."""
    if not several:
        return json.dumps({"schema": _SCHEMA, **entries[0]}, indent=2)
    return json.dumps({"schema": _SCHEMA, "dry_run": dry_run, "targets": list(entries)}, indent=2)


def entry(swept: Swept, *, budget: Budget | None, dry_run: bool) -> dict[str, object]:
    """Return all that is known of one sweep."""
    plan, record, price = swept.plan, swept.record, swept.plan.price
    return {
        "target": text(plan.target_dir),
        "dry_run": dry_run,
        "before_bytes": record.before_bytes,
        "after_bytes": record.after_bytes,
        "deleted_units": record.deleted_units,
        "alive_units": plan.alive_units,
        "kept_units": record.kept_units,
        "skipped": record.skipped or None,
        "budget": _budget(swept, budget) if budget is not None else None,
        "price": {
            "units": price.units,
            "rebuild_s": round(price.rebuild_s, 3),
            "compile_s": round(price.compile_s, 3),
            "jobs": price.jobs,
            "sources": dict(price.sources),
        },
        "removals": [
            {
                "what": removal.label,
                "reason": removal.reason,
                "step": removal.step,
                "bytes": removal.freed_bytes,
                "compile_s": round(removal.compile_s, 3),
                "paths": [text(path) for path in removal.paths],
            }
            for removal in plan.removals
        ],
        "stays": [
            {"reason": stay.reason, "units": stay.units, "bytes": stay.size_bytes}
            for stay in plan.stays
        ],
        "doubts": list(plan.doubts),
    }


def untouched(
    target_dir: Path, size_bytes: int, *, reason: str, dry_run: bool
) -> dict[str, object]:
    """Return the entry of a target directory at which there was nothing to do, `reason` "" where it is small."""
    return {
        "target": text(target_dir),
        "dry_run": dry_run,
        "before_bytes": size_bytes,
        "after_bytes": size_bytes,
        "deleted_units": 0,
        "alive_units": None,
        "kept_units": None,
        "skipped": reason or None,
        "budget": None,
        "price": None,
        "removals": [],
        "stays": [],
        "doubts": [],
    }


def text(path: Path) -> str:
    """Return a path as text that JSON can hold, whatever bytes are in it."""
    return str(path).encode(errors="surrogateescape").decode(errors="replace")


def _budget(swept: Swept, budget: Budget) -> dict[str, object]:
    shortfall = swept.plan.shortfall
    return {
        "max_bytes": budget.max_bytes,
        "min_free_bytes": budget.min_free_bytes,
        "older_than_s": budget.older_than_s,
        "reached": shortfall is None,
        "missing_bytes": shortfall.missing_bytes if shortfall else 0,
        "missing_free_bytes": shortfall.missing_free_bytes if shortfall else 0,
        "left": [
            {"what": left.what, "bytes": left.size_bytes}
            for left in (shortfall.left if shortfall else ())
        ],
    }
