"""What a run leaves in the memory, however it ends; and that no listener, disk or memory can hurt it."""

import json
import os
import sqlite3
from pathlib import Path

import pytest

from cargo_hone.coordination import spool
from cargo_hone.coordination.memory import NAME, reading
from cargo_hone.coordination.run import begin
from cargo_hone.events import Event, EventKind
from cargo_hone.history.database import open_history
from cargo_hone.history.query import load_run
from cargo_hone.settings.model import Coordination
from tests.coordination.conftest import PREFIX, Desk
from tests.history.conftest import begin as recording
from tests.history.conftest import sample

OFF = {"claude-flow": False}


@pytest.mark.parametrize(
    ("ending", "state", "error", "blockers"),
    [
        ("finished", "finished", "", []),
        ("failed", "failed", "the build broke", ["the build broke"]),
        ("bug", "failed", "RuntimeError('a bug')", ["RuntimeError('a bug')"]),
        ("interrupted", "interrupted", "", []),
    ],
)
def test_all_three_keys_are_there_however_it_ends(
    desk: Desk, ending: str, state: str, error: str, blockers: list[str]
) -> None:
    desk.run(["started", "sweep", "sweeping"], ending=ending, **OFF)
    status = desk.memory("status")
    assert (status["state"], status["error"]) == (state, error)
    assert (status["step"], status["step_state"]) == ("sweep", "started")
    assert status["workspace"] == str(desk.root)
    assert status["started"] <= status["updated"]
    metrics = desk.memory("metrics")
    assert (metrics["run"], metrics["scenarios"]) == (status["run"], [])
    assert [entry["message"] for entry in desk.memory("blockers")] == blockers
    assert not (desk.state / "coordination").exists()


def test_blockers_are_those_of_the_last_run(desk: Desk) -> None:
    desk.run(["blocked", "ci", "there is no workflow"], **OFF)
    (blocker,) = desk.memory("blockers")
    assert (blocker["step"], blocker["message"]) == ("ci", "there is no workflow")
    assert blocker["run"] == desk.memory("status")["run"]
    assert desk.memory("status")["step_state"] == "blocked"
    desk.run(**OFF)
    assert desk.memory("blockers") == []


def test_progress_is_not_spooled(desk: Desk, tmp_path: Path) -> None:
    notes: list[str] = []
    settings = Coordination(claude_flow=False, jsonl="out.jsonl")
    # No drain: what is spooled stays to be looked at.
    state = tmp_path / "s"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cargo_hone.coordination.drain.start", lambda *_: None)
        with begin(
            settings, root=desk.root, state_dir=state, env=desk.env, note=notes.append
        ) as told:
            for kind in EventKind:
                told.emit(Event(kind=kind, step="s", message="m"))
    lines = [json.loads(line) for line in spool.pending(state)[0].read_text().splitlines()]
    kinds = [line["kind"] for line in lines if line["record"] == "happened"]
    assert kinds == [kind for kind in EventKind if kind is not EventKind.PROGRESS]
    assert notes == []


def test_a_state_directory_that_cannot_be_written_costs_a_note(desk: Desk) -> None:
    desk.state.write_text("a file")
    noted = desk.run(["finished"], ["blocked"])
    assert noted.count("note: ") == 2
    assert "without its memory" in noted
    assert "without its listeners" in noted


def test_a_memory_that_somebody_holds_costs_one_short_wait(desk: Desk) -> None:
    desk.run(**OFF)
    holder = sqlite3.connect(desk.state / NAME, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    noted = desk.run(*[["finished", "ci", "m"]] * 50, **OFF)
    holder.close()
    # Once in the run and once at its end, not for each of fifty events.
    assert noted.count("is locked by another process") == 2


def test_a_full_disk_ends_the_spool_not_the_run(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes: list[str] = []
    real = os.write
    full = False

    def short(descriptor: int, data: bytes) -> int:
        return real(descriptor, data[:3] if full else data)

    monkeypatch.setattr("cargo_hone.coordination.drain.start", lambda *_: None)
    monkeypatch.setattr("cargo_hone.coordination.spool.os.write", short)
    settings = Coordination(claude_flow=False, jsonl="out.jsonl")
    with begin(
        settings, root=desk.root, state_dir=desk.state, env=desk.env, note=notes.append
    ) as told:
        full = True
        for _ in range(3):
            told.emit(Event(kind=EventKind.NOTED, step="s", message="m"))
    assert notes == ["coordination goes on without its listeners: the disk is full"]
    with spool.Reader(spool.pending(desk.state)[0]) as reader:
        assert len(list(reader.records())) == 2


def test_the_figures_are_those_of_the_record(desk: Desk, tmp_path: Path) -> None:
    with open_history(tmp_path / "history") as database:
        recorder = recording(database)
        for repetition in range(3):
            recorder.sample(sample(repetition))
            recorder.sample(sample(repetition, variant="all changes"))
        record = load_run(database, recorder.run_id)
    settings = Coordination(claude_flow=False)
    with begin(settings, root=desk.root, state_dir=desk.state, env={}, note=print) as told:
        told.measured(record)
    metrics = desk.memory("metrics")
    assert metrics["history_run"] == record.id
    (row,) = metrics["scenarios"]
    assert (row["scenario"], row["median_s"]) == ("noop", {"baseline": 1.1, "all changes": 1.1})
    assert row["change_percent"] == {}
    with reading(desk.state) as memory:
        assert memory is not None
        assert [entry.key for entry in memory.list(f"{PREFIX}/")] == [
            f"{PREFIX}/{name}" for name in ("blockers", "metrics", "status")
        ]
