"""Sweeps that somebody asked for, or that went by themselves; those of the main job are in its own record."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.history.database import Database
from cargo_hone.history.stored import as_text
from cargo_hone.history.swept import GivenUp, SweptPart, Trigger


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What it took to compile again what a sweep gave up, as far as that was seen later; seconds.

    `units` were compiled since; the sum of their times was foretold as `foretold_s` and was `compile_s`. `rebuild_s`
    is the time during which at least one of them was being compiled.
    """

    units: int
    foretold_s: float
    compile_s: float
    rebuild_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSweep:
    """One sweep of one target directory; sizes in allocated bytes, `swept_at` UTC in ISO 8601.

    `max_bytes`, `min_free_bytes` and `older_than_s` are the budget, None where none was asked for. `rebuild_s` is
    how long cargo was foretold to take for all units that were not dead, `compile_s` the sum of their times (0.0
    where only the dead went). `missing_bytes` is what was missing to the budget in the end. `skipped` says why
    nothing was judged, if so. `given_up` are the units that were not dead, `seen` what they took later (None: nothing
    of them was compiled again yet). `rebuilt_units` is what the proof of it compiled although it was not to; None
    where there was none.
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
    given_up: tuple[GivenUp, ...] = ()
    seen: Seen | None = None
    rebuilt_units: int | None = None

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
            " skipped, rebuilt_units) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
            sweep.rebuilt_units,
        )
        writer.run_each(
            "INSERT INTO own_sweep_part (sweep_id, position, step, reason, pieces, freed_bytes)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            [
                (sweep_id, place, part.step, part.reason, part.pieces, part.freed_bytes)
                for place, part in enumerate(sweep.parts)
            ],
        )
        writer.run_each(
            "INSERT OR IGNORE INTO own_sweep_unit (sweep_id, profile, package, hash, compile_s) VALUES (?, ?, ?, ?, ?)",
            [(sweep_id, u.profile, u.package, u.hash, u.compile_s) for u in sweep.given_up],
        )


def record_seen(database: Database, sweep: OwnSweep, seen: Seen) -> None:
    """Keep what was seen later of a recorded sweep, in place of what was kept before. Raises as `Database.writing`."""
    with database.writing() as writer:
        writer.run(
            "UPDATE own_sweep SET seen_units = ?, seen_foretold_s = ?, seen_compile_s = ?, seen_rebuild_s = ?"
            " WHERE target_dir = ? AND swept_at = ?",
            seen.units,
            seen.foretold_s,
            seen.compile_s,
            seen.rebuild_s,
            as_text(sweep.target_dir),
            sweep.swept_at,
        )


def record_proof(database: Database, sweep: OwnSweep, rebuilt_units: int) -> None:
    """Keep what the proof of a recorded sweep compiled although it was not to. Raises as `Database.writing`."""
    with database.writing() as writer:
        writer.run(
            "UPDATE own_sweep SET rebuilt_units = ? WHERE target_dir = ? AND swept_at = ?",
            rebuilt_units,
            as_text(sweep.target_dir),
            sweep.swept_at,
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
    return tuple(
        _sweep(row, _parts(database, row["id"]), _given_up(database, row["id"])) for row in rows
    )


def _sweep(
    row: sqlite3.Row, parts: tuple[SweptPart, ...], given_up: tuple[GivenUp, ...]
) -> OwnSweep:
    seen = None
    if row["seen_units"]:
        seen = Seen(
            units=row["seen_units"],
            foretold_s=row["seen_foretold_s"],
            compile_s=row["seen_compile_s"],
            rebuild_s=row["seen_rebuild_s"],
        )
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
        given_up=given_up,
        seen=seen,
        rebuilt_units=row["rebuilt_units"],
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


def _given_up(database: Database, sweep_id: int) -> tuple[GivenUp, ...]:
    rows = database.read(
        "SELECT profile, package, hash, compile_s FROM own_sweep_unit WHERE sweep_id = ?"
        " ORDER BY profile, package, hash",
        sweep_id,
    )
    return tuple(
        GivenUp(
            profile=row["profile"],
            package=row["package"],
            hash=row["hash"],
            compile_s=row["compile_s"],
        )
        for row in rows
    )
