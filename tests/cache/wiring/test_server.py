"""The server of a machine: started, restarted with another cap, never under a build, gone when it is said so."""

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

from cargo_hone.cache import listener
from cargo_hone.cache.capacity import Capacity, parse
from cargo_hone.cache.configuration import Cap
from cargo_hone.cache.sccache import Sccache
from cargo_hone.cache.wiring import processes, server
from cargo_hone.cache.wiring.server import Done
from cargo_hone.errors import Busy, Unavailable

from .machine import ENGINE, Machine

DEFAULT = parse("10G")


def ensure(machine: Machine, default: Capacity = DEFAULT, **env: str) -> server.Server:
    return server.ensure(Sccache(ENGINE), {**machine.env, **env}, default)


def test_it_is_started_once_and_is_the_process_that_is_named(machine: Machine) -> None:
    first = ensure(machine)
    assert first.done is Done.STARTED
    assert first.pid is not None
    assert processes.is_alive(first.pid)
    again = ensure(machine)
    assert (again.done, again.pid) == (Done.ALREADY, first.pid)


def test_one_with_another_cap_is_restarted(machine: Machine) -> None:
    first = ensure(machine)
    assert machine.cap_bytes() == 10**10 // 1024 * 1024
    machine.config.parent.mkdir(parents=True)
    machine.config.write_text("[cache.disk]\nsize = 5000000\n")
    second = ensure(machine)
    assert second.done is Done.RESTARTED
    assert second.was_bytes == 10**10 // 1024 * 1024
    assert second.pid != first.pid
    assert machine.cap_bytes() == 5_000_000


def test_one_that_a_build_uses_is_left_alone(machine: Machine, tmp_path: Path) -> None:
    first = ensure(machine)
    # As /proc shows a client: `sccache COMPILER …` with the server's address in its environment.
    client = tmp_path / "sccache"
    shutil.copy(str(shutil.which("sleep")), client)
    with subprocess.Popen([client, "60"], env=machine.env) as waiting:
        try:
            # Popen returns a moment before the kernel shows the new program.
            while not processes.environment(waiting.pid):
                time.sleep(0.01)
            assert server.clients(machine.env) == (waiting.pid,)
            assert server.clients({**machine.env, "SCCACHE_SERVER_UDS": "/elsewhere"}) == ()
            with pytest.raises(Busy, match=f"process {waiting.pid}"):
                ensure(machine, parse("1G"), SCCACHE_CACHE_SIZE="7M")
        finally:
            waiting.kill()
    assert server.pid(machine.env) == first.pid
    assert ensure(machine, SCCACHE_CACHE_SIZE="7M").done is Done.RESTARTED


def test_stopped_is_gone(machine: Machine) -> None:
    first = ensure(machine)
    assert first.pid is not None
    stopped = server.stop(Sccache(ENGINE), machine.env)
    assert (stopped.done, stopped.pid) == (Done.STOPPED, first.pid)
    assert not processes.is_alive(first.pid)
    assert server.stop(Sccache(ENGINE), machine.env).done is Done.NOT_THERE


def test_another_program_at_the_address_is_named_and_not_ended(machine: Machine) -> None:
    with socket.socket() as ours:
        ours.bind(("127.0.0.1", 0))
        ours.listen()
        env = {key: value for key, value in machine.env.items() if key != "SCCACHE_SERVER_UDS"}
        env["SCCACHE_SERVER_PORT"] = str(ours.getsockname()[1])
        for action in (server.stop, lambda one, there: server.ensure(one, there, DEFAULT)):
            with pytest.raises(Unavailable, match=f"process {os.getpid()}.*not sccache") as raised:
                action(Sccache(ENGINE), env)
            assert "kill" not in raised.value.next_step


def test_the_process_at_a_port_is_found(machine: Machine) -> None:
    with socket.socket() as ours:
        ours.bind(("127.0.0.1", 0))
        ours.listen()
        port = str(ours.getsockname()[1])
        env = {"SCCACHE_SERVER_PORT": port}
        assert listener.is_listening(env)
        assert listener.address(env) == f"127.0.0.1:{port}"
        assert server.pid(env) == os.getpid()
    assert server.pid(env) is None


def test_rounding_to_kib_is_no_other_cap() -> None:
    wanted = Cap(size_bytes=10**10, origin="x")
    assert server.has_cap(10**10 // 1024 * 1024, wanted)
    assert not server.has_cap(10 * 2**30, wanted)
    assert server.has_cap(None, wanted)
