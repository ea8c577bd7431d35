"""A sweep as programs read it: `cargo-hone/sweep/v1`."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cargo_hone.sweep.budget import Budget
from cargo_hone.sweep.commands import Commands
from cargo_hone.sweep.shortfall import Shortfall
from cargo_hone.sweep.subject import Subject
from cargo_hone.sweep.sweep import Swept

if TYPE_CHECKING:
    from cargo_hone.sweep.many import Passed
    from cargo_hone.sweep.together import Together
    from cargo_hone.sweep.verify import Checked

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
        "trash_bytes": swept.trash_bytes,
        "budget": _budget(swept.plan.shortfall, budget) if budget is not None else None,
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
        "space": [
            {
                "name": share.name,
                "kind": share.kind,
                "bytes": share.size_bytes,
                "entries": share.entries,
            }
            for share in swept.shares
        ],
    }


def of_commands(commands: Commands, checked: Sequence["Checked"]) -> dict[str, object]:
    """Return what this repository runs, and what the proof found."""
    return {
        "commands": [
            {"command": one.command.text, "sources": list(one.sources)} for one in commands.found
        ],
        "commands_passed_over": [
            {"command": one.text, "source": one.source, "reason": one.reason}
            for one in commands.passed_over
        ],
        "verify": [
            {
                "command": one.command.text,
                "ok": one.ok,
                "fresh": one.fresh,
                "missed": list(one.missed),
                "priced": list(one.priced),
                "others": list(one.others),
            }
            for one in checked
        ],
    }


def together(
    done: "Together",
    subjects: Mapping[Path, Subject],
    *,
    budget: Budget | None,
    dry_run: bool,
    passed: Sequence["Passed"],
) -> str:
    """Return the text of a sweep of several target directories that share a budget."""
    targets = [
        {
            **entry(one, budget=None, dry_run=dry_run),
            "workspace": _workspace(subjects[target_dir]),
            "gone": subjects[target_dir].gone or None,
        }
        for target_dir, one in done.swept.items()
    ]
    found = {
        "schema": _SCHEMA,
        "dry_run": dry_run,
        "before_bytes": done.before_bytes,
        "after_bytes": done.after_bytes,
        "budget": _budget(done.shortfall, budget) if budget is not None else None,
        "targets": targets,
        "refused": [
            {"target": text(one.target_dir), "error": one.error.message, "code": one.error.code}
            for one in done.refused
        ],
        "unreadable": [{"path": text(one.path), "reason": one.reason} for one in passed],
    }
    return json.dumps(found, indent=2)


def _workspace(subject: Subject) -> str | None:
    return text(subject.root) if subject.known is not None else None


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
        "trash_bytes": 0,
        "budget": None,
        "price": None,
        "removals": [],
        "stays": [],
        "doubts": [],
        "space": [],
    }


def text(path: str | Path) -> str:
    """Return a path as text that JSON can hold, whatever bytes are in it."""
    return str(path).encode(errors="surrogateescape").decode(errors="replace")


def _budget(shortfall: Shortfall | None, budget: Budget) -> dict[str, object]:
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
