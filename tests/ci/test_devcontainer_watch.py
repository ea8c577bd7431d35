"""The watch that `start` leaves behind: it outlives the hook, is there once, looks when the disk fills, and ends."""

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .container import SHELLS, Container, at_home, killed, until

SWEEP = "sweep --auto --yes"


@pytest.fixture(params=SHELLS)
def box(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Container]:
    made = Container(tmp_path, shell=request.param)
    made.program("cargo-hone", Path(made.env["HONE_FAKE"]).read_text())
    # The disk is as full as this file says, in KiB.
    (tmp_path / "used").write_text("1000000\n")
    (made.bin / "df").unlink()
    made.program("df", _DF.format(used=tmp_path / "used"))
    yield made
    made.close()


_DF = """#!/bin/sh
echo "Filesystem 1024-blocks Used Available Capacity Mounted on"
read -r used <"{used}"
echo "/dev/disk 9000000 $used 1000 1% /"
"""


def sweeps(box: Container) -> int:
    return box.calls().count(SWEEP)


def fill(box: Container, used_kib: int) -> None:
    temporary = box.base / "used.new"
    temporary.write_text(f"{used_kib}\n")
    temporary.replace(box.base / "used")


def slow_clock(box: Container) -> None:
    """A clock that goes on only with `tick`."""
    body = _SLEEP.format(real=box.real_sleep, script=box.script, test=os.getpid())
    box.program("sleep", body)


_SLEEP = """#!/bin/sh
touch "$HOME/asleep"
while [ ! -e "$HOME/tick" ] && [ -e "{script}" ]; do
    [ -d /proc/{test} ] && {real} 0.01 || exit 1
done
rm -f "$HOME/asleep" "$HOME/tick"
"""


def asleep(box: Container) -> None:
    assert until((box.home / "asleep").exists)


def tick(box: Container) -> None:
    asleep(box)
    (box.home / "tick").touch()
    assert until(lambda: not (box.home / "tick").exists())
    asleep(box)


def test_start_begins_the_cache_sweeps_and_leaves_one_watch(box: Container) -> None:
    done = box.run("start")
    assert (done.returncode, done.stderr) == (0, "")
    assert box.calls()[:2] == ["cache start", SWEEP]
    assert until(lambda: len(box.watchers()) == 1)


def test_a_second_start_leaves_the_first_watch(box: Container) -> None:
    box.run("start")
    mark = box.mark()
    first = mark.read_text()
    box.run("start")
    box.run("watch")
    assert until(lambda: len(box.watchers()) == 1)
    assert mark.read_text() == first


def test_a_mark_of_a_process_that_is_no_watch_is_taken_over(box: Container) -> None:
    box.run("start")
    mark = box.mark()
    os.kill(int(mark.read_text()), signal.SIGKILL)
    # Process numbers come back after a restart of the container.
    mark.write_text(f"{os.getpid()}\n")
    box.run("start")
    assert until(lambda: mark.exists() and mark.read_text() != f"{os.getpid()}\n")
    assert box.mark() == mark
    assert [f"{pid}\n" for pid in box.watchers()] == [mark.read_text()]


@pytest.mark.parametrize("tools", [(), ("setsid",), ("setsid", "timeout")])
def test_it_outlives_the_hooks_terminal(box: Container, tools: tuple[str, ...]) -> None:
    box.has(*tools)
    child, terminal = pty.fork()
    if child == 0:
        try:
            os.chdir(box.root)
            os.execve(box.shell[0], [*box.shell, str(box.script), "start"], box.env)  # noqa: S606
        finally:
            os._exit(127)
    os.waitpid(child, 0)
    os.close(terminal)
    assert until(lambda: len(box.watchers()) == 1)
    before = sweeps(box)
    fill(box, 2_000_000)
    assert until(lambda: sweeps(box) > before)


def test_it_looks_when_the_disk_has_grown_and_not_before(box: Container) -> None:
    slow_clock(box)
    box.run("start")
    asleep(box)
    fill(box, 1_200_000)
    tick(box)
    tick(box)
    assert sweeps(box) == 1
    fill(box, 1_300_000)
    tick(box)
    assert sweeps(box) == 2


def test_what_was_freed_counts_as_room_to_grow(box: Container) -> None:
    slow_clock(box)
    box.run("start")
    asleep(box)
    fill(box, 500_000)
    tick(box)
    fill(box, 800_000)
    tick(box)
    assert sweeps(box) == 2


def test_every_sixth_time_it_looks_anyway(box: Container) -> None:
    slow_clock(box)
    box.run("start")
    asleep(box)
    for _ in range(5):
        tick(box)
    assert sweeps(box) == 1
    tick(box)
    assert sweeps(box) == 2


def test_a_failing_sweep_does_not_end_it(box: Container) -> None:
    done = box.run("start", HONE_EXIT="5")
    assert done.returncode == 0
    assert until(lambda: sweeps(box) >= 2)
    assert len(box.watchers()) == 1
    assert (box.state / "watch.log").exists()


def test_it_ends_when_the_script_or_its_mark_goes(box: Container) -> None:
    box.run("start")
    mark = box.mark()
    mark.write_text("1\n")
    assert until(lambda: not box.watchers())
    mark.unlink()
    box.run("start")
    assert box.mark() == mark
    box.script.unlink()
    assert until(lambda: not box.watchers())
    assert not mark.exists()


def test_nothing_of_it_holds_the_hooks_output_open(box: Container) -> None:
    # Some tools wait until the hook's output is closed (loft-sh/devpod issue 1353).
    done = subprocess.run(
        [*box.shell, str(box.script), "start"],
        cwd=box.root,
        env=box.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=20,
        check=False,
    )
    assert done.returncode == 0
    assert until(lambda: len(box.watchers()) == 1)


_DYING_TEST = """
import sys
from pathlib import Path
from tests.ci.container import Container, until
box = Container(Path(sys.argv[1]))
box.program("cargo-hone", Path(box.env["HONE_FAKE"]).read_text())
box.run("start")
assert until(lambda: len(box.watchers()) == 1)
"""


def test_a_test_that_dies_leaves_no_watch_behind(tmp_path: Path) -> None:
    words = [sys.executable, "-c", _DYING_TEST, str(tmp_path)]
    try:
        subprocess.run(words, cwd=Path(__file__).parents[2], timeout=60, check=True)
        assert until(lambda: not at_home(tmp_path / "home"))
    finally:
        assert until(lambda: not killed(tmp_path / "home"))


def test_closing_ends_whatever_lives_in_that_home(tmp_path: Path) -> None:
    box = Container(tmp_path)
    with subprocess.Popen([box.real_sleep, "60"], env=box.env) as process:
        assert at_home(box.home) == [process.pid]
        box.close()
        assert process.wait(10) == -signal.SIGKILL
