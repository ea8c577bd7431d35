"""The door to other programs: ends, times out, leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cargo_hone.errors import ToolMissing, Unavailable
from cargo_hone.proc import clean_environment, run, running


def test_output_exit_code_and_times() -> None:
    done = run(["sh", "-c", "echo out; echo err >&2; exit 3"])
    assert (done.stdout, done.stderr, done.returncode) == (b"out\n", b"err\n", 3)
    assert not done.ok
    assert 0 < done.wall_s < 5


def test_lines_are_passed_on_whole_and_as_they_come() -> None:
    lines: list[bytes] = []
    done = run(
        ["sh", "-c", "printf 'one\\ntw'; sleep 0.2; printf 'o\\nthree'"],
        on_stdout_line=lines.append,
    )
    assert lines == [b"one", b"two", b"three"]
    assert done.stdout == b"one\ntwo\nthree"


def test_a_time_limit_ends_the_whole_group(tmp_path: Path) -> None:
    started = time.monotonic()
    done = run(["sh", "-c", f"sleep 60 & echo $! > {tmp_path}/pid; wait"], timeout_s=0.5)
    assert done.timed_out
    assert not done.ok
    assert time.monotonic() - started < 20
    assert not alive(int((tmp_path / "pid").read_text()))


def test_a_daemon_that_holds_the_pipes_does_not_hold_us() -> None:
    started = time.monotonic()
    done = run(["sh", "-c", "echo done; setsid sleep 20 &"])
    assert done.stdout == b"done\n"
    assert time.monotonic() - started < 10


def test_what_is_missing_is_said() -> None:
    with pytest.raises(ToolMissing):
        run(["no-such-program-here"])
    with pytest.raises(Unavailable):
        run(["true"], cwd=Path("/no/such/place"))


def test_an_interrupt_ends_the_child(tmp_path: Path) -> None:
    script = (
        "from cargo_hone.proc import run\n"
        f"run(['sh', '-c', 'echo $$ > {tmp_path}/pid; exec sleep 60'])\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.DEVNULL)
    pid_file = tmp_path / "pid"
    while not (pid_file.exists() and pid_file.read_text().strip()):
        time.sleep(0.05)
    parent.send_signal(signal.SIGINT)
    parent.wait(20)
    assert not alive(int(pid_file.read_text()))


def test_something_else_can_be_done_meanwhile(tmp_path: Path) -> None:
    script = f"while ! test -e {tmp_path}/done; do sleep 0.02; done; echo seen; exit 3"
    with running(["sh", "-c", script]) as ended:
        (tmp_path / "done").touch()
        finished = ended()
    assert (finished.returncode, finished.stdout) == (3, b"seen\n")


def test_nobody_outlives_the_block_that_did_not_wait(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    with running(["sh", "-c", f"echo $$ > {pid_file}; exec sleep 60"]):
        while not (pid_file.exists() and pid_file.read_text().strip()):
            time.sleep(0.02)
    assert not alive(int(pid_file.read_text()))


def test_what_was_waited_for_may_leave_a_daemon_behind(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    with running(["sh", "-c", f"sleep 60 & echo $! > {pid_file}"]) as ended:
        ended()
    pid = int(pid_file.read_text())
    try:
        os.kill(pid, 0)
    finally:
        os.kill(pid, signal.SIGKILL)


def alive(pid: int) -> bool:
    for _ in range(50):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            return False
        time.sleep(0.1)
    return True


@pytest.mark.parametrize(
    ("source", "stays"), [("default", False), (None, True), ("cli", True), ("env", True)]
)
def test_the_toolchain_of_rustups_proxy_is_not_inherited(source: str | None, stays: bool) -> None:
    env = {"RUSTUP_TOOLCHAIN": "stable", "RUST_RECURSION_COUNT": "1", "PATH": "/bin"}
    if source:
        env["RUSTUP_TOOLCHAIN_SOURCE"] = source
    cleaned = clean_environment(env)
    assert ("RUSTUP_TOOLCHAIN" in cleaned) is stays
    assert cleaned["PATH"] == "/bin"


def test_a_toolchain_that_the_user_exported_stays() -> None:
    assert clean_environment({"RUSTUP_TOOLCHAIN": "nightly"}) == {"RUSTUP_TOOLCHAIN": "nightly"}
