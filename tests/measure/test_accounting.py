"""What a build used up, counted without control groups: the process tree, and less where there is no /proc."""

import subprocess
import sys
from pathlib import Path

import pytest

from cargo_hone.measure import account as account_module
from cargo_hone.measure.account import Used
from cargo_hone.measure.accounting import Accounting, find_accounting
from cargo_hone.model import AccountingMethod
from cargo_hone.proc import run

from .processes import SERVER_USES_S, FakeServer, burn, fake_server

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there is no /proc")
TREE = Accounting()


def used(accounting: Accounting, words: tuple[str, ...], server: FakeServer | None = None) -> Used:
    with accounting.account(server.pids if server else tuple) as account:
        finished = run(words)
        assert finished.ok, finished.errors
        return account.used(waited_cpu_s=finished.cpu_s, compiled=True)


def test_the_best_way_that_works_here_says_why_it_is_not_a_better_one() -> None:
    found = find_accounting()
    assert (found.place is None) == (found.method is AccountingMethod.PROCESS_TREE)
    assert found.place is not None or found.note


def test_the_children_of_children_are_counted() -> None:
    words = ("sh", "-c", 'for _ in 1 2; do "$@"; done', "sh", *burn(0.2))
    counted = used(TREE, words)
    assert 0.4 <= counted.cpu_s < 2
    assert (counted.method, counted.note) == (AccountingMethod.PROCESS_TREE, "")
    assert counted.server_cpu_s is None


def test_what_the_server_and_its_own_children_used_is_counted(tmp_path: Path) -> None:
    with fake_server(tmp_path) as server:
        counted = used(TREE, server.asking(), server)
        assert counted.method is AccountingMethod.PROCESS_TREE
        assert counted.server_cpu_s is not None
        assert SERVER_USES_S - 0.03 <= counted.server_cpu_s < 2
        assert counted.cpu_s >= counted.server_cpu_s
        # What it used before belongs to no later build.
        after = used(TREE, ("true",), server)
        assert after.server_cpu_s is not None
        assert after.server_cpu_s < 0.1


def test_what_the_server_does_after_it_has_answered_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        account_module, "_QUIET_S", 0.5
    )  # the tests may share two cores with others
    with fake_server(tmp_path) as server:
        counted = used(TREE, server.asking(wait=False), server)
    assert counted.server_cpu_s is not None
    assert counted.server_cpu_s >= SERVER_USES_S - 0.03
    assert counted.settled_s > 0.1


def test_a_server_that_never_rests_is_waited_for_only_so_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_module, "_SETTLE_AT_MOST_S", 0.1)
    with fake_server(tmp_path) as server:
        counted = used(TREE, server.asking(wait=False), server)
    assert counted.server_cpu_s is not None
    assert counted.server_cpu_s < SERVER_USES_S


def test_a_build_that_compiled_nothing_waits_for_nobody(tmp_path: Path) -> None:
    with fake_server(tmp_path) as server, TREE.account(server.pids) as account:
        run(server.asking(wait=False))
        counted = account.used(waited_cpu_s=0.0, compiled=False)
    assert counted.settled_s == 0


def test_a_server_that_ended_leaves_its_part_unknown() -> None:
    server = subprocess.Popen(["sleep", "60"])
    with TREE.account(lambda: (server.pid,)) as account:
        finished = run(burn(0.1))
        server.kill()
        server.wait()
        counted = account.used(waited_cpu_s=finished.cpu_s, compiled=True)
    assert counted.method is AccountingMethod.RUSAGE
    assert "server" in counted.note
    assert (counted.cpu_s, counted.server_cpu_s) == (finished.cpu_s, None)


def test_a_server_that_came_meanwhile_counts_from_its_start(tmp_path: Path) -> None:
    running: list[int] = []
    with TREE.account(lambda: tuple(running)) as account, fake_server(tmp_path) as server:
        running.append(server.pid)
        finished = run(server.asking())
        counted = account.used(waited_cpu_s=finished.cpu_s, compiled=True)
    assert counted.method is AccountingMethod.PROCESS_TREE
    assert counted.server_cpu_s is not None
    assert counted.server_cpu_s >= SERVER_USES_S - 0.03


def test_a_server_that_cannot_be_seen_is_said_to_be_missing() -> None:
    with TREE.account(lambda: (2**30,)) as account:
        counted = account.used(waited_cpu_s=1.5, compiled=False)
    assert (counted.method, counted.cpu_s) == (AccountingMethod.RUSAGE, 1.5)
    assert (counted.server_cpu_s, bool(counted.note)) == (None, True)


def test_without_proc_only_what_was_waited_for_is_known(tmp_path: Path) -> None:
    with fake_server(tmp_path) as server:
        blind = Accounting(processes_seen=False, note="there is no /proc")
        counted = used(blind, server.asking(), server)
    assert blind.method is counted.method is AccountingMethod.RUSAGE
    assert (counted.server_cpu_s, counted.peak_memory_bytes) == (None, None)
    assert counted.note.startswith("there is no /proc; ")


def test_the_peak_is_what_all_processes_hold_at_the_same_time() -> None:
    holds = 'x = b"x" * 40_000_000\nimport time\ntime.sleep(0.5)'
    words = ("sh", "-c", '"$@" & "$@" & wait', "sh", sys.executable, "-S", "-c", holds)
    peak_bytes = used(TREE, words).peak_memory_bytes
    assert peak_bytes is not None
    assert 80_000_000 <= peak_bytes < 140_000_000


def test_mapped_files_are_not_in_the_peak(tmp_path: Path) -> None:
    big = tmp_path / "big"
    big.write_bytes(b"x" * 100_000_000)
    reads = (
        f"import mmap, time\nf = open({str(big)!r}, 'r+b')\nm = mmap.mmap(f.fileno(), 0)\n"
        "sum(m[at] for at in range(0, len(m), 4096))\ntime.sleep(0.3)"
    )
    peak_bytes = used(TREE, (sys.executable, "-S", "-c", reads)).peak_memory_bytes
    assert peak_bytes is not None
    assert 0 < peak_bytes < 50_000_000


def test_the_servers_memory_is_in_the_peak(tmp_path: Path) -> None:
    with fake_server(tmp_path) as server:
        without = used(TREE, ("sleep", "0.2"))
        with_it = used(TREE, ("sleep", "0.2"), server)
    assert without.peak_memory_bytes is not None
    assert with_it.peak_memory_bytes is not None
    assert with_it.peak_memory_bytes > without.peak_memory_bytes + 1_000_000
