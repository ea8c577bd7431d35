"""The cap holds: a store that is filled past it stays within 5 % of it, whichever client has started the server."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cargo_hone.cache import shim
from cargo_hone.cache.capacity import Capacity
from cargo_hone.cache.sccache import Sccache
from cargo_hone.cache.wiring import server
from tests.cache.wiring.machine import ENGINE, Machine

CAP_BYTES = 5 * 2**20
ENTRIES = 14
PAYLOAD_BYTES = 300_000
"""Stored twice: in the library and in its metadata."""


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path)
    yield made
    made.close()


def in_the_file(machine: Machine) -> None:
    machine.config.parent.mkdir(parents=True)
    machine.config.write_text(f"[cache.disk]\nsize = {CAP_BYTES}\n")


def by_sccache_itself(machine: Machine) -> None:
    in_the_file(machine)
    subprocess.run([ENGINE, "--start-server"], env=machine.env, check=True, capture_output=True)


def by_a_compilation(machine: Machine) -> None:
    in_the_file(machine)
    done = machine.run(ENGINE, rustc(machine), "-vV", cwd=machine.base)
    assert done.returncode == 0, done.stderr


def by_a_build_through_the_shim(machine: Machine) -> None:
    in_the_file(machine)
    built_through_the_shim(machine, Capacity(size_bytes=10**10))


def by_a_colleagues_build(machine: Machine) -> None:
    """A clone: no file says anything, only the shim that is in the repository."""
    built_through_the_shim(machine, Capacity(size_bytes=CAP_BYTES))


def by_cache_start(machine: Machine) -> None:
    in_the_file(machine)
    done = machine.hone("cache", "start", cwd=machine.base)
    assert done.returncode == 0, done.stderr


def built_through_the_shim(machine: Machine, capacity: Capacity) -> None:
    root = machine.workspace()
    path = root / shim.RELATIVE_PATH
    path.parent.mkdir(parents=True)
    path.write_bytes(shim.text(capacity))
    path.chmod(0o755)
    config = f"build.rustc-wrapper='{path}'"
    words = ["cargo", "build", "--offline", "--config", config]
    done = machine.run(*words, cwd=root, SCCACHE_PATH=str(ENGINE))
    assert done.returncode == 0, done.stderr


def rustc(machine: Machine) -> str:
    found = shutil.which("rustc", path=machine.env["PATH"])
    assert found
    return found


def fill(machine: Machine) -> int:
    """Compile crates with a payload that nothing compresses, and return the largest size of the store seen."""
    place = machine.base / "crates"
    (place / "out").mkdir(parents=True)
    store = machine.home / ".cache" / "sccache"
    largest = 0
    for number in range(ENTRIES):
        (place / f"{number}.bin").write_bytes(os.urandom(PAYLOAD_BYTES))
        source = place / f"c{number}.rs"
        source.write_text(
            f'pub static DATA: &[u8; {PAYLOAD_BYTES}] = include_bytes!("{number}.bin");'
        )
        words = [ENGINE, rustc(machine), "--crate-type", "lib", "--emit", "dep-info,metadata,link"]
        words += ["--crate-name", f"c{number}", "--out-dir", place / "out", source]
        done = machine.run(*words, cwd=place)
        assert done.returncode == 0, done.stderr
        written(machine)
        largest = max(largest, allocated(store))
    return largest


def written(machine: Machine) -> None:
    """Wait until the server has written all that missed: it answers before."""
    give_up_s = time.monotonic() + 30
    while time.monotonic() < give_up_s:
        done = machine.run(ENGINE, "--show-stats", "--stats-format", "json", cwd=machine.base)
        stats = json.loads(done.stdout)["stats"]
        if stats["cache_writes"] >= sum(stats["cache_misses"]["counts"].values()):
            return
        time.sleep(0.02)
    pytest.fail("sccache does not write what it has compiled")


def allocated(store: Path) -> int:
    return sum(path.stat().st_blocks * 512 for path in store.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    "start",
    [
        by_sccache_itself,
        pytest.param(by_a_compilation, marks=pytest.mark.e2e),
        by_a_build_through_the_shim,
        pytest.param(by_a_colleagues_build, marks=pytest.mark.e2e),
        by_cache_start,
    ],
    ids=lambda start: start.__name__,
)
def test_a_store_that_is_filled_past_its_cap_stays_within_it(
    machine: Machine, start: Callable[[Machine], None]
) -> None:
    start(machine)
    pid = server.pid(machine.env)
    assert pid is not None
    largest = fill(machine)
    assert ENTRIES * 2 * PAYLOAD_BYTES > 1.5 * CAP_BYTES
    assert 0.7 * CAP_BYTES < largest <= 1.05 * CAP_BYTES
    # It was that server, with that cap, all the time.
    assert server.pid(machine.env) == pid
    assert Sccache(ENGINE).state(machine.env).cap_bytes == CAP_BYTES
