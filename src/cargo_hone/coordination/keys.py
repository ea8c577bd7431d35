"""The three keys that are always there (status, metrics, blockers), and what they hold."""

import json
from collections.abc import Sequence
from typing import Any

from cargo_hone.coordination.memory import now
from cargo_hone.history.run import FactKey, RunRecord
from cargo_hone.report.export import build_optimization

_MOST_BLOCKERS = 100

# JSON has nothing but objects: what the values are made of ends here.
_Object = dict[str, Any]


def status(prefix: str) -> str:
    """Return the key of the status: where the work stands."""
    return f"{prefix}/status"


def metrics(prefix: str) -> str:
    """Return the key of the final figures."""
    return f"{prefix}/metrics"


def blockers(prefix: str) -> str:
    """Return the key of the list of what could not be done."""
    return f"{prefix}/blockers"


def every(prefix: str) -> tuple[str, ...]:
    """Return all three keys."""
    return status(prefix), metrics(prefix), blockers(prefix)


def before_any_run(prefix: str) -> dict[str, str]:
    """Return what the three keys hold where nothing has been done yet."""
    return {
        status(prefix): text({"phase": prefix, "state": "idle"}),
        metrics(prefix): text(figures(None)),
        blockers(prefix): text([]),
    }


def figures(run: RunRecord | None) -> _Object:
    """Return the final figures of a recorded run, as its pages show them; None: nothing was measured."""
    if run is None:
        return {"measured_at": None, "scenarios": [], "target_bytes": {}, "goals": [], "sweeps": []}
    exported = build_optimization(run)
    table = exported["table"]
    return {
        "history_run": run.id,
        "measured_at": run.started_at,
        "applied": run.fact(FactKey.APPLIED),
        "scenarios": [
            {
                "scenario": row["scenario"],
                "label": row["label"],
                "verdict": row["verdict"],
                "median_s": {cell["variant"]: cell["median_s"] for cell in row["cells"]},
                "change_percent": {
                    cell["variant"]: cell["change_percent"]
                    for cell in row["cells"]
                    if cell["change_percent"] is not None
                },
            }
            for row in table["rows"]
        ],
        "target_bytes": table["target_bytes"],
        "goals": exported["goals"],
        "sweeps": exported["sweeps"],
    }


def with_blocker(value: str | None, *, run: str, step: str, message: str) -> str:
    """Return the list of blockers with one more; the same one again only counts up.

    The newest hundred are kept. What cannot be read as such a list is replaced.
    """
    entries = _entries(value)
    for entry in entries:
        if (entry.get("run"), entry.get("step"), entry.get("message")) == (run, step, message):
            entry["times"] = int(entry.get("times", 1)) + 1
            return text(entries)
    entries.append({"step": step, "message": message, "when": now(), "run": run, "times": 1})
    return text(entries[-_MOST_BLOCKERS:])


def _entries(value: str | None) -> list[_Object]:
    try:
        found = json.loads(value or "[]")
    except ValueError:
        return []
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def text(value: _Object | Sequence[_Object]) -> str:
    """Return a value as JSON on one line, as it is kept: in UTF-8, whatever a path had in it."""
    return json.dumps(value, ensure_ascii=False).encode(errors="replace").decode()
