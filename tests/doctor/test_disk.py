"""How long the disk will do, from a history."""

import shutil
from pathlib import Path

from cargo_hone.doctor.disk import forecast
from cargo_hone.history.database import open_history
from tests.history.measured import commit, measured, put

CLEAN = {("clean-cold", "baseline"): [60.0, 61.0]}
EDIT = {("edit-root", "baseline"): [2.0]}


def test_without_a_history_nothing_is_said_and_none_is_made(tmp_path: Path) -> None:
    assert forecast(tmp_path / "target", tmp_path / "state") is None
    assert not (tmp_path / "state").exists()


def test_the_newest_run_that_built_clean_counts(tmp_path: Path) -> None:
    runs = (
        measured(CLEAN, at=commit(1), day=1, target_bytes=9_000),
        measured(CLEAN, at=commit(2), day=2, target_bytes=5_000),
        measured(EDIT, at=commit(3), day=3),
    )
    with open_history(tmp_path / "state") as database:
        put(database, *runs)
    found = forecast(tmp_path / "not" / "yet", tmp_path / "state")
    assert found is not None
    assert (found.clean_build_bytes, found.builds_measured) == (5_000, 2)
    assert abs(found.free_bytes - shutil.disk_usage(tmp_path).free) < 10**9


def test_a_history_without_clean_builds_says_nothing(tmp_path: Path) -> None:
    with open_history(tmp_path / "state") as database:
        put(database, measured(EDIT, at=commit(1)))
    assert forecast(tmp_path, tmp_path / "state") is None
