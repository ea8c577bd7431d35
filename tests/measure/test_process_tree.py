"""Reading /proc: made-up ones for what is rare, the real one for what the kernel decides."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cargo_hone.measure.process_tree import (
    Family,
    Servers,
    ServerTimes,
    anonymous_bytes,
    look,
    used_between,
)

from .processes import burn, wait_for

PAGE = os.sysconf("SC_PAGE_SIZE")


def put(
    proc: Path,
    pid: int,
    *,
    parent: int = 1,
    session: int = 1,
    ticks: tuple[int, int, int, int] = (0, 0, 0, 0),
    started: int = 7,
    name: str = "rustc",
    memory: str = "100 20 5",
    stack: int = 0,
) -> None:
    fields = ["0"] * 50
    fields[0:4] = ["S", str(parent), "0", str(session)]
    fields[11:15] = [str(tick) for tick in ticks]
    fields[19], fields[25] = str(started), str(stack)
    (proc / str(pid)).mkdir(exist_ok=True)
    (proc / str(pid) / "stat").write_text(f"{pid} ({name}) {' '.join(fields)}\n")
    (proc / str(pid) / "statm").write_text(f"{memory} 0 0 0 0\n")


def drop(proc: Path, pid: int) -> None:
    for file in (proc / str(pid)).iterdir():
        file.unlink()
    (proc / str(pid)).rmdir()


def test_a_name_with_brackets_and_blanks_does_not_move_the_fields(tmp_path: Path) -> None:
    put(tmp_path, 5, parent=3, session=4, ticks=(1, 20, 300, 4000), name="a) S (b c")
    found = look(5, proc=tmp_path)
    assert found is not None
    assert (found.parent, found.session, found.started_ticks) == (3, 4, 7)
    assert found.cpu_s == 4321 / os.sysconf("SC_CLK_TCK")


def test_who_has_gone_is_none_and_holds_nothing(tmp_path: Path) -> None:
    assert look(5, proc=tmp_path) is None
    assert anonymous_bytes([5], proc=tmp_path) == 0


def test_all_generations_belong_to_the_family_and_the_root_does_not(tmp_path: Path) -> None:
    for pid, parent in ((10, 1), (14, 13), (13, 10), (20, 1), (21, 20)):
        put(tmp_path, pid, parent=parent)
    assert Family([10], proc=tmp_path).members() == {13, 14}
    assert Family([10, 20], proc=tmp_path).members() == {13, 14, 21}


def test_who_was_seen_stays_in_the_family_when_its_parent_ends(tmp_path: Path) -> None:
    for pid, parent in ((10, 1), (13, 10), (14, 13)):
        put(tmp_path, pid, parent=parent)
    family = Family([10], proc=tmp_path)
    family.members()
    drop(tmp_path, 13)
    put(tmp_path, 14, parent=1)
    put(tmp_path, 15, parent=14)
    assert family.members() == {14, 15}


def test_who_shares_the_session_of_a_member_belongs_to_it(tmp_path: Path) -> None:
    put(tmp_path, 10, session=2)
    put(tmp_path, 11, parent=1, session=2)  # in the root's own session: anybody's
    put(tmp_path, 13, parent=10, session=13)
    put(tmp_path, 14, parent=1, session=13)  # its parent came and went between two looks
    assert Family([10], proc=tmp_path).members() == {13, 14}


def test_an_id_that_came_round_again_is_judged_anew(tmp_path: Path) -> None:
    for pid, parent in ((10, 1), (13, 10), (14, 1)):
        put(tmp_path, pid, parent=parent)
    family = Family([10], proc=tmp_path)
    assert family.members() == {13}
    for pid in (13, 14):
        drop(tmp_path, pid)
    assert family.members() == set()
    put(tmp_path, 13, parent=1)
    put(tmp_path, 14, parent=10)
    assert family.members() == {14}


def test_memory_is_resident_less_shared(tmp_path: Path) -> None:
    put(tmp_path, 5, memory="100 20 5")
    put(tmp_path, 6, memory="101 40 1")
    assert anonymous_bytes([5, 6], proc=tmp_path) == (15 + 39) * PAGE


def test_who_was_forked_and_runs_its_parents_program_counts_once(tmp_path: Path) -> None:
    put(tmp_path, 5, stack=8)
    put(tmp_path, 6, stack=8, memory="100 19 5")
    put(tmp_path, 7, stack=9)  # of the same size by chance
    assert anonymous_bytes([5, 6, 7], proc=tmp_path) == 2 * 15 * PAGE
    assert anonymous_bytes([6, 7], besides=5, proc=tmp_path) == 15 * PAGE


def test_processes_that_do_not_show_their_places_count_each(tmp_path: Path) -> None:
    put(tmp_path, 5, stack=0)
    put(tmp_path, 6, stack=0)
    assert anonymous_bytes([5, 6], proc=tmp_path) == 2 * 15 * PAGE


def test_a_servers_time_is_its_own_its_past_childrens_and_its_present_ones(tmp_path: Path) -> None:
    tick_s = 1 / os.sysconf("SC_CLK_TCK")
    put(tmp_path, 5, ticks=(1, 2, 30, 40))
    put(tmp_path, 6, parent=5, ticks=(500, 0, 0, 0))
    put(tmp_path, 9, ticks=(9999, 0, 0, 0))
    times = Servers([5], proc=tmp_path).times()
    assert times.cpu_s == {(5, 7): 573 * tick_s}
    assert times.of([5])
    assert not times.of([5, 9])


@pytest.mark.parametrize(
    ("after", "used"),
    [
        ({(5, 7): 3.5}, 1.5),
        ({(5, 7): 2.0, (6, 1): 0.25}, 0.25),  # one that was started meanwhile
        ({(5, 8): 4.0}, None),  # another one with the same id
        ({}, None),
    ],
)
def test_what_was_used_between_two_readings(
    after: dict[tuple[int, int], float], used: float | None
) -> None:
    assert used_between(ServerTimes(cpu_s={(5, 7): 2.0}), ServerTimes(cpu_s=after)) == used


@pytest.mark.skipif(sys.platform != "linux", reason="there is no /proc")
def test_the_kernels_own_words_are_understood(tmp_path: Path) -> None:
    words = ["sh", "-c", f'"$@"; sleep 60 & echo $! >{tmp_path}/pid; wait', "sh", *burn(0.1)]
    shell = subprocess.Popen(words, start_new_session=True)
    try:
        child = int(wait_for(tmp_path / "pid"))
        found = look(shell.pid)
        assert found is not None
        assert (found.parent, found.session) == (os.getpid(), shell.pid)
        assert 0.08 <= found.cpu_s < 2
        assert Family([shell.pid]).members() == {child}
        assert {shell.pid, child} <= Family([os.getpid()]).members()
    finally:
        os.killpg(shell.pid, 9)
        shell.wait()
