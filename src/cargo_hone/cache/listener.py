"""Where sccache's server listens, whether anybody does, and who, as the kernel knows it."""

import socket
import struct
import sys
from collections.abc import Mapping

_PORT = 4226
"""SCCACHE_SERVER_PORT where it is not set (sccache 0.16)."""

_DARWIN_SOL_LOCAL = 0
_DARWIN_LOCAL_PEERPID = 2
"""sys/un.h of macOS; the answer is one int."""


def port(env: Mapping[str, str]) -> int:
    """The TCP port of the server where no socket is set."""
    text = env.get("SCCACHE_SERVER_PORT", "")
    return int(text) if text.isdecimal() and int(text) < 65536 else _PORT


def address(env: Mapping[str, str]) -> str:
    """Where clients with this environment look for the server: a socket's path, or `127.0.0.1:PORT`."""
    return env.get("SCCACHE_SERVER_UDS") or f"127.0.0.1:{port(env)}"


def is_listening(env: Mapping[str, str]) -> bool:
    """Whether anything at all accepts connections there."""
    path = env.get("SCCACHE_SERVER_UDS")
    with socket.socket(socket.AF_UNIX if path else socket.AF_INET) as client:
        client.settimeout(1.0)
        try:
            client.connect(path or ("127.0.0.1", port(env)))
        except OSError:
            return False
    return True


def listening_pid(path: str) -> int | None:
    """Return the process that made the socket at `path`; None where nothing listens or the system does not tell.

    Linux gives the credentials of whoever called listen(2) (SO_PEERCRED, unix(7)); a process that only inherited
    the socket is not the one. A process of a foreign pid namespace has the id 0, and is None.
    """
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(path)
            pid = _peer(client)
        except OSError:
            return None
    return pid or None


def _peer(client: socket.socket) -> int | None:
    if sys.platform == "linux":
        size = struct.calcsize("3i")
        pid, _, _ = struct.unpack(
            "3i", client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
        )
        return int(pid)
    if sys.platform == "darwin":  # pragma: no cover
        raw = client.getsockopt(_DARWIN_SOL_LOCAL, _DARWIN_LOCAL_PEERPID, struct.calcsize("i"))
        return int(struct.unpack("i", raw)[0])
    return None  # pragma: no cover
