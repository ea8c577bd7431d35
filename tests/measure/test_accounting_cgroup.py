"""Control groups, where this machine lets us make them; each test for each version that works."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from cargo_hone.measure.account import Account
from cargo_hone.measure.accounting import Accounting
from cargo_hone.measure.cgroup import Group, group, refused, remove_left_behind
from cargo_hone.measure.cgroup_place import NoPlace, Place, Version, own_places
from cargo_hone.model import AccountingMethod
from cargo_hone.proc import run

from .processes import SERVER_USES_S, burn, end, fake_server, group_name, wait_for


def works_by_hand(place: Place) -> bool:
    """Whether a group can be made, entered and left here: without the code that is to be tested."""
    made = place.directory / f"hone-test-{os.getpid()}"
    script = 'echo 0 >"$1/cgroup.procs" && cat "$1/$3" && echo 0 >"$2/cgroup.procs"'
    try:
        made.mkdir()
    except OSError:
        return False
    words = ["sh", "-c", script, "sh", made, place.directory, place.usage_file]
    try:
        return subprocess.run(words, capture_output=True, check=False).returncode == 0
    finally:
        made.rmdir()


@pytest.fixture(params=[1, 2], ids=["v1", "v2"])
def place(request: pytest.FixtureRequest) -> Place:
    if sys.platform != "linux":
        pytest.skip("there are no control groups")
    (found,) = (found for found in own_places() if found.version == request.param)
    if isinstance(found, NoPlace):
        pytest.skip(found.why)
    if not works_by_hand(found):
        pytest.skip(f"no group can be made below {found.directory}")
    reason = refused(found)
    if "hand out CPU time" in reason:
        pytest.skip(reason)
    assert reason == ""
    return found


def groups_of_ours(place: Place) -> list[Path]:
    return list(place.directory.glob(f"cargo-hone-{os.getpid()}-*"))


def test_a_program_is_in_the_group_from_its_start_and_nobody_is_at_the_end(place: Place) -> None:
    before = group_name(os.getpid())
    with group(place) as made:
        made.join()
        assert made.directory.name in run(["cat", "/proc/self/cgroup"]).text
        made.leave()
        assert made.directory.name not in run(["cat", "/proc/self/cgroup"]).text
    assert group_name(os.getpid()) == before
    assert groups_of_ours(place) == []


def test_what_we_use_ourselves_is_not_counted(place: Place) -> None:
    with Accounting(place=place).account() as account:
        finished = run(burn(0.1))
        until_s = time.thread_time() + 0.4
        while time.thread_time() < until_s:
            pass
        counted = account.used(waited_cpu_s=finished.cpu_s, compiled=True)
    assert counted.method is Accounting(place=place).method
    assert 0.1 <= counted.cpu_s < 0.3


def test_only_the_thread_that_builds_is_in_a_group_of_version_1(place: Place) -> None:
    if place.version is Version.V2:
        pytest.skip("there a process is in a group as a whole")
    with Accounting(place=place).account():
        (directory,) = groups_of_ours(place)
        threads = (directory / "tasks").read_text().split()
        assert threads == [str(threading.get_native_id())]
        assert threading.active_count() > 1


def test_a_build_that_left_its_group_is_not_believed_to_have_used_nothing(place: Place) -> None:
    leaving = ("sh", "-c", f'echo 0 >{place.directory}/cgroup.procs; exec "$@"', "sh", *burn(0.2))
    with Accounting(place=place).account() as account:
        finished = run(leaving)
        counted = account.used(waited_cpu_s=finished.cpu_s, compiled=True)
    assert (counted.method, counted.cpu_s) == (AccountingMethod.PROCESS_TREE, finished.cpu_s)
    assert counted.peak_memory_bytes is None
    assert "did not run in its group" in counted.note


def test_a_group_that_cannot_be_entered_is_done_without(
    place: Place,
) -> None:
    with group(place) as entered:
        entered.directory.rmdir()
        with Account(group=entered, servers=tuple, processes_seen=True, note="") as account:
            finished = run(burn(0.1))
            counted = account.used(waited_cpu_s=finished.cpu_s, compiled=True)
    assert (counted.method, counted.cpu_s) == (AccountingMethod.PROCESS_TREE, finished.cpu_s)
    assert "could not be entered" in counted.note


def test_a_group_that_cannot_be_made_any_more_is_done_without(tmp_path: Path) -> None:
    place = Place(version=Version.V2, directory=tmp_path / "gone", name="/gone")
    with Accounting(place=place).account() as account:
        counted = account.used(waited_cpu_s=1.0, compiled=False)
    assert (counted.method, counted.cpu_s) == (AccountingMethod.PROCESS_TREE, 1.0)
    assert "no group could be made" in counted.note


def test_the_server_is_in_the_group_for_the_builds_time_and_its_work_is_counted(
    place: Place, tmp_path: Path
) -> None:
    with fake_server(tmp_path) as server:
        before = group_name(server.pid)
        with Accounting(place=place).account(server.pids) as account:
            inside = group_name(server.pid)
            finished = run(server.asking())
            counted = account.used(waited_cpu_s=finished.cpu_s, compiled=True)
        assert inside != before
        assert group_name(server.pid) == before
    assert groups_of_ours(place) == []
    assert (counted.method, counted.note) == (Accounting(place=place).method, "")
    assert counted.cpu_s >= SERVER_USES_S
    assert counted.cpu_s >= finished.cpu_s + SERVER_USES_S - 0.03
    assert counted.server_cpu_s is not None
    assert counted.server_cpu_s >= SERVER_USES_S - 0.03
    assert counted.peak_memory_bytes is not None


def test_both_ways_of_counting_agree(place: Place, tmp_path: Path) -> None:
    with (
        fake_server(tmp_path) as server,
        Accounting().account(server.pids) as by_tree,
        Accounting(place=place).account(server.pids) as by_group,
    ):
        script = '"$@" & while [ ! -e "$0" ]; do sleep 0.02; done; wait'
        words = ("sh", "-c", f": >'{server.order}'; {script}", str(server.done), *burn(0.6))
        finished = run(words)
        one = by_group.used(waited_cpu_s=finished.cpu_s, compiled=True)
        other = by_tree.used(waited_cpu_s=finished.cpu_s, compiled=True)
    assert other.method is AccountingMethod.PROCESS_TREE
    assert one.cpu_s == pytest.approx(other.cpu_s, rel=0.05)


def test_a_server_in_another_group_stays_there_and_is_counted(place: Place, tmp_path: Path) -> None:
    with fake_server(tmp_path) as server, group(place) as elsewhere:
        assert elsewhere.adopt([server.pid], [])
        before = group_name(server.pid)
        with Accounting(place=place).account(server.pids) as account:
            assert group_name(server.pid) == before
            finished = run(server.asking())
            counted = account.used(waited_cpu_s=finished.cpu_s, compiled=True)
    assert counted.method is Accounting(place=place).method
    assert counted.cpu_s >= finished.cpu_s + SERVER_USES_S - 0.05
    assert "another group" in counted.note


def test_a_daemon_that_the_build_left_is_counted_and_sent_back(
    place: Place, tmp_path: Path
) -> None:
    script = f'setsid sh -c \'"$@"; sleep 60 & echo $! >{tmp_path}/pid\' sh "$@" & wait'
    with Accounting(place=place).account() as account:
        finished = run(("sh", "-c", script, "sh", *burn(0.3)))
        daemon = int(wait_for(tmp_path / "pid"))
        inside = group_name(daemon)
        counted = account.used(waited_cpu_s=finished.cpu_s, compiled=True)
    try:
        assert counted.cpu_s >= 0.3
        assert group_name(daemon) != inside
        assert group_name(daemon) == group_name(os.getpid())
        assert groups_of_ours(place) == []
    finally:
        end(daemon)


def _interrupted(place: Place, pids: tuple[int, ...]) -> None:
    with Accounting(place=place).account(lambda: pids):
        raise KeyboardInterrupt


def test_an_interrupt_puts_everything_back(place: Place, tmp_path: Path) -> None:
    with fake_server(tmp_path) as server:
        before = group_name(server.pid)
        with pytest.raises(KeyboardInterrupt):
            _interrupted(place, server.pids())
        assert group_name(server.pid) == before
    assert groups_of_ours(place) == []


def test_what_a_killed_run_left_is_cleared_away_and_nobody_elses(place: Place) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    sleeper = subprocess.Popen(["sleep", "60"])
    left = Group(place, place.directory / f"cargo-hone-{gone.pid}-1")
    left.directory.mkdir()
    try:
        with group(place) as ours:
            before = group_name(sleeper.pid)
            assert left.adopt([sleeper.pid], [])
            assert group_name(sleeper.pid) != before
            remove_left_behind(place)
            assert not left.directory.exists()
            assert group_name(sleeper.pid) == before
            assert ours.directory.exists()
    finally:
        sleeper.kill()
        sleeper.wait()
        left.remove()
