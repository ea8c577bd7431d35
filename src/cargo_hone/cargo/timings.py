"""Per-unit times of one build, from `cargo build --timings`.

The report is an HTML page; the array `UNIT_DATA` in it is the only place where stable cargo says how long each
unit took (cargo 1.95), and the one exception to asking cargo in its machine language.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTime:
    """One unit that was compiled or run; `target` is empty for a library, else like `mybin bin`.

    Seconds since the build began, and how long it took.

    `frontend_s` is the time until its metadata was there (dependents may start then); None where cargo does not say, as
    for binaries.

    `number` is the unit's within the report. `unblocks` are the units for which its end was the last thing that they
    waited for, `unblocks_early` those for which its metadata was.
    """

    package: str
    target: str
    start_s: float
    duration_s: float
    frontend_s: float | None
    number: int = -1
    unblocks: tuple[int, ...] = ()
    unblocks_early: tuple[int, ...] = ()


def read(target_dir: Path) -> tuple[UnitTime, ...]:
    """Read the newest timing report below `target_dir`; empty where there is none that can be understood."""
    page = target_dir / "cargo-timings" / "cargo-timing.html"
    try:
        text = page.read_text("utf-8")
    except OSError:
        return ()
    found = re.search(r"^const UNIT_DATA = (\[.*?\]);$", text, re.MULTILINE | re.DOTALL)
    if found is None:
        return ()
    # A fresh unit is listed as well, with a duration of 0.
    return tuple(_unit(entry) for entry in json.loads(found[1]) if entry["duration"] > 0)


def _unit(entry: dict[str, Any]) -> UnitTime:
    frontend = entry.get("rmeta_time")
    for name, section in entry.get("sections") or ():
        if name == "frontend" and frontend is None:
            frontend = section["end"] - section["start"]
    return UnitTime(
        package=entry["name"],
        target=(entry.get("target") or "").replace('"', "").strip(),
        start_s=entry["start"],
        duration_s=entry["duration"],
        frontend_s=frontend,
        number=entry.get("i", -1),
        unblocks=_edges(entry, "units"),
        unblocks_early=_edges(entry, "rmeta_units"),
    )


def _edges(entry: dict[str, Any], of: str) -> tuple[int, ...]:
    # Cargo 1.95 writes `unblocked_…`; older ones wrote `unlocked_…`.
    found = entry.get(f"unblocked_{of}")
    return tuple(entry.get(f"unlocked_{of}") or () if found is None else found)
