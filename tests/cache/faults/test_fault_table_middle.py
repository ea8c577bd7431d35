"""The fault table, second part: something happens to the server in the middle of a build. Every build succeeds."""

import os
import signal
import socket
from pathlib import Path

import pytest

from tests.cache.faults.room import SCCACHE, FaultRoom, end, wait_until


def test_the_server_is_killed_and_comes_back(gated_room: FaultRoom) -> None:
    room = gated_room
    pid = room.start_server()
    with room.in_the_middle():
        end(pid)
    assert room.server_pid() != pid
    # What was compiled after its death went through the new one.
    assert int(room.stats()["Compile requests"]) >= 1


def test_the_server_is_killed_and_cannot_restart_its_configuration_broken(
    gated_room: FaultRoom,
) -> None:
    room = gated_room
    pid = room.start_server()
    room.count_calls()
    room.env["SCCACHE_CONF"] = str(room.base / "conf")
    (room.base / "conf").write_text("")
    with room.in_the_middle():
        asked_before = room.asked()
        (room.base / "conf").write_text("this is [not TOML")
        end(pid)
    # The call in progress compiled by itself; the next one found out, asked again, and no other one tried.
    assert room.asked() == (asked_before[0] + 1, asked_before[1] + 1)


@pytest.mark.e2e  # sccache itself tries for five seconds
def test_the_server_is_killed_and_cannot_restart_its_address_taken(gated_room: FaultRoom) -> None:
    room = gated_room
    pid = room.start_server()
    room.count_calls()
    with room.in_the_middle():
        asked_before = room.asked()
        end(pid)
        room.socket.unlink()
        room.socket.mkdir()
    assert room.asked() == (asked_before[0] + 1, asked_before[1] + 1)


@pytest.mark.e2e  # waits out the limit, as the hanging server below does
def test_the_server_is_killed_and_a_foreign_program_takes_its_place(gated_room: FaultRoom) -> None:
    room = gated_room
    pid = room.start_server()
    with socket.socket(socket.AF_UNIX) as foreign, room.in_the_middle():
        end(pid)
        room.socket.unlink()
        foreign.bind(str(room.socket))
        foreign.listen(16)
    room.socket.unlink()


def test_the_server_is_killed_and_sccache_is_taken_away(gated_room: FaultRoom) -> None:
    room = gated_room
    copy = room.base / "own" / "sccache"
    copy.parent.mkdir()
    copy.write_bytes(SCCACHE.read_bytes())
    copy.chmod(0o755)
    room.env["SCCACHE_PATH"] = str(copy)
    pid = room.start_server()
    with room.in_the_middle():
        copy.unlink()
        end(pid)


@pytest.mark.skipif(not Path("/proc/self/exe").exists(), reason="the shim needs /proc for that")
def test_the_server_hangs_in_the_middle(gated_room: FaultRoom) -> None:
    room = gated_room
    pid = room.start_server()
    try:
        with room.in_the_middle():
            os.kill(pid, signal.SIGSTOP)
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        assert state == "T"  # The server is the user's: it was left as it is.
    finally:
        os.kill(pid, signal.SIGCONT)


def test_the_watch_over_the_server_ends_with_the_build(gated_room: FaultRoom) -> None:
    room = gated_room
    room.build()
    wait_until(lambda: not guards(room))


def guards(room: FaultRoom) -> list[int]:
    """Shells of the room that are still there."""
    mine = b"SCCACHE_DIR=" + os.fsencode(room.store)
    return [
        pid
        for pid, words in environments()
        if mine in words and b"SCCACHE_START_SERVER=1" not in words
    ]


def environments() -> list[tuple[int, set[bytes]]]:
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            found.append((int(place.name), set((place / "environ").read_bytes().split(b"\0"))))
        except OSError:
            continue
    return found
