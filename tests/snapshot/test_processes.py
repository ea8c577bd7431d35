"""Several processes save and restore what one does, and one that is killed spoils nothing."""

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
    from cargo_hone import forked
    from cargo_hone.snapshot import division
    division._MANY = 0
    division.processors = lambda: 3
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
