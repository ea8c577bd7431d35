"""A sweep that dies, at any of its file operations or by `kill -9`: cargo builds on, and the next sweep clears up."""

import random
import shutil
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from cargo_hone.files import operation
from cargo_hone.files.trash import DIRECTORY_NAME
from tests.sweep import projects
from tests.sweep.command import env_with, words
from tests.sweep.histories import Lived, real_cargo
from tests.target.layouts import LAYOUTS, V1, V2, LayoutUnderTest

BUILD = ("build", "-p", "app")
KILLS = 5
TRIES = 8
BALLAST = 4000


@pytest.fixture
def aged(tmp_path: Path, request: pytest.FixtureRequest) -> Lived:
    """A generation that is in use, one that is dead, and a copy of both to go back to."""
    layout: LayoutUnderTest = getattr(request, "param", V1)
    lived = Lived(root=tmp_path / "ws", cargo=real_cargo(layout), layout=layout)
    lived.start()
    lived.cargo.run(lived.root, BUILD)
    lived.change("switch a feature of the dependency")
    lived.cargo.run(lived.root, BUILD)
    return lived


def saved(lived: Lived, to: Path) -> Path:
    subprocess.run(["cp", "-a", lived.root, to], check=True)
    return to


def back_to(copy: Path, lived: Lived) -> None:
    shutil.rmtree(lived.root)
    subprocess.run(["cp", "-a", copy, lived.root], check=True)


def trashes(lived: Lived) -> list[Path]:
    return [place / DIRECTORY_NAME for place in lived.places if (place / DIRECTORY_NAME).exists()]


def is_right(lived: Lived) -> None:
    """What is in use is fresh and says what it should; what died half can be built again, and says it, too."""
    assert lived.compiled(BUILD) == []
    assert lived.wrong(BUILD) == []
    now = lived.project
    before = replace(now, big=False)
    projects.write(lived.root, before, now)
    lived.project = before
    assert lived.wrong(BUILD) == []
    projects.write(lived.root, now, before)
    lived.project = now
    assert lived.compiled(BUILD) == []


def stop_at_each(aged: Lived, copy: Path, *, of_the_trash: int) -> None:
    """Stop before each operation that cargo sees, and before every so many-th inside the trash; go back each time."""
    back_to(copy, aged)
    done: list[str] = []
    with operation.observed(lambda kind, _: done.append(kind)):
        aged.sweep()
    left = aged.built().keys()
    assert done.count("rename") > 10
    for number, kind in enumerate(done):
        is_seen = kind in {"mkdir", "rename"}
        if not is_seen and number % of_the_trash:
            continue
        back_to(copy, aged)
        with operation.interrupting(after=number), pytest.raises(operation.Stopped):
            aged.sweep()
        assert (trashes(aged) != []) == (number > 0)
        if is_seen:
            is_right(aged)
        aged.sweep()
        assert trashes(aged) == []
        if not is_seen:
            assert aged.built().keys() == left
            assert aged.wrong(BUILD) == []


@pytest.mark.parametrize("aged", [V1, V2], ids=str, indirect=True)
def test_a_stop_at_each_operation_that_cargo_sees(aged: Lived, tmp_path: Path) -> None:
    stop_at_each(aged, saved(aged, tmp_path / "copy"), of_the_trash=10)


@pytest.mark.e2e
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("aged", LAYOUTS.values(), ids=str, indirect=True)
def test_a_stop_at_every_operation(aged: Lived, tmp_path: Path) -> None:
    stop_at_each(aged, saved(aged, tmp_path / "copy"), of_the_trash=1)


def test_five_real_kills(aged: Lived, tmp_path: Path) -> None:
    """At a random moment each: after so many things were taken away, and then a little."""
    chance = random.Random(7)  # noqa: S311
    script = next(path for path in aged.places[-1].rglob("big.bin"))
    for number in range(BALLAST):
        (script.parent / f"ballast-{number}").touch()
    copy = saved(aged, tmp_path / "copy")
    for _ in range(KILLS):
        for _ in range(TRIES):
            back_to(copy, aged)
            if kill_while_it_deletes(aged, tmp_path / "state", chance) and trashes(aged):
                break
        # Some end before the kill, or have emptied the trash already.
        assert trashes(aged)
        is_right(aged)
        done = subprocess.run(
            words(tmp_path / "state", "--yes"),
            cwd=aged.root,
            env=env_with(),
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert trashes(aged) == []
        assert aged.compiled(BUILD) == []


def kill_while_it_deletes(aged: Lived, state: Path, chance: random.Random) -> bool:
    """Return whether it was still at work."""
    trash = aged.places[0] / DIRECTORY_NAME
    many = chance.randint(1, 12)
    sweep = subprocess.Popen(
        words(state, "--yes"),
        cwd=aged.root,
        env=env_with(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while sweep.poll() is None and not (trash.exists() and len(list(trash.iterdir())) >= many):
        time.sleep(0.0005)
    time.sleep(chance.random() * 0.01)
    sweep.kill()
    return sweep.wait() == -signal.SIGKILL
