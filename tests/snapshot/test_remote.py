"""Where a remote is, what it is called, and how it fails."""

import contextlib
import os
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

import pytest

from cargo_hone.errors import Exit, Unavailable, UsageProblem
from cargo_hone.snapshot.remote import Remote, parse
from tests.servers.machines import CREDENTIALS
from tests.servers.proxy import Fault, Proxy
from tests.servers.running import command, free_port, redis_server, s3_server

SOON_S = 9.0
"""OpenDAL alone looks for a Redis that is gone during 9 s, and tries that four times."""


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)


def open_(url: str) -> Remote:
    return Remote(parse(url, os.environ))


def s3_url(port: int, bucket: str = "shared") -> str:
    return f"s3://{bucket}/p?region=us-east-1&endpoint=http://127.0.0.1:{port}"


@pytest.mark.parametrize(
    ("url", "env", "service", "options"),
    [
        (
            "s3://b/team/x?region=eu-west-1&endpoint=http://h:1",
            {},
            "s3",
            {"bucket": "b", "root": "/team/x", "region": "eu-west-1", "endpoint": "http://h:1"},
        ),
        (
            "s3://b",
            {"AWS_ENDPOINT_URL": "http://minio:9000", "AWS_REGION": "r"},
            "s3",
            {"bucket": "b", "root": "/cargo-hone", "region": "r", "endpoint": "http://minio:9000"},
        ),
        ("gs://b/p", {}, "gcs", {"bucket": "b", "root": "/p"}),
        (
            "azblob://c/p",
            {"AZURE_STORAGE_ACCOUNT_KEY": "k"},
            "azblob",
            {"container": "c", "root": "/p", "account_key": "k"},
        ),
        (
            "rediss://h:1/p",
            {"REDIS_PASSWORD": "secret"},
            "redis",
            {"endpoint": "rediss://h:1", "root": "/p", "password": "secret"},
        ),
        (
            "https://dav.example/x",
            {"WEBDAV_TOKEN": "t"},
            "webdav",
            {"endpoint": "https://dav.example", "root": "/x", "token": "t"},
        ),
    ],
)
def test_each_service(url: str, env: dict[str, str], service: str, options: dict[str, str]) -> None:
    found = parse(url, env)
    assert (found.service, dict(found.options), found.shown) == (service, options, url)


@pytest.mark.parametrize("url", ["", "ftp://host/x", "redis://me:secret@host/x", "s3://k:s@b/x"])
def test_what_cannot_be_used_is_refused_without_saying_secrets(url: str) -> None:
    with pytest.raises(UsageProblem) as error:
        parse(url, {})
    assert "secret" not in error.value.message
    assert "redis://HOST" in error.value.next_step


@pytest.mark.parametrize(
    "url",
    ["redis://127.0.0.1:{}/p", "s3://b/p?endpoint=http://127.0.0.1:{}", "http://127.0.0.1:{}/p"],
)
def test_one_that_is_not_there_is_found_out_in_seconds(url: str) -> None:
    started_s = time.monotonic()
    with pytest.raises(Unavailable) as error:
        open_(url.format(free_port()))
    assert time.monotonic() - started_s < SOON_S
    assert error.value.code is Exit.UNAVAILABLE
    assert "cannot reach" in error.value.message
    assert "check that it runs" in error.value.next_step


@pytest.mark.parametrize(("fault", "says"), [(Fault.SILENT, "does not answer"), (Fault.ERRORS, "")])
def test_one_that_is_ill_is_found_out_in_seconds(fault: Fault, says: str, tmp_path: Path) -> None:
    with redis_server(tmp_path) as port, Proxy(port, fault) as proxy:
        started_s = time.monotonic()
        with pytest.raises(Unavailable) as error:
            open_(f"redis://127.0.0.1:{proxy.port}/p")
        assert time.monotonic() - started_s < SOON_S
        assert says in error.value.message


def test_a_connection_that_is_lost_once_is_opened_again(tmp_path: Path) -> None:
    with s3_server(tmp_path) as port, Flaky(port) as flaky:
        remote = open_(s3_url(flaky.port))
        flaky.errors = 2
        remote.put("a", b"content")
        assert remote.get("a", limit_bytes=10) == b"content"
        assert flaky.errors == 0


def test_a_bucket_that_is_not_there(tmp_path: Path) -> None:
    with s3_server(tmp_path) as port:
        remote = open_(s3_url(port, "another"))
        with pytest.raises(Unavailable, match="bucket does not exist"):
            remote.put("a", b"b")


def test_a_redis_that_may_only_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with redis_server(tmp_path) as port:
        url = f"redis://127.0.0.1:{port}/p"
        open_(url).put("a", b"content")
        if (
            command(port, "ACL", "SETUSER", "ro", "on", ">pw", "~*", "+@read", "+@connection")
            != b"+OK"
        ):
            pytest.skip("this redis-server is too old for access lists")
        monkeypatch.setenv("REDIS_USERNAME", "ro")
        monkeypatch.setenv("REDIS_PASSWORD", "pw")
        reads_only(open_(url))


def test_an_s3_that_may_only_be_read(tmp_path: Path) -> None:
    with s3_server(tmp_path) as port, Flaky(port) as guarded:
        open_(s3_url(port)).put("a", b"content")
        guarded.refused = {"PUT", "POST", "DELETE"}
        reads_only(open_(s3_url(guarded.port)))


def reads_only(remote: Remote) -> None:
    assert remote.size("a") == len(b"content")
    assert remote.size("b") is None
    assert remote.get("a", limit_bytes=10) == b"content"
    with pytest.raises(Unavailable, match="permission denied") as error:
        remote.put("b", b"more")
    assert "a fork's pull request may only pull" in error.value.next_step


def test_what_is_larger_than_it_should_be_is_not_read(tmp_path: Path) -> None:
    remote = open_(str(tmp_path / "shared"))
    remote.put("a", bytes(100))
    assert remote.get("a", limit_bytes=100) == bytes(100)
    with pytest.raises(Unavailable, match="larger"):
        remote.get("a", limit_bytes=99)
    assert remote.get("b", limit_bytes=99) is None


@pytest.mark.parametrize("kind", ["directory", "redis", "s3"])
def test_the_start_of_what_is_there(kind: str, tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        url = str(tmp_path / "shared")
        if kind == "redis":
            port = stack.enter_context(redis_server(tmp_path))
            url = f"redis://127.0.0.1:{port}/x"
        elif kind == "s3":
            url = s3_url(stack.enter_context(s3_server(tmp_path)))
        remote = open_(url)
        remote.put("a", b"content")
        assert remote.get_start("a", size_bytes=7) == b"content"
        assert remote.get_start("a", size_bytes=4) == b"cont"
        assert remote.get_start("a", size_bytes=8) is None
        assert remote.get_start("b", size_bytes=7) is None


_PASSED = {"authorization", "x-amz-date", "x-amz-content-sha256"}
_TYPE = {"Content-Type": "application/octet-stream"}
"""What urllib says by itself lets moto read the body as a form."""


class Flaky:
    """An HTTP server before another one: answers the next `errors` requests with 503, `refused` methods with 403."""

    def __init__(self, upstream: int) -> None:
        self.errors = 0
        self.refused: set[str] = set()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _pass(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if outer.errors:
                    outer.errors -= 1
                    return self._answer(503, {}, b"")
                if self.command in outer.refused:
                    return self._answer(403, {}, b"")
                request = urllib.request.Request(
                    f"http://127.0.0.1:{upstream}{self.path}",
                    method=self.command,
                    data=body or None,
                    headers=_TYPE | {n: v for n, v in self.headers.items() if n.lower() in _PASSED},
                )
                try:
                    with urllib.request.urlopen(request, timeout=30) as found:  # noqa: S310
                        return self._answer(found.status, dict(found.headers), found.read())
                except urllib.error.HTTPError as error:
                    with error:
                        return self._answer(error.code, dict(error.headers), error.read())

            def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
                length = (
                    headers.get("Content-Length", len(body))
                    if self.command == "HEAD"
                    else len(body)
                )
                self.send_response(status)
                for name in {"ETag", "Last-Modified", "Content-Type"} & set(headers):
                    self.send_header(name, headers[name])
                self.send_header("Content-Length", str(length))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _pass  # noqa: N815

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(30)
