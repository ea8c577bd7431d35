"""The fault table, first part: sccache is not there, cannot start or does not answer. Every build succeeds."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.cache.faults.room import SCCACHE, FaultRoom, needs, with_permissions


@contextmanager
def port(room: FaultRoom, *, listening: bool, answer: bytes | None = None) -> Iterator[str]:
    """A TCP port of loopback that is taken; environment and stop of the room's server follow it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        if listening:
            taken.listen(16)
        number = str(taken.getsockname()[1])
        del room.env["SCCACHE_SERVER_UDS"]
        room.env["SCCACHE_SERVER_PORT"] = number
        foreign = None
        if answer is not None:
            foreign = subprocess.Popen(
                [sys.executable, "-c", ANSWERING, answer], stdin=taken.fileno()
            )
        try:
            yield number
        finally:
            if foreign is not None:
                foreign.kill()
                foreign.wait()


ANSWERING = """
import socket, sys
listener = socket.socket(fileno=0)
while True:
    client, _ = listener.accept()
    client.sendall(sys.argv[1].encode())
    client.close()
"""


def test_a_healthy_sccache_serves_the_second_build(room: FaultRoom) -> None:
    room.build()
    assert room.hits() == 0
    room.build()
    assert room.hits() >= 4


def test_not_installed(room: FaultRoom) -> None:
    del room.env["SCCACHE_PATH"]
    assert "cargo-hone" not in room.build()
    assert not room.store.exists()


def test_not_executable(room: FaultRoom) -> None:
    for place in (room.base / "named", room.home / ".cargo/bin/sccache"):
        place.parent.mkdir(exist_ok=True, parents=True)
        place.write_bytes(SCCACHE.read_bytes()[:4096])
        place.chmod(0o644)
    room.env["SCCACHE_PATH"] = str(room.base / "named")
    assert "cargo-hone" not in room.build()


def test_executable_but_of_another_machine(room: FaultRoom) -> None:
    broken = room.base / "broken"
    broken.write_bytes(b"\x7fELF" + bytes(200))
    broken.chmod(0o755)
    room.env["SCCACHE_PATH"] = str(broken)
    assert room.build().count("cargo-hone: sccache does not answer") == 1


def test_its_configuration_is_broken(room: FaultRoom) -> None:
    room.env["SCCACHE_CONF"] = str(room.base / "conf")
    (room.base / "conf").write_text("this is [not TOML")
    room.count_calls()
    assert room.build().count("cargo-hone: sccache does not answer") == 1
    assert room.asked() == (1, 0)


def test_its_port_is_taken_by_something_else(room: FaultRoom) -> None:
    room.count_calls()
    with port(room, listening=False):
        assert room.build().count("cargo-hone: sccache does not answer") == 1
    assert room.asked() == (1, 0)


def test_a_foreign_program_listens_on_its_port_and_says_nothing(room: FaultRoom) -> None:
    room.count_calls()
    with port(room, listening=True):
        assert room.build().count("cargo-hone: sccache does not answer") == 1
    assert room.asked() == (1, 0)


def test_a_foreign_program_listens_on_its_port_and_answers(room: FaultRoom) -> None:
    room.count_calls()
    with port(room, listening=True, answer=b"HTTP/1.1 400 Bad Request\r\n\r\n"):
        assert room.build().count("cargo-hone: sccache does not answer") == 1
    assert room.asked() == (1, 0)


def test_the_server_hangs(room: FaultRoom) -> None:
    pid = room.start_server()
    room.count_calls()
    os.kill(pid, signal.SIGSTOP)
    try:
        assert room.build().count("cargo-hone: sccache does not answer") == 1
        assert room.asked() == (1, 0)
    finally:
        os.kill(pid, signal.SIGCONT)
    # The next build is another one: it asks again.
    room.build()
    assert room.asked()[0] == 2
    assert room.asked()[1] > 5


def test_its_socket_cannot_be_made(room: FaultRoom) -> None:
    room.env["SCCACHE_SERVER_UDS"] = str(room.base / "no such directory" / "s")
    room.count_calls()
    assert room.build().count("cargo-hone: sccache does not answer") == 1
    assert room.asked() == (1, 0)


def test_its_directory_is_a_file(room: FaultRoom) -> None:
    room.store.write_text("in the way")
    room.build()
    assert room.store.read_text() == "in the way"
    assert room.stats()["Cache write errors"].strip() != "0"


def test_its_directory_cannot_be_written(room: FaultRoom) -> None:
    room.store.mkdir(mode=0o555)
    prefix = with_permissions(room.env)
    room.build(prefix=prefix)
    assert list(room.store.iterdir()) == []
    assert room.stats()["Cache write errors"].strip() != "0"


def test_its_directory_cannot_be_made(room: FaultRoom) -> None:
    above = room.base / "above"
    above.mkdir(mode=0o555)
    room.env["SCCACHE_DIR"] = str(above / "cache")
    prefix = with_permissions(room.env)
    room.build(prefix=prefix)
    assert list(above.iterdir()) == []


@pytest.mark.parametrize("filled", [0, 4])
def test_its_disk_is_full(room: FaultRoom, filled: int) -> None:
    """`filled` crates fit, the next one does not."""
    needs("unshare", "mount")
    prefix = (
        ("unshare", "--mount") if os.geteuid() == 0 else ("unshare", "--mount", "--map-root-user")
    )
    size_kib = 64 + filled * 6
    script = (
        f'mount -t tmpfs -o size={size_kib}k hone-test "$0"'
        ' && dd if=/dev/zero of="$0/fill" bs=1024 count=64 2>/dev/null && exec "$@"'
    )
    mounted = (*prefix, "sh", "-c", script, str(room.store))
    room.store.mkdir()
    tried = subprocess.run([*mounted, "true"], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        pytest.skip(f"nothing can be mounted here: {tried.stderr.strip()}")
    room.build(prefix=mounted)
    assert room.stats()["Cache write errors"].strip() != "0"
