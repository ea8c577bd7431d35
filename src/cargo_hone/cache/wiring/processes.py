"""Other processes of this machine, as /proc shows them; where there is none (macOS), nothing is seen."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path


def numbers() -> Iterator[int]:
    """Yield the ids of all processes."""
    try:
        with os.scandir("/proc") as entries:
            names = [entry.name for entry in entries if entry.name.isdecimal()]
    except OSError:
        return
    yield from map(int, names)


def words(number: int) -> tuple[str, ...]:
    """The command line of a process; empty where it has gone, is the kernel's or somebody else's."""
    return tuple(os.fsdecode(word) for word in _read(number, "cmdline").split(b"\0"))


def environment(number: int) -> dict[str, str]:
    """The environment that a process was started with; empty where it cannot be read."""
    pairs = (item.partition(b"=") for item in _read(number, "environ").split(b"\0"))
    return {os.fsdecode(name): os.fsdecode(value) for name, _, value in pairs if name}


def listening_at(port: int) -> int | None:
    """The process that listens at a TCP port of 127.0.0.1, or of all addresses."""
    inode = _listening_inode(port)
    if inode is None:
        return None
    return next((number for number in numbers() if _holds(number, f"socket:[{inode}]")), None)


def is_alive(number: int) -> bool:
    """Whether a process is there and is no zombie."""
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    # The state follows the command's name, which is in brackets and may hold anything (proc(5)).
    return _read(number, "stat").rpartition(b")")[2].split()[:1] != [b"Z"]


def _listening_inode(port: int) -> str | None:
    """The socket in state LISTEN at that port of 127.0.0.1 or of all addresses (proc(5), /proc/net/tcp)."""
    if sys.platform != "linux":  # pragma: no cover
        return None
    try:
        rows = Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]
    except OSError:
        return None
    wanted = {f"0100007F:{port:04X}", f"00000000:{port:04X}"}
    return next((r[9] for r in map(str.split, rows) if r[1] in wanted and r[3] == "0A"), None)


def _holds(number: int, link: str) -> bool:
    try:
        with os.scandir(f"/proc/{number}/fd") as entries:
            return any(os.readlink(entry.path) == link for entry in entries)  # noqa: PTH115
    except OSError:
        return False


def _read(number: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{number}/{name}").read_bytes()
    except OSError:
        return b""
