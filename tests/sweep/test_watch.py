"""A watch looks only where something changed, and ends when there is nothing left to watch."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cargo_hone.sweep import watch as watching
from cargo_hone.sweep.space import Space
from cargo_hone.sweep.watch import Watch, session_leader

STEP = 16 * 1024 * 1024


class Stage:
    """A target directory, free space that a test sets, and what happens in the pauses between the rounds."""

    def __init__(self, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.target = target
        self.free_bytes = 10**9
        self.looks = 0
        self.rounds: Iterator[None] = iter(())
        monkeypatch.setattr(
            watching,
            "read_space",
            lambda _: Space(used_bytes=0, free_bytes=self.free_bytes),
        )

    def look(self) -> None:
        self.looks += 1

    def pause(self, _: float) -> None:
        next(self.rounds, None)

    def watch(self, rounds: Iterator[None]) -> str:
        self.rounds = rounds
        return Watch(
            target_dir=self.target, every_s=1.0, look=self.look, pause=self.pause, leader=None
        ).stay()


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    target = tmp_path / "ws" / "target"
    target.mkdir(parents=True)
    return Stage(target, monkeypatch)


def test_it_looks_again_only_when_the_disk_has_changed(stage: Stage) -> None:
    seen: list[int] = []

    def rounds() -> Iterator[None]:
        for change in (0, STEP - 1, STEP, 0, -STEP):
            stage.free_bytes += change
            seen.append(stage.looks)
            yield
        seen.append(stage.looks)
        shutil.rmtree(stage.target.parent)
        yield

    assert stage.watch(rounds()) == f"{stage.target.parent} is gone"
    # The first look comes at once; a change that adds up counts as well as one at once.
    assert seen == [1, 1, 1, 2, 2, 3]


def test_it_survives_cargo_clean_and_waits_for_the_first_build(stage: Stage) -> None:
    def rounds() -> Iterator[None]:
        stage.free_bytes += STEP
        stage.target.rmdir()
        yield
        stage.target.mkdir()
        yield
        stage.target.rmdir()
        yield
        yield

    assert stage.watch(rounds()) == f"{stage.target} is gone"
    assert stage.looks == 2

    def build() -> Iterator[None]:
        yield
        yield
        stage.target.mkdir()
        yield
        shutil.rmtree(stage.target.parent)
        yield

    assert stage.watch(build()) == f"{stage.target.parent} is gone"
    assert stage.looks == 3


SCRIPT = """
import signal, sys
from cargo_hone.sweep.watch import session_leader
if sys.argv[1] == "nohup":
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
print(session_leader())
"""


def said(*words: str, own_session: bool) -> str:
    return subprocess.run(
        words, capture_output=True, text=True, check=True, start_new_session=own_session
    ).stdout.strip()


def test_the_session_is_that_of_its_leader() -> None:
    python = [sys.executable, "-c", SCRIPT]
    assert said(*python, "", own_session=True) == "None"
    # A shell that leads the session and starts us in it.
    shell = ["sh", "-c", '"$@"; echo $$', "sh", *python]
    found, leader = said(*shell, "", own_session=True).splitlines()
    assert found.startswith(f"({leader}, ")
    assert said(*shell, "nohup", own_session=True).splitlines()[0] == "None"


def test_it_ends_with_its_session(tmp_path: Path) -> None:
    (tmp_path / "target").mkdir()
    leader = subprocess.Popen(["sleep", "60"])
    looks: list[int] = []
    try:
        started = watching.started_at(leader.pid)
        assert started

        def pause(_: float) -> None:
            leader.kill()
            # Not waited for: a zombie has ended as well.
            os.waitid(os.P_PID, leader.pid, os.WEXITED | os.WNOWAIT)

        watch = Watch(
            target_dir=tmp_path / "target",
            every_s=9.0,
            look=lambda: looks.append(1),
            pause=pause,
            leader=(leader.pid, started),
        )
        assert watch.stay() == "the session that it was started in has ended"
    finally:
        leader.kill()
        leader.wait()
    assert looks == [1]
    assert watching.started_at(leader.pid) == ""


def test_our_own_session_is_known_or_not_ours_to_follow() -> None:
    leader = session_leader()
    assert leader is None or leader[0] == os.getsid(0)
