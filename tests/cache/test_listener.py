import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from cargo_hone.cache.listener import listening_pid

_LISTEN = """
import socket, sys
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen()
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform not in {"linux", "darwin"}, reason="the system does not tell")
def test_the_process_that_listens_is_named_and_nobody_afterwards() -> None:
    # Not in tmp_path: a socket's path may be 107 bytes long.
    with tempfile.TemporaryDirectory() as place:
        path = str(Path(place) / "s")
        assert listening_pid(path) is None
        with subprocess.Popen(
            [sys.executable, "-c", _LISTEN, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as server:
            assert server.stdout is not None
            server.stdout.readline()
            assert listening_pid(path) == server.pid
        assert Path(path).exists()
        assert listening_pid(path) is None
