"""Sweeps and compile times as they come back."""

from dataclasses import replace
from pathlib import Path

from cargo_hone.history.database import Database, open_history
from cargo_hone.history.sweeps import (
    OwnSweep,
    Trigger,
    last_sweep,
    own_sweeps,
    record_sweep,
)
from cargo_hone.history.swept import RebuildTime, SweptPart
from cargo_hone.history.unit_times import record_unit_times, unit_times

TARGET = Path("/code/shop/target")
SWEEP = OwnSweep(
    target_dir=TARGET,
    swept_at="2026-11-22T12:00:00.000+00:00",
    trigger=Trigger.AUTO,
    before_bytes=5000,
    after_bytes=2000,
    deleted_units=3,
    kept_units=7,
    max_bytes=2500,
    older_than_s=86400.0,
    rebuild_s=12.5,
    compile_s=20.25,
    missing_bytes=10,
    parts=(
        SweptPart(step="dead", reason="superseded", pieces=2, freed_bytes=1000),
        SweptPart(step="live", reason="for the budget", pieces=1, freed_bytes=2000),
    ),
)
TIME = RebuildTime(
    profile="debug", package="shop", hash="0123456789abcdef", wall_s=3.5, frontend_s=1.25
)


def test_a_sweep_comes_back_as_it_was(database: Database) -> None:
    record_sweep(database, SWEEP)
    assert last_sweep(database, TARGET) == SWEEP
    assert SWEEP.freed_bytes == 3000


def test_the_last_one_of_that_target_directory_counts(database: Database) -> None:
    assert last_sweep(database, TARGET) is None
    later = replace(SWEEP, trigger=Trigger.ASKED, skipped="it is on a network", parts=())
    elsewhere = replace(SWEEP, target_dir=Path("/other"))
    for one in (SWEEP, later, elsewhere):
        record_sweep(database, one)
    assert last_sweep(database, TARGET) == later
    assert own_sweeps(database, TARGET) == (later, SWEEP)
    assert own_sweeps(database, TARGET, limit=1) == (later,)


def test_a_later_time_replaces_the_earlier_one(database: Database) -> None:
    other = replace(TIME, hash="f" * 16, frontend_s=None)
    record_unit_times(database, TARGET, [TIME, other])
    record_unit_times(database, TARGET, [replace(TIME, wall_s=4.0)])
    assert unit_times(database, TARGET) == (replace(TIME, wall_s=4.0), other)
    assert unit_times(database, Path("/other")) == ()


def test_what_nobody_has_seen_for_half_a_year_is_forgotten(database: Database) -> None:
    record_unit_times(database, TARGET, [TIME])
    with database.writing() as writer:
        writer.run("UPDATE unit_time SET seen_at = '2020-01-01T00:00:00.000+00:00'")
    record_unit_times(database, TARGET, [])
    assert unit_times(database, TARGET) == ()


def test_strange_bytes_in_a_path_are_no_obstacle(tmp_path: Path) -> None:
    strange = Path("/code/\udcff/target")
    with open_history(tmp_path) as database:
        record_sweep(database, replace(SWEEP, target_dir=strange))
        record_unit_times(database, strange, [TIME])
        assert unit_times(database, strange) == (TIME,)
        found = last_sweep(database, strange)
    assert found is not None
    assert found.before_bytes == SWEEP.before_bytes
