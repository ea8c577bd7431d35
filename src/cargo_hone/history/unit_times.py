"""How long units of one target directory took to compile as a whole; the directory forgets it with the next edit."""

from collections.abc import Sequence
from pathlib import Path

from cargo_hone.history.database import Database
from cargo_hone.history.stored import as_text, utc_now
from cargo_hone.history.swept import RebuildTime

_KEPT_DAYS = 180


def record_unit_times(database: Database, target_dir: Path, times: Sequence[RebuildTime]) -> None:
    """Keep compile times; a later one of the same unit replaces the earlier. Raises as `Database.writing` does.

    Those that nobody has seen for half a year are forgotten.
    """
    seen_at = utc_now()
    with database.writing() as writer:
        writer.run_each(
            "INSERT OR REPLACE INTO unit_time (target_dir, profile, package, hash, wall_s, frontend_s,"
            " seen_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (as_text(target_dir), t.profile, t.package, t.hash, t.wall_s, t.frontend_s, seen_at)
                for t in times
            ],
        )
        writer.run(
            "DELETE FROM unit_time WHERE julianday(seen_at) < julianday(?) - ?", seen_at, _KEPT_DAYS
        )


def unit_times(database: Database, target_dir: Path) -> tuple[RebuildTime, ...]:
    """Return what is known of the units of one target directory. Raises as `Database.read` does."""
    rows = database.read(
        "SELECT profile, package, hash, wall_s, frontend_s FROM unit_time WHERE target_dir = ?"
        " ORDER BY profile, package, hash",
        as_text(target_dir),
    )
    return tuple(
        RebuildTime(
            profile=row["profile"],
            package=row["package"],
            hash=row["hash"],
            wall_s=row["wall_s"],
            frontend_s=row["frontend_s"],
        )
        for row in rows
    )
