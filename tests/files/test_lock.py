"""Locks keep other processes out, say who holds them, and never remove a lock file."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cargo_hone.errors import Busy
from cargo_hone.files.lock import locked, try_exclusive

HOLD = """
import fcntl, sys
file = open(sys.argv[1])
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def held(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    path = tmp_path / ".cargo-lock"
    path.write_bytes(b"content")
    argv = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        yield path, holder.pid
        assert holder.stdin is not None
        holder.stdin.close()


def test_the_wait_is_bounded_and_the_holder_named(held: tuple[Path, int]) -> None:
    path, pid = held
    started_s = time.monotonic()
    with pytest.raises(Busy, match=f"process {pid}"), locked(path, wait_s=0.2):
        pass
    assert 0.2 <= time.monotonic() - started_s < 2


def test_several_locks_or_none(held: tuple[Path, int], tmp_path: Path) -> None:
    path, _ = held
    other = tmp_path / ".cargo-build-lock"
    other.write_bytes(b"kept")
    with pytest.raises(Busy), try_exclusive([other, path]):
        pass
    with try_exclusive([other]) as taken:
        assert taken == (other,)
    assert other.read_bytes() == b"kept"


def test_missing_lock_files_are_made_only_if_asked(tmp_path: Path) -> None:
    path = tmp_path / ".cargo-lock"
    with try_exclusive([path]) as taken:
        assert taken == ()
    assert not path.exists()
    with try_exclusive([path], create=True) as taken:
        assert taken == (path,)
    assert path.exists()


def test_two_names_of_one_lock_do_not_exclude_each_other(tmp_path: Path) -> None:
    path, other = tmp_path / "a", tmp_path / "b"
    path.touch()
    os.link(path, other)
    with try_exclusive([path, other, path]) as taken:
        assert taken == (path, other, path)


def test_a_lock_is_free_after_its_block(tmp_path: Path) -> None:
    path = tmp_path / "state" / "lock"
    with locked(path, wait_s=0), pytest.raises(Busy), locked(path, wait_s=0):
        pass
    with locked(path, wait_s=0):
        pass
