"""A storage that fails in the middle of a build: the build succeeds with correct output, in bounded time.

The bound is not sccache's (0.16 waits up to 60 s for each read, and for each write as long as it takes) but the
guard's in the shim. See docs/how-to/share-the-cache.md for what was measured.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cargo_hone.demo.tiny import TinySpec, generate, printed_value
from tests.servers import running
from tests.servers.machines import machine
from tests.servers.proxy import Fault, Proxy

BOUND_S = 60
"""Far above the guard's look, limit and the compilation; far below what sccache alone takes for these builds."""
PASSED = 8
"""The check at the server's start, and the first unit or two."""


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, int]]:
    directory = tmp_path_factory.mktemp("servers")
    with running.redis_server(directory) as redis, running.s3_server(directory) as s3:
        yield {"redis": redis, "s3": s3}


def url(storage: str, port: int) -> str:
    if storage == "redis":
        return f"redis://127.0.0.1:{port}"
    return f"s3://shared?endpoint=http://127.0.0.1:{port}"


ROWS = [
    ("redis", Fault.STOPPED),
    ("redis", Fault.SLOW),
    ("redis", Fault.ERRORS),
    pytest.param("redis", Fault.SILENT, marks=pytest.mark.e2e),
    ("s3", Fault.STOPPED),
    ("s3", Fault.SLOW),
    ("s3", Fault.ERRORS),
    pytest.param("s3", Fault.SILENT, marks=pytest.mark.e2e),
]


@pytest.mark.parametrize(("storage", "fault"), ROWS)
def test_the_build_succeeds(
    tmp_path: Path, ports: dict[str, int], storage: str, fault: Fault
) -> None:
    tiny = generate(tmp_path / "workspace", TinySpec(crates=6))
    with (
        Proxy(ports[storage], fault, passed=PASSED, delay_s=4) as proxy,
        machine(tmp_path, tiny.root) as only,
    ):
        only.configure(url(storage, proxy.port))
        built = only.build(timeout_s=BOUND_S)
        assert proxy.has_failed
        assert only.run("bin0").strip() == printed_value(tiny)
        assert "error" not in built.errors
        # What was asked before the fault went through the cache.
        assert built.misses >= 1


@pytest.mark.parametrize("storage", [pytest.param("redis", marks=pytest.mark.e2e), "s3"])
def test_hits_before_the_fault_are_right_and_misses_after_it_too(
    tmp_path: Path, ports: dict[str, int], storage: str
) -> None:
    """The storage is full of good entries and stops while they are fetched."""
    tiny = generate(tmp_path / "workspace", TinySpec(crates=6))
    with machine(tmp_path, tiny.root) as first:
        first.configure(url(storage, ports[storage]))
        assert first.build().misses == 5
    with (
        Proxy(ports[storage], Fault.STOPPED, passed=PASSED) as proxy,
        machine(tmp_path, tiny.root) as second,
    ):
        second.configure(url(storage, proxy.port))
        built = second.build(timeout_s=BOUND_S)
        assert proxy.has_failed
        assert 0 < built.hits < 5
        assert second.run("bin0").strip() == printed_value(tiny)
