"""Sweeps that somebody asked for, or that went by themselves; those of the main job are in its own record."""

import sqlite3
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from cargo_hone.history.database import Database


class Trigger(StrEnum):
    """Who wanted a sweep."""

    ASKED = "asked"
    AUTO = "auto"
    WATCH = "watch"


@dataclass(frozen=True, slots=True, kw_only=True)
class SweptPart:
    """What went for one reason, of one step (`dead`, `old`, `incremental sessions`, `live`)."""

    step: str
    reason: str
    pieces: int
    freed_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSweep:
    """One sweep of one target directory; sizes in allocated bytes, `swept_at` UTC in ISO 8601.

    `max_bytes`, `min_free_bytes` and `older_than_s` are the budget, None where none was asked for. `rebuild_s` is
    how long cargo was foretold to take for all units that were not dead, `compile_s` the sum of their times (0.0
    where only the dead went). `missing_bytes` is what was missing to the budget in the end. `skipped` says why
    nothing was judged, if so.
    """

    target_dir: Path
    swept_at: str
    trigger: Trigger
    before_bytes: int
    after_bytes: int
    deleted_units: int
    kept_units: int
    max_bytes: int | None = None
    min_free_bytes: int | None = None
    older_than_s: float | None = None
    rebuild_s: float = 0.0
    compile_s: float = 0.0
    missing_bytes: int = 0
    skipped: str = ""
    parts: tuple[SweptPart, ...] = ()

    @property
    def freed_bytes(self) -> int:
        """What came back."""
        return self.before_bytes - self.after_bytes


def record_sweep(database: Database, sweep: OwnSweep) -> None:
    """Keep one sweep. Raises as `Database.writing` does."""
    with database.writing() as writer:
        sweep_id = writer.run(
            "INSERT INTO own_sweep (target_dir, swept_at, cause, before_bytes, after_bytes, deleted_units,"
            " kept_units, max_bytes, min_free_bytes, older_than_s, rebuild_s, compile_s, missing_bytes,"
            " skipped) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            as_text(sweep.target_dir),
            sweep.swept_at,
            sweep.trigger,
            sweep.before_bytes,
            sweep.after_bytes,
            sweep.deleted_units,
            sweep.kept_units,
            sweep.max_bytes,
            sweep.min_free_bytes,
            sweep.older_than_s,
            sweep.rebuild_s,
            sweep.compile_s,
            sweep.missing_bytes,
            sweep.skipped,
        )
        writer.run_each(
            "INSERT INTO own_sweep_part (sweep_id, position, step, reason, pieces, freed_bytes)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            [
                (sweep_id, place, part.step, part.reason, part.pieces, part.freed_bytes)
                for place, part in enumerate(sweep.parts)
            ],
        )


def last_sweep(database: Database, target_dir: Path) -> OwnSweep | None:
    """Return the newest sweep of a target directory; None where there was none. Raises as `Database.read` does."""
    found = own_sweeps(database, target_dir, limit=1)
    return found[0] if found else None


def own_sweeps(database: Database, target_dir: Path, *, limit: int = -1) -> tuple[OwnSweep, ...]:
    """Return the sweeps of a target directory, the newest first, `limit` at most (-1: all)."""
    rows = database.read(
        "SELECT * FROM own_sweep WHERE target_dir = ? ORDER BY id DESC LIMIT ?",
        as_text(target_dir),
        limit,
    )
    return tuple(_sweep(row, _parts(database, row["id"])) for row in rows)


def as_text(path: Path) -> str:
    """Return a path as SQLite can hold it, whatever bytes are in it."""
    return str(path).encode(errors="surrogateescape").decode(errors="backslashreplace")


def _sweep(row: sqlite3.Row, parts: tuple[SweptPart, ...]) -> OwnSweep:
    return OwnSweep(
        target_dir=Path(row["target_dir"]),
        swept_at=row["swept_at"],
        trigger=Trigger(row["cause"]),
        before_bytes=row["before_bytes"],
        after_bytes=row["after_bytes"],
        deleted_units=row["deleted_units"],
        kept_units=row["kept_units"],
        max_bytes=row["max_bytes"],
        min_free_bytes=row["min_free_bytes"],
        older_than_s=row["older_than_s"],
        rebuild_s=row["rebuild_s"],
        compile_s=row["compile_s"],
        missing_bytes=row["missing_bytes"],
        skipped=row["skipped"],
        parts=parts,
    )


def _parts(database: Database, sweep_id: int) -> tuple[SweptPart, ...]:
    rows = database.read(
        "SELECT step, reason, pieces, freed_bytes FROM own_sweep_part WHERE sweep_id = ?"
        " ORDER BY position",
        sweep_id,
    )
    return tuple(
        SweptPart(
            step=row["step"],
            reason=row["reason"],
            pieces=row["pieces"],
            freed_bytes=row["freed_bytes"],
        )
        for row in rows
    )
