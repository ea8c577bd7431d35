"""A connection to a storage server that can fail: in the middle of a build, in one of several ways."""

import contextlib
import re
import select
import socket
import threading
from collections.abc import Callable
from enum import Enum
from types import TracebackType
from typing import Self


class Fault(Enum):
    """What becomes of requests once the fault is there."""

    STOPPED = "stopped"  # connections are closed, new ones refused
    SILENT = "silent"  # connections are taken, nothing is answered
    SLOW = "slow"  # each answer comes later
    ERRORS = "errors"  # each answer is an error of the storage's protocol


class Proxy:
    """Passes everything between clients and the server at `upstream`; has the `fault` after `passed` requests.

    A request is what a client sends on a connection that owes it no answer. Without a fault it only counts.
    """

    def __init__(
        self, upstream: int, fault: Fault | None = None, *, passed: int = 0, delay_s: float = 0.0
    ) -> None:
        self._upstream = upstream
        self._fault = fault
        self._passed = passed
        self._delay_s = delay_s
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._ended = threading.Event()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self.requests = 0
        self.port = int(self._listener.getsockname()[1])

    @property
    def has_failed(self) -> bool:
        """Whether a request has met the fault."""
        return self._fault is not None and self.requests > self._passed

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._close_all()
        for thread in self._threads:
            thread.join(30)
            assert not thread.is_alive()

    def _start(self, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _close_all(self) -> None:
        with self._lock:
            for one in (self._listener, *self._open):
                # A blocked accept wakes up from this, not from a close.
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
            self._listener.close()

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._start(lambda client=client: self._serve(client))  # type: ignore[misc]

    def _serve(self, client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", self._upstream), timeout=30) as server:
            with self._lock:
                self._open |= {client, server}
            try:
                self._pass(client, server)
            except OSError:
                return
            finally:
                with self._lock:
                    self._open -= {client, server}

    def _pass(self, client: socket.socket, server: socket.socket) -> None:
        is_owed = False
        while not self._ended.is_set():
            ready, _, _ = select.select([client, server], [], [], 0.2)
            for side in ready:
                data = side.recv(1 << 16)
                if not data:
                    return
                if side is server:
                    if is_owed and self.has_failed and self._fault is Fault.SLOW:
                        self._ended.wait(self._delay_s)
                    is_owed = False
                    client.sendall(data)
                    continue
                if not is_owed:
                    with self._lock:
                        self.requests += 1
                is_owed = True
                if not self.has_failed or self._fault is Fault.SLOW:
                    server.sendall(data)
                elif self._fault is Fault.STOPPED:
                    self._close_all()
                    return
                elif self._fault is Fault.ERRORS:
                    client.sendall(_error(data))
                    is_owed = not data.startswith(b"*")


def _error(request: bytes) -> bytes:
    """What a server in trouble says: Redis to each command, S3 to each request; nothing to a part of a body."""
    if re.match(rb"[A-Z]+ [^\r\n]* HTTP/1\.1\r\n", request):
        return b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"
    return b"-ERR in trouble\r\n" * len(re.findall(rb"(?:^|\r\n)\*\d+\r\n\$", request))
