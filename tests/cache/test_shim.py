"""The shim runs the compiler through sccache where that works, and by itself where it does not."""

import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cargo_hone.cache import shim
from cargo_hone.cache.capacity import parse

SCCACHE = Path(sys.executable).parent / "sccache"
SHELLS = [shell for shell in ("dash", "bash", "busybox") if shutil.which(shell)]


class Room:
    """A home of its own with the shim in it."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.shim = base / "tree with space" / ".cargo" / "hone" / "sccache"
        self.shim.parent.mkdir(parents=True)
        self.shim.write_bytes(shim.text(parse("10G")))
        self.shim.chmod(0o755)
        self.home = base / "home"
        self.home.mkdir()
        self.env = {
            "HOME": str(self.home),
            "PATH": "/usr/bin:/bin",
            "CARGO_HOME": str(self.home / ".cargo"),
            "SCCACHE_DIR": str(base / "cache"),
            "SCCACHE_SERVER_UDS": str(base / "s"),
        }

    def compiler(self, body: str = 'echo "compiled $*"') -> Path:
        path = self.base / "rustc"
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        return path

    def engine(self, body: str) -> None:
        path = self.home / ".cargo" / "bin" / "sccache"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)

    def call(
        self, *words: str, shell: str | None = None, **env: str
    ) -> subprocess.CompletedProcess[bytes]:
        prefix = [] if shell is None else [shell, "sh"] if shell == "busybox" else [shell]
        return subprocess.run(
            [*prefix, str(self.shim), *words],
            env={**self.env, **env},
            capture_output=True,
            timeout=60,
            check=False,
        )


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path)
    yield made
    subprocess.run([SCCACHE, "--stop-server"], env=made.env, capture_output=True, check=False)


@pytest.mark.parametrize("shell", SHELLS)
def test_without_sccache_the_compiler_runs_alone(room: Room, shell: str) -> None:
    done = room.call(str(room.compiler()), "--crate-name", "a b", "x\ny", shell=shell)
    assert done.stdout == b"compiled --crate-name a b x\ny\n"
    assert done.returncode == 0
    assert done.stderr == b""


@pytest.mark.parametrize("shell", SHELLS)
def test_an_engine_in_the_cargo_home_gets_the_call(room: Room, shell: str) -> None:
    room.engine('echo "engine: $*"')
    done = room.call(str(room.compiler()), "a b", "x\ny", shell=shell)
    assert done.stdout == f"engine: {room.base / 'rustc'} a b x\ny\n".encode()


def test_the_pointer_left_by_the_setup_is_followed(room: Room) -> None:
    pointer = room.home / ".local" / "state" / "cargo-hone" / "sccache-path"
    pointer.parent.mkdir(parents=True)
    engine = room.base / "brought along"
    engine.write_text('#!/bin/sh\necho "pointed: $1"\n')
    engine.chmod(0o755)
    pointer.write_text(f"{engine}\n")
    assert room.call("/bin/true").stdout == b"pointed: /bin/true\n"


def test_a_pointer_to_nothing_is_no_harm(room: Room) -> None:
    pointer = room.home / ".local" / "state" / "cargo-hone" / "sccache-path"
    pointer.parent.mkdir(parents=True)
    pointer.write_text("/nowhere/sccache\n")
    assert room.call(str(room.compiler())).stdout == b"compiled \n"


def test_the_shim_on_path_is_not_taken_for_the_engine(room: Room) -> None:
    done = room.call(str(room.compiler()), PATH=f"{room.shim.parent}:/usr/bin:/bin")
    assert done.stdout == b"compiled \n"


def test_exit_codes_come_through(room: Room) -> None:
    assert room.call(str(room.compiler("exit 101"))).returncode == 101
    room.engine('[ "$2" = --version ] && exit 0; exit 3')
    assert room.call(str(room.compiler("exit 101"))).returncode == 3


def test_a_signal_ends_the_engine_itself(room: Room) -> None:
    room.engine('[ "$2" = --version ] && exit 0; exec sleep 30')
    running = subprocess.Popen([room.shim, "/bin/true"], env=room.env)
    time.sleep(0.5)
    running.send_signal(signal.SIGTERM)
    assert running.wait(10) == -signal.SIGTERM


def test_an_engine_that_cannot_answer_is_asked_once_a_build(room: Room) -> None:
    room.engine(f'echo asked >>"{room.base}/asked"; exit 2')
    compiler = room.compiler()
    script = f'"{room.shim}" "{compiler}" one; "{room.shim}" "{compiler}" two'
    done = subprocess.run(
        ["sh", "-c", script], env=room.env, capture_output=True, check=True, timeout=60
    )
    assert done.stdout == b"compiled one\ncompiled two\n"
    assert (room.base / "asked").read_text() == "asked\n"
    assert b"does not answer" in done.stderr


def test_a_foreign_listener_costs_one_bounded_probe(room: Room) -> None:
    with socket.socket(socket.AF_UNIX) as foreign:
        foreign.bind(room.env["SCCACHE_SERVER_UDS"])
        foreign.listen(5)
        started = time.monotonic()
        done = room.call(str(room.compiler()), "x", SCCACHE_PATH=str(SCCACHE))
    assert done.stdout == b"compiled x\n"
    assert 5 < time.monotonic() - started < 30


def test_cargo_incremental_in_the_environment_steps_aside(room: Room) -> None:
    room.engine("exit 1")
    done = room.call(str(room.compiler()), "x", CARGO_INCREMENTAL="1")
    assert done.stdout == b"compiled x\n"


@pytest.mark.parametrize(
    ("given", "configured", "expected"),
    [
        ({"SCCACHE_DIR": ""}, False, "9765625K"),
        ({"SCCACHE_DIR": "", "SCCACHE_CACHE_SIZE": "3G"}, False, "3G"),
        ({"SCCACHE_DIR": ""}, True, ""),
        # sccache 0.16 ignores the file's size where the directory comes from the environment.
        ({"SCCACHE_DIR": "/somewhere"}, True, "9765625K"),
    ],
)
def test_the_cap_is_set_only_where_nobody_says_another(
    room: Room, given: dict[str, str], configured: bool, expected: str
) -> None:
    if configured:
        place = room.home / ".config" / "sccache"
        place.mkdir(parents=True)
        (place / "config").write_text("[cache.disk]\nsize = 1\n")
    room.engine('echo "cap=$SCCACHE_CACHE_SIZE"')
    assert room.call("/bin/true", **given).stdout == f"cap={expected}\n".encode()


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


def test_a_home_that_cannot_keep_the_answer_is_no_harm(room: Room) -> None:
    room.engine('echo "engine: $2"')
    probes = room.home / ".cache" / "cargo-hone"
    probes.mkdir(parents=True)
    (probes / "probes").write_text("a file where the directory should be")
    for shell in SHELLS:
        done = room.call("/bin/true", "x", shell=shell, TMPDIR=str(room.base / "nowhere"))
        assert (done.returncode, done.stdout) == (0, b"engine: x\n"), done.stderr


def test_no_placeholder_is_left() -> None:
    text = shim.text(parse("10G")).decode()
    assert text.startswith("#!/bin/sh\n")
    assert "hone_cap='9765625K'" in text
    assert "@CAP@" not in text
