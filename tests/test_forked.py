"""Another process that does a part: what it says comes back, what stops it is told, and it stops with the first one."""

import errno
import subprocess
import sys
import textwrap

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="one process elsewhere")


def run(script: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_what_it_did_comes_back() -> None:
    said = run(
        """
        import os
        from cargo_hone.forked import Forked
        first = Forked(lambda: b"x" * 3_000_000)
        second = Forked(lambda: str(os.getppid()).encode())
        assert first.result() == b"x" * 3_000_000
        assert second.result() == str(os.getpid()).encode()
        first.abandon()
        """
    )
    assert (said.returncode, said.stdout, said.stderr) == (0, "", "")


def test_what_it_raised_is_raised() -> None:
    said = run(
        """
        from cargo_hone.forked import Failed, Forked
        def full():
            raise OSError(28, "No space left on device", "/there")
        try:
            Forked(full).result()
        except OSError as error:
            print(error.errno, error.filename)
        try:
            Forked(lambda: 1 / 0).result()
        except Failed as error:
            print("ZeroDivisionError" in str(error))
        """
    )
    assert said.stdout.splitlines() == [f"{errno.ENOSPC} /there", "True"]


def test_one_that_is_killed_or_given_up_leaves_nothing_that_runs() -> None:
    said = run(
        """
        import os, signal, time
        from cargo_hone.forked import Forked
        killed = Forked(lambda: os.kill(os.getpid(), signal.SIGKILL))
        try:
            killed.result()
        except ChildProcessError as error:
            print(error)
        given_up = Forked(lambda: time.sleep(60))
        given_up.abandon()
        given_up.abandon()
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            print("nobody is left")
        """
    )
    assert said.stdout.splitlines() == [
        "the process that did a part of the work was killed",
        "nobody is left",
    ]


def test_one_that_cannot_be_made_leaves_nothing_open() -> None:
    said = run(
        """
        import os
        from cargo_hone.forked import Forked
        def refused():
            raise BlockingIOError(11, "Resource temporarily unavailable")
        os.fork = refused
        before = os.listdir("/proc/self/fd")
        try:
            Forked(lambda: b"")
        except BlockingIOError:
            print(os.listdir("/proc/self/fd") == before)
        """
    )
    assert said.stdout.splitlines() == ["True"]


def test_one_that_is_killed_in_the_middle_of_its_answer_has_said_nothing() -> None:
    said = run(
        """
        import fcntl, os, signal, termios, time
        from cargo_hone.forked import Forked
        killed = Forked(lambda: b"x" * 3_000_000)
        while not any(fcntl.ioctl(killed._answer, termios.FIONREAD, bytes(4))):
            time.sleep(0.01)
        os.kill(killed._pid, signal.SIGKILL)
        try:
            killed.result()
        except ChildProcessError as error:
            print(error)
        """
    )
    assert said.stdout == "the process that did a part of the work was killed\n"


def test_what_interrupts_the_making_interrupts_this_one_alone() -> None:
    said = run(
        """
        import os, signal, sys, time
        from cargo_hone.forked import Forked
        fork = os.fork
        def interrupted():
            pid = fork()
            os.kill(os.getpid(), signal.SIGINT)
            return pid
        os.fork = interrupted
        try:
            Forked(lambda: time.sleep(60))
        except KeyboardInterrupt:
            print("interrupted", flush=True)
        finally:
            print("put back", flush=True)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            print("nobody is left")
        """
    )
    assert said.stdout.splitlines() == ["interrupted", "put back", "nobody is left"]
