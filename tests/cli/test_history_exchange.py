"""Runs from one machine to another, by `cargo hone history save|load|push|pull`; several processes at once."""

import contextlib
import json
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cargo_hone.files.lock import locked
from cargo_hone.history.database import open_history
from cargo_hone.history.place import DATABASE_NAME, state_dir
from tests.history.git import git
from tests.history.measured import commit, measured, put

from .measured_place import ENV, TIMES, Place, runs


@pytest.fixture
def place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Place:
    return Place(tmp_path, monkeypatch, capsys)


def test_runs_travel_in_a_file_each_once(place: Place) -> None:
    place.put(*runs(3))
    code, out, _ = place.hone("history", "save", "out/runs.jsonl")
    assert (code, out.strip()) == (0, f"{place.root}/out/runs.jsonl: 3 runs added")
    lines = (place.root / "out/runs.jsonl").read_bytes().splitlines()
    assert len(lines) == 3
    assert not any(str(place.root).encode() in line for line in lines)
    place.database.unlink()
    code, out, _ = place.hone("history", "load", "out/runs.jsonl", "out/runs.jsonl")
    assert (code, out.strip()) == (0, "3 runs taken over, 3 here already")
    _, out, _ = place.hone("history", "save", "out/runs.jsonl", "--format", "json")
    assert json.loads(out) == {"schema": "cargo-hone/history-save/v1", "new": 0, "known": 3}
    assert (place.root / "out/runs.jsonl").read_bytes().splitlines() == lines


def test_a_file_keeps_the_runs_of_others(place: Place) -> None:
    place.put(*runs(2))
    place.hone("history", "save", "runs.jsonl")
    place.database.unlink()
    place.put(*runs(3)[2:])
    place.hone("history", "save", "runs.jsonl")
    assert len((place.root / "runs.jsonl").read_bytes().splitlines()) == 3


@pytest.mark.parametrize("command", ["save", "load"])
def test_a_file_that_is_something_else_is_refused_and_kept(place: Place, command: str) -> None:
    place.put(*runs(1))
    before = (place.root / "Cargo.toml").read_bytes()
    code, _, err = place.hone("history", command, "Cargo.toml")
    assert (code, "Cargo.toml, line 1" in err) == (2, True)
    assert (place.root / "Cargo.toml").read_bytes() == before


def test_of_a_file_with_one_bad_line_nothing_is_taken(place: Place) -> None:
    place.put(*runs(2))
    place.hone("history", "save", "runs.jsonl")
    content = (place.root / "runs.jsonl").read_bytes()
    (place.root / "runs.jsonl").write_bytes(content + content[:-30])
    place.database.unlink()
    code, _, err = place.hone("history", "load", "runs.jsonl")
    assert (code, "line 4" in err) == (2, True)
    assert not place.database.exists()
    code, _, err = place.hone("history", "load", "nothing.jsonl")
    assert (code, "there is no file" in err) == (2, True)


def test_runs_travel_on_a_branch(place: Place, tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "bare.git")
    git(place.root, "remote", "add", "origin", str(tmp_path / "bare.git"))
    place.put(measured(TIMES, at=git(place.root, "rev-parse", "HEAD")), *runs(2))
    code, out, _ = place.hone("history", "push")
    assert (code, out.strip()) == (0, "hone-history: 3 runs added, 0 there already")
    place.database.unlink()
    code, out, _ = place.hone("history", "pull")
    assert (code, out.strip()) == (0, "3 runs taken over, 0 here already")
    assert place.hone("history", "pull")[1].strip() == "0 runs taken over, 0 here already"
    with contextlib.closing(sqlite3.connect(place.database)) as database:
        # Only of the run at HEAD it is known which branch that was.
        found = database.execute("SELECT value FROM fact WHERE key = 'branch'").fetchall()
    assert found == [("main",)]
    code, _, err = place.hone("history", "push", "--offline")
    assert (code, "--offline" in err) == (2, True)
    code, _, err = place.hone("history", "pull", "--remote", "nowhere")
    assert (code, "git ls-remote" in err) == (5, True)


def test_who_saves_waits_for_who_is_saving(place: Place, tmp_path: Path) -> None:
    """What another process has put into the file until then is still there afterwards."""
    place.put(*runs(1))
    place.hone("history", "save", "one.jsonl")
    place.database.unlink()
    place.put(*runs(2)[1:])
    file, lock = place.root / "both.jsonl", place.root / ".both.jsonl.lock"
    with locked(lock, wait_s=1.0):
        saving = subprocess.Popen(
            [sys.executable, "-m", "cargo_hone", "history", "save", str(file)],
            cwd=place.root,
            env={**ENV, "HONE_STATE_DIR": str(place.states)},
            stdout=subprocess.DEVNULL,
        )
        fds = Path("/proc") / str(saving.pid) / "fd"
        give_up_s = time.monotonic() + 60.0
        while saving.poll() is None and str(lock) not in _opened(fds):
            assert time.monotonic() < give_up_s
            time.sleep(0.02)
        file.write_bytes((place.root / "one.jsonl").read_bytes())
    assert saving.wait(60) == 0
    assert len(file.read_bytes().splitlines()) == 2


def _opened(fds: Path) -> set[str]:
    found = set()
    with contextlib.suppress(OSError):
        for fd in fds.iterdir():
            with contextlib.suppress(OSError):
                found.add(str(fd.readlink()))
    return found


def test_processes_may_save_load_and_look_at_once(place: Place, tmp_path: Path) -> None:
    """Two workspaces' runs into one file, and that file into a third history, at the same time."""
    put_by = {}
    for number in (1, 2):
        states = tmp_path / f"state-{number}"
        put_by[number] = [
            measured({("noop", "baseline"): [float(day)]}, at=commit(day), day=day + 30 * number)
            for day in range(1, 11)
        ]
        with open_history(state_dir(place.root, states)) as database:
            put(database, *put_by[number])
    file = tmp_path / "runs.jsonl"

    def start(states: str, *words: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [sys.executable, "-m", "cargo_hone", "history", *words, str(file)],
            cwd=place.root,
            env={**ENV, "HONE_STATE_DIR": str(tmp_path / states)},
            stdout=subprocess.DEVNULL,
        )

    saving = [start(f"state-{number}", "save") for number in (1, 2)]
    assert [one.wait(60) for one in saving] == [0, 0]
    loading = [start("state-3", "load") for _ in range(3)]
    assert [one.wait(60) for one in loading] == [0, 0, 0]
    path = state_dir(place.root, tmp_path / "state-3") / DATABASE_NAME
    with contextlib.closing(sqlite3.connect(path)) as found:
        uids = [uid for (uid,) in found.execute("SELECT uid FROM run")]
    assert sorted(uids) == sorted(run.uid for runs_ in put_by.values() for run in runs_)
