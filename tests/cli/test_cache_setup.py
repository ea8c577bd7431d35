"""`cargo hone cache setup`: what it writes, what it leaves, what it says, and that undo restores the bytes."""

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cargo_hone.cache.sccache import Sccache
from cargo_hone.cache.wiring import server
from tests.cache.wiring.machine import ENGINE, Machine

SHIM = ".cargo/hone/sccache"
KILLED = """
import os, signal, sys
from cargo_hone.__main__ import main
from cargo_hone.files import operation

def kill(done, path):
    if done == "rename" and path.name == "config":
        os.kill(os.getpid(), signal.SIGKILL)

sys.argv[0] = "cargo-hone"
with operation.observed(kill):
    main()
"""
THEIRS = '# mine\n[cache.redis]\nendpoint = "redis://10.0.0.1"   # office\n\n[cache.disk]\r\nsize=5_000_000_000'


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path)
    yield made
    made.close()


def counts(machine: Machine) -> tuple[int, int]:
    counted = Sccache(ENGINE).state(machine.env).counts
    return counted.hits, counted.misses


def test_a_dry_run_shows_it_and_writes_nothing(machine: Machine) -> None:
    root = machine.workspace()
    before = machine.files()
    done = machine.hone("cache", "setup", "-n", cwd=root)
    assert done.returncode == 1
    assert f'+rustc-wrapper = "{SHIM}"' in done.stdout
    assert "+size = 10000000000" in done.stdout
    assert "10 GB (10.00 GB of 10⁹ bytes, 9.31 GiB of 2³⁰)" in done.stderr
    unanswered = machine.hone("cache", "setup", cwd=root)
    assert unanswered.returncode == 1
    assert "--yes" in unanswered.stderr
    assert machine.files() == before


def test_a_build_in_the_repository_goes_through_the_cache_and_undo_takes_it_away(
    machine: Machine,
) -> None:
    root = machine.workspace()
    machine.config.parent.mkdir(parents=True)
    machine.config.write_text("# mine\n")
    before = machine.files()
    done = machine.hone("cache", "setup", "--cache-size", "1GiB", "--yes", cwd=root)
    assert done.returncode == 0, done.stderr
    assert "scope   repo: " in done.stderr
    assert (root / SHIM).stat().st_mode & 0o111
    assert machine.config.read_text().startswith("# mine\n")
    again = machine.hone("cache", "setup", "--cache-size", "1GiB", "--yes", cwd=root)
    assert (again.returncode, again.stdout) == (0, "nothing to change\n")
    built = machine.run("cargo", "build", "--release", "--offline", cwd=root)
    assert built.returncode == 0, built.stderr
    assert counts(machine)[1] > 0
    assert machine.cap_bytes() == 2**30
    server.stop(Sccache(ENGINE), machine.env)
    undone = machine.hone("undo", "--yes", cwd=root)
    assert undone.returncode == 0, undone.stderr
    assert machine.files() == before


def test_a_size_that_was_given_once_stays_in_the_shim(machine: Machine) -> None:
    root = machine.workspace()
    done = machine.hone("cache", "setup", "--cache-size", "1GiB", "--yes", cwd=root)
    assert done.returncode == 0, done.stderr
    again = machine.hone("cache", "setup", "--yes", cwd=root)
    assert (again.returncode, again.stdout) == (0, "nothing to change\n")
    # What the team's settings say is another thing.
    done = machine.hone("cache", "setup", "--yes", cwd=root, HONE_CACHE_SIZE="2GiB")
    assert f"hone_cap='{2**31 // 1024}K'".encode() in (root / SHIM).read_bytes()


def test_what_a_killed_setup_left_is_rolled_back_before_the_plan_is_made(machine: Machine) -> None:
    root = machine.workspace()
    killed = machine.run(sys.executable, "-c", KILLED, "cache", "setup", "--yes", cwd=root)
    assert killed.returncode == -signal.SIGKILL
    assert (root / SHIM).is_file()
    assert not machine.pointer.exists()
    done = machine.hone("cache", "setup", "--yes", cwd=root)
    assert done.returncode == 0, done.stderr
    assert "rolled back" in done.stderr
    assert (root / SHIM).is_file()
    assert (root / ".cargo" / "config.toml").is_file()
    assert machine.config.is_file()
    assert machine.pointer.is_file()


def test_a_repository_that_has_it_above_the_workspace_keeps_it_there(machine: Machine) -> None:
    root = machine.workspace()
    assert machine.hone("cache", "setup", "--yes", cwd=root).returncode == 0
    inner = root / "inner"
    (inner / "src").mkdir(parents=True)
    (inner / "src" / "lib.rs").write_text("")
    (inner / "Cargo.toml").write_text('[package]\nname = "inner"\n[workspace]\n')
    done = machine.hone("cache", "setup", "--yes", cwd=inner)
    assert (done.returncode, done.stdout) == (0, "nothing to change\n")
    assert "scope   repo: that is where the wrapper is set already" in done.stderr


def test_for_the_user_alone_no_repository_file_is_touched(machine: Machine) -> None:
    root = machine.workspace()
    before = {name for name in machine.files() if name.startswith("ws/")}
    done = machine.hone("cache", "setup", "--scope", "user", "--yes", cwd=root)
    assert done.returncode == 0, done.stderr
    assert {name for name in machine.files() if name.startswith("ws/")} == before
    shim = machine.home / ".cargo" / "hone" / "sccache"
    assert f'rustc-wrapper = "{shim}"' in machine.cargo_config.read_text()
    built = machine.run("cargo", "build", "--release", "--offline", cwd=root)
    assert built.returncode == 0, built.stderr
    assert counts(machine)[1] > 0


def test_outside_of_a_workspace_it_is_for_the_user(machine: Machine, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = machine.hone("cache", "setup", "--yes", cwd=elsewhere)
    assert done.returncode == 0, done.stderr
    assert "there is no workspace here" in done.stderr
    assert "written  ~/.cargo/config.toml" in done.stdout.replace(str(machine.home), "~")
    assert list(elsewhere.iterdir()) == []
    refused = machine.hone("cache", "setup", "--scope", "repo", "--yes", cwd=elsewhere)
    assert refused.returncode == 2
    assert "--scope user" in refused.stderr


def test_what_the_user_has_in_that_file_stays_byte_for_byte(machine: Machine) -> None:
    root = machine.workspace()
    machine.config.parent.mkdir(parents=True)
    machine.config.write_bytes(THEIRS.encode())
    done = machine.hone("cache", "setup", "--yes", cwd=root)
    assert done.returncode == 0, done.stderr
    assert machine.config.read_bytes() == THEIRS.encode()
    # Colleagues get the team's size, not this user's.
    assert b"hone_cap='9765625K'" in (root / SHIM).read_bytes()
    done = machine.hone("cache", "setup", "--cache-size", "2G", "--yes", cwd=root)
    assert done.returncode == 0, done.stderr
    expected = THEIRS.replace("size=5_000_000_000", "size=2000000000")
    assert machine.config.read_bytes() == expected.encode()


def test_a_running_server_with_another_cap_is_restarted_unless_a_build_uses_it(
    machine: Machine, tmp_path: Path
) -> None:
    root = machine.workspace()
    Sccache(ENGINE).start(machine.env)
    first = server.pid(machine.env)
    client = tmp_path / "sccache"
    shutil.copy(str(shutil.which("sleep")), client)
    with subprocess.Popen([client, "60"], env=machine.env) as waiting:
        busy = machine.hone("cache", "setup", "--yes", cwd=root)
        started = machine.hone("cache", "start", cwd=root)
        waiting.kill()
    assert busy.returncode == 0
    assert "cargo hone cache start" in busy.stderr
    assert started.returncode == 4
    assert server.pid(machine.env) == first
    done = machine.hone("cache", "setup", "--yes", cwd=root)
    assert "restarted" in done.stdout
    assert "it holds 10 GB" in done.stdout
    assert "before 10 GiB" in done.stdout
    assert machine.cap_bytes() == 10**10


def test_it_says_where_the_environment_overrules_the_file(machine: Machine, tmp_path: Path) -> None:
    root = machine.workspace()
    done = machine.hone("cache", "setup", "-n", cwd=root, SCCACHE_CACHE_SIZE="2G")
    assert "SCCACHE_CACHE_SIZE=2G is set" in done.stderr
    assert "2 GiB whatever the file says" in done.stderr
    done = machine.hone("cache", "setup", "-n", cwd=root, SCCACHE_DIR=str(tmp_path / "s"))
    assert "takes no size from its file" in done.stderr
    done = machine.hone("cache", "setup", "-n", cwd=root, SCCACHE_CACHE_SIZE="10GB")
    assert "is no size to sccache" in done.stderr
    assert "warning" not in machine.hone("cache", "setup", "-n", cwd=root).stderr


def test_it_says_what_makes_the_shim_step_aside(machine: Machine) -> None:
    root = machine.workspace()
    done = machine.hone("cache", "setup", "-n", cwd=root, CARGO_INCREMENTAL="1")
    assert "CARGO_INCREMENTAL=1 is set" in done.stderr
    assert machine.hone("cache", "setup", "--yes", cwd=root).returncode == 0
    (root / SHIM).chmod(0o644)
    done = machine.hone("cache", "setup", "-n", cwd=root, HONE_NO_CACHE="1")
    assert "HONE_NO_CACHE is set" in done.stderr
    assert f"chmod +x {root / SHIM}" in done.stderr


def test_an_sccache_that_cannot_be_run_is_refused(machine: Machine, tmp_path: Path) -> None:
    root = machine.workspace()
    junk = tmp_path / "bin" / "sccache"
    junk.parent.mkdir()
    junk.write_text("for another machine")
    junk.chmod(0o755)
    path = f"{junk.parent}:{machine.env['PATH']}"
    done = machine.hone("cache", "setup", "-n", cwd=root, PATH=path)
    assert done.returncode == 5
    assert f"{junk} comes first" in done.stderr
    # The shim passes over what has not even the bit.
    junk.chmod(0o644)
    assert machine.hone("cache", "setup", "-n", cwd=root, PATH=path).returncode == 1


def test_a_file_of_sccaches_that_means_nothing_is_no_bug_of_ours(machine: Machine) -> None:
    root = machine.workspace()
    machine.config.parent.mkdir(parents=True)
    machine.config.write_text("cache = 1\n")
    assert machine.hone("cache", "setup", "-n", cwd=root).returncode == 2


def test_an_old_sccache_of_the_users_is_refused(machine: Machine, tmp_path: Path) -> None:
    root = machine.workspace()
    old = tmp_path / "bin" / "sccache"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\necho sccache 0.8.2\n")
    old.chmod(0o755)
    before = machine.files()
    done = machine.hone("cache", "setup", "--yes", cwd=root, SCCACHE_PATH=str(old))
    assert done.returncode == 5
    assert "0.9 or newer is needed" in done.stderr
    assert machine.files() == before


def test_the_users_own_sccache_wins_and_is_pointed_to(machine: Machine, tmp_path: Path) -> None:
    root = machine.workspace()
    theirs = tmp_path / "bin" / "sccache"
    theirs.parent.mkdir()
    theirs.symlink_to(ENGINE)
    path = f"{theirs.parent}:{machine.env['PATH']}"
    done = machine.hone("cache", "setup", "--yes", cwd=root, PATH=path)
    assert f"{theirs} (PATH)" in done.stderr
    assert machine.pointer.read_text() == f"{theirs}\n"
    in_the_cargo_home = machine.home / ".cargo" / "bin" / "sccache"
    in_the_cargo_home.parent.mkdir(parents=True)
    in_the_cargo_home.symlink_to(ENGINE)
    machine.pointer.unlink()
    done = machine.hone("cache", "setup", "--yes", cwd=root)
    assert done.returncode == 0
    assert "(cargo home)" in done.stderr
    assert not machine.pointer.exists()


def test_a_remote_goes_into_the_same_file_without_a_credential(machine: Machine) -> None:
    root = machine.workspace()
    done = machine.hone(
        "cache", "setup", "--remote", "redis://127.0.0.1:1/3", "-n", "--format", "json", cwd=root
    )
    document = json.loads(done.stdout)
    assert document["schema"] == "cargo-hone/cache-setup/v1"
    assert (document["scope"], document["cap_bytes"]) == ("repo", 10**10)
    assert "redis://127.0.0.1:1" in document["diff"]
    refused = machine.hone("cache", "setup", "--remote", "redis://:geheim@h:1", "-n", cwd=root)
    assert refused.returncode == 2
    assert "geheim" not in refused.stderr + refused.stdout
    refused = machine.hone("cache", "setup", "--remote", "gha", "-n", cwd=root)
    assert refused.returncode == 5


def test_a_teams_remote_that_does_not_work_here_holds_nothing_up(machine: Machine) -> None:
    root = machine.workspace()
    done = machine.hone("cache", "setup", "-n", cwd=root, HONE_CACHE_REMOTE="gha")
    assert done.returncode == 1
    assert "the team's remote cache is left out here" in done.stderr
    assert "size = 10000000000" in done.stdout


def test_it_says_whose_undo_takes_a_file_of_the_machine_away(machine: Machine) -> None:
    first, second = machine.workspace("first"), machine.workspace("second")
    assert "undo" not in machine.hone("cache", "setup", "--yes", cwd=first).stderr
    # As in a clone, where all is committed already: nothing is written there, so no journal knows of it.
    shutil.copytree(first / ".cargo", second / ".cargo")
    done = machine.hone("cache", "setup", "--yes", cwd=second)
    assert f"was written by the setup in {first}" in done.stderr
    machine.hone("undo", "--yes", cwd=first)
    mended = machine.hone("cache", "setup", "--yes", cwd=second)
    assert mended.stdout.count("written") == 2
    assert "was written by the setup in" not in mended.stderr
    # One that has written its shim is known, and the others' undo leaves what it needs.
    third = machine.hone("cache", "setup", "--yes", cwd=machine.workspace("third"))
    assert "was written by the setup in" not in third.stderr


def test_start_and_stop_say_what_happened(machine: Machine) -> None:
    root = machine.workspace()
    started = machine.hone("cache", "start", cwd=root)
    assert started.returncode == 0
    assert "sccache's server: started" in started.stdout
    assert "it holds 10 GB (cargo-hone's default)" in started.stdout
    again = json.loads(machine.hone("cache", "start", "--format", "json", cwd=root).stdout)
    assert again["schema"] == "cargo-hone/cache-start/v1"
    assert (again["done"], again["cap_bytes"]) == ("already", 10**10)
    stopped = json.loads(machine.hone("cache", "stop", "--format", "json", cwd=root).stdout)
    assert (stopped["done"], stopped["pid"]) == ("stopped", again["pid"])
    assert "not running" in machine.hone("cache", "stop", cwd=root).stdout
