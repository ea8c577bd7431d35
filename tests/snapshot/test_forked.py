"""Another process that does a part: what it says comes back, what stops it is told, and it stops with the first one."""

import errno
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.snapshot.conftest import Checkout

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="one process elsewhere")
BUILD = ("build", "--workspace")
DIVIDED = """
    import os, signal, sys
    from cargo_hone.snapshot import division, forked
    division._MANY = 0
    os.cpu_count = lambda: 3
    made, word = [], sys.argv.pop(1)
    class Counted(forked.Forked):
        def __init__(self, work):
            if word == "kill":
                work = lambda: os.kill(os.getpid(), signal.SIGKILL)
            super().__init__(work)
            made.append(self._pid)
    from cargo_hone.snapshot import placing, tree
    tree.Forked = placing.Forked = Counted
    from cargo_hone.__main__ import main
    code = main()
    print("processes:", len(made), file=sys.stderr)
    sys.exit(code)
"""


def run(script: str, *words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), *words],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_what_it_did_comes_back() -> None:
    said = run(
        """
        import os
        from cargo_hone.snapshot.forked import Forked
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
        from cargo_hone.snapshot.forked import Failed, Forked
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
        from cargo_hone.snapshot.forked import Forked
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


def hone(
    checkout: Checkout, store: Path, how: str, *words: str
) -> subprocess.CompletedProcess[str]:
    env = {**checkout.env, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(
        [
            sys.executable,
            "-c",
            textwrap.dedent(DIVIDED),
            how,
            "snapshot",
            *words,
            "--store",
            str(store),
        ],
        cwd=checkout.root,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def tree_of(root: Path) -> dict[str, tuple[int, int, bytes]]:
    return {
        str(path.relative_to(root)): (
            path.stat().st_mode,
            path.stat().st_mtime_ns,
            path.read_bytes(),
        )
        for path in sorted(root.rglob("*"))
        if path.is_file()
        and path.name not in {".cargo-lock", ".cargo-build-lock", ".cargo-artifact-lock"}
    }


@pytest.mark.parametrize("words", [(), ("--copy",)], ids=["links", "copies"])
def test_several_processes_save_and_restore_what_one_does(
    checkout: Checkout, tmp_path: Path, words: tuple[str, ...]
) -> None:
    checkout.cargo(*BUILD)
    before = tree_of(checkout.root / "target")
    said = hone(checkout, tmp_path / "store", "run", "save")
    assert (said.returncode, "processes: 2" in said.stderr) == (0, True), said.stderr
    assert hone(checkout, tmp_path / "store", "run", "verify").returncode == 0
    shutil.rmtree(checkout.root / "target")
    said = hone(checkout, tmp_path / "store", "run", "restore", *words)
    assert (said.returncode, "processes: 4" in said.stderr) == (0, True), said.stderr
    # What one process linked the others know: nothing is taken for changed.
    said = hone(checkout, tmp_path / "store", "run", "restore", *words)
    assert " 0 written" in said.stdout
    assert not any((tmp_path / "store/aside").iterdir())
    after = tree_of(checkout.root / "target")
    assert {name: after.get(name) for name in before} == before
    assert checkout.compiled(*BUILD) == set()
    assert checkout.output() == "42 first"


@pytest.mark.parametrize("what", ["save", "restore"])
def test_one_that_is_killed_spoils_nothing(checkout: Checkout, tmp_path: Path, what: str) -> None:
    checkout.cargo(*BUILD)
    store = tmp_path / "store"
    if what == "restore":
        assert hone(checkout, store, "run", "save").returncode == 0
        shutil.rmtree(checkout.root / "target")
    said = hone(checkout, store, "kill", what)
    assert said.returncode == 5
    assert f"cannot {what}" in said.stderr
    assert "the process that did a part of the work was killed" in said.stderr
    checkout.cargo(*BUILD)
    assert checkout.output() == "42 first"
    if what == "save":
        assert hone(checkout, store, "run", "save").returncode == 0
    assert hone(checkout, store, "run", "verify").returncode == 0
