import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from cargo_hone.errors import Busy, Unavailable, UsageProblem
from cargo_hone.history import database as database_module
from cargo_hone.history.database import Database, open_existing_history, open_history
from cargo_hone.history.migrations import APPLICATION_ID, MIGRATIONS
from cargo_hone.history.place import DATABASE_NAME
from cargo_hone.history.query import load_run, runs

from .conftest import begin, sample


def test_a_first_start_makes_the_directory_and_a_database_with_our_mark(tmp_path: Path) -> None:
    with open_history(tmp_path / "a" / "b") as history:
        assert history.read("PRAGMA user_version")[0][0] == len(MIGRATIONS)
        assert history.read("PRAGMA application_id")[0][0] == APPLICATION_ID
        assert history.read("PRAGMA journal_mode")[0][0] == "wal"
        assert history.read("PRAGMA foreign_keys")[0][0] == 1


def test_opening_again_keeps_what_is_there(tmp_path: Path) -> None:
    with open_history(tmp_path) as history:
        begin(history).sample(sample(1))
    with open_history(tmp_path) as history:
        assert [run.samples for run in runs(history)] == [1]


def test_looking_for_a_history_makes_no_file(tmp_path: Path) -> None:
    with open_existing_history(tmp_path / "state") as history:
        assert history is None
    assert list(tmp_path.iterdir()) == []
    with open_history(tmp_path / "state"), open_existing_history(tmp_path / "state") as history:
        assert history is not None


def test_a_migration_that_fails_half_way_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_history(tmp_path) as history:
        begin(history)
    broken = ("CREATE TABLE half (id INTEGER)", "CREATE TABLE half (id INTEGER)")
    monkeypatch.setattr(database_module, "MIGRATIONS", (*MIGRATIONS, broken))
    with pytest.raises(sqlite3.OperationalError, match="half"), open_history(tmp_path):
        pass
    monkeypatch.undo()
    with open_history(tmp_path) as history:
        assert history.read("PRAGMA user_version")[0][0] == len(MIGRATIONS)
        assert history.read("SELECT name FROM sqlite_master WHERE name = 'half'") == []


def test_a_later_migration_keeps_the_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_history(tmp_path) as history:
        begin(history).sample(sample(1))
    monkeypatch.setattr(
        database_module, "MIGRATIONS", (*MIGRATIONS, ("ALTER TABLE run ADD COLUMN later TEXT",))
    )
    with open_history(tmp_path) as history:
        assert history.read("PRAGMA user_version")[0][0] == len(MIGRATIONS) + 1
        assert history.read("SELECT later FROM run")[0][0] is None
        assert len(load_run(history, 1).samples) == 1


def test_a_newer_history_is_refused_and_not_touched(tmp_path: Path) -> None:
    with open_history(tmp_path) as history, history.writing() as writer:
        writer.run(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    before = (tmp_path / DATABASE_NAME).read_bytes()
    with pytest.raises(UsageProblem, match="newer cargo-hone") as caught, open_history(tmp_path):
        pass
    assert "upgrade" in caught.value.next_step
    assert "--state-dir" in caught.value.next_step
    assert (tmp_path / DATABASE_NAME).read_bytes() == before


def test_a_file_that_is_no_database_is_refused_and_not_touched(tmp_path: Path) -> None:
    (tmp_path / DATABASE_NAME).write_bytes(b"not a database, but somebody's notes " * 100)
    before = (tmp_path / DATABASE_NAME).read_bytes()
    with pytest.raises(UsageProblem, match="damaged") as caught, open_history(tmp_path):
        pass
    assert "mv " in caught.value.next_step
    assert (tmp_path / DATABASE_NAME).read_bytes() == before


def test_damage_inside_is_said_when_it_is_met(tmp_path: Path) -> None:
    with open_history(tmp_path) as history:
        recorder = begin(history)
        for repetition in range(200):
            recorder.sample(sample(repetition))
    path = tmp_path / DATABASE_NAME
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(UsageProblem, match="damaged"), open_history(tmp_path) as history:
        load_run(history, 1)
    assert path.read_bytes()[4096:] == content[4096:]


def test_somebody_elses_database_is_refused_and_not_touched(tmp_path: Path) -> None:
    path = tmp_path / DATABASE_NAME
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE recipes (name TEXT)")
    other.commit()
    other.close()
    before = path.read_bytes()
    with pytest.raises(UsageProblem, match="not a history of cargo-hone"), open_history(tmp_path):
        pass
    assert path.read_bytes() == before


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    # Not by permissions: tests may run as root, whom they do not stop.
    (tmp_path / "file").write_text("in the way")
    place = tmp_path / "file" / "state"
    with pytest.raises(Unavailable, match="cannot be written") as caught, open_history(place):
        pass
    assert "--state-dir" in caught.value.next_step


def test_a_read_only_database_is_said(tmp_path: Path) -> None:
    with open_history(tmp_path) as history:
        history.read("PRAGMA query_only = ON")
        with pytest.raises(Unavailable, match="cannot be written"):
            begin(history)


def test_a_writer_that_never_ends_is_said_as_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "PATIENCE_S", 0.05)
    with (
        open_history(tmp_path) as first,
        open_history(tmp_path) as second,
        first.writing(),
        pytest.raises(Busy, match="locked by another process"),
    ):
        begin(second)


def _interrupted_write(history: Database) -> None:
    with history.writing() as writer:
        writer.run("INSERT INTO warning (run_id, text) VALUES (1, 'half')")
        raise KeyboardInterrupt


def test_the_switch_to_the_log_waits_for_a_writer(tmp_path: Path) -> None:
    # SQLite's own patience does not cover this one: it says "locked" at once.
    other = sqlite3.connect(tmp_path / DATABASE_NAME, isolation_level=None, check_same_thread=False)
    other.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    other.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.3, lambda: other.execute("ROLLBACK"))
    release.start()
    with open_history(tmp_path) as history:
        assert history.read("PRAGMA journal_mode")[0][0] == "wal"
    release.join()
    other.close()


def _stale_first(version: Callable[[Database], int]) -> Callable[[Database], int]:
    stale = iter([0])  # what was read before the write lock was had
    return lambda database: next(stale) if stale.__length_hint__() else version(database)


def test_a_step_that_another_process_took_meanwhile_is_not_taken_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_history(tmp_path):
        pass
    true_version = database_module._version
    monkeypatch.setattr(database_module, "_version", _stale_first(true_version))
    with open_history(tmp_path) as history:
        assert history.read("PRAGMA user_version")[0][0] == len(MIGRATIONS)


def test_an_exception_takes_back_the_whole_transaction(tmp_path: Path) -> None:
    with open_history(tmp_path) as history:
        begin(history)
        with pytest.raises(KeyboardInterrupt):
            _interrupted_write(history)
        assert history.read("SELECT * FROM warning") == []


_WRITE = """
import sys
import threading
from collections.abc import Callable
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from history.conftest import begin, sample
from cargo_hone.history.database import open_history
with open_history(Path(sys.argv[1])) as history:
    recorder = begin(history)
    for repetition in range(60):
        recorder.sample(sample(repetition))
    recorder.finish()
"""


def test_processes_may_start_and_write_at_once(tmp_path: Path) -> None:
    tests = str(Path(__file__).parents[1])
    writers = [
        subprocess.Popen([sys.executable, "-c", _WRITE, str(tmp_path / "new"), tests])
        for _ in range(3)
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    with open_history(tmp_path / "new") as history:
        assert [run.samples for run in runs(history)] == [60, 60, 60]
        for run in runs(history):
            repetitions = [sample.repetition for sample in load_run(history, run.id).samples]
            assert repetitions == list(range(60))
