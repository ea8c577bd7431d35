"""sccache's server on this machine: where it listens, which process it is, who uses it, starting and stopping it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from cargo_hone.cache import configuration
from cargo_hone.cache.capacity import Capacity
from cargo_hone.cache.configuration import Cap
from cargo_hone.cache.listener import address, is_listening, listening_pid, port
from cargo_hone.cache.sccache import Sccache
from cargo_hone.cache.wiring import processes
from cargo_hone.errors import Busy, Unavailable

_PATIENCE_S = 20.0
"""A server that is told to stop ends what it is doing first, for 10 s at most (sccache 0.16)."""
_LOOK_S = 0.05
_ROUNDING_BYTES = 1024


class Done(StrEnum):
    """What `ensure` or `stop` has done."""

    STARTED = "started"
    RESTARTED = "restarted"
    ALREADY = "already running"
    STOPPED = "stopped"
    NOT_THERE = "not running"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """What became of the server. `cap` is what it should hold, `was_bytes` the cap of one that was replaced.

    `pid` is None where the system does not tell.
    """

    done: Done
    address: str
    pid: int | None
    cap: Cap | None = None
    was_bytes: int | None = None


def pid(env: Mapping[str, str]) -> int | None:
    """The process that listens there; None for none, or where the system does not tell."""
    path = env.get("SCCACHE_SERVER_UDS")
    if path:
        return listening_pid(path)
    return processes.listening_at(port(env))


def clients(env: Mapping[str, str]) -> tuple[int, ...]:
    """The processes that wait for that server at this moment (`sccache rustc …`): a build is at work.

    Reads /proc; where there is none (macOS) nothing is seen.
    """
    here = address(env)
    found = []
    for number in processes.numbers():
        words = processes.words(number)
        if len(words) < 2 or Path(words[0]).name != "sccache" or words[1][:1] in {"-", ""}:
            continue
        theirs = processes.environment(number)
        if "SCCACHE_START_SERVER" not in theirs and address(theirs) == here:
            found.append(number)
    return tuple(found)


def has_cap(found_bytes: int | None, wanted: Cap) -> bool:
    """Whether a server's cap is the wanted one; one that tells none (a remote cache) is left in peace."""
    return found_bytes is None or abs(found_bytes - wanted.size_bytes) <= _ROUNDING_BYTES


def ensure(
    engine: Sccache, env: Mapping[str, str], default: Capacity, *, renew: bool = False
) -> Server:
    """Have a server with the cap that configuration and environment ask for; one with another cap is restarted.

    `renew` restarts it in any case (its configuration has changed). Raises Busy where it would have to be restarted
    while a build uses it, Unavailable where it does not start, does not answer, does not go, or is no sccache.
    """
    wanted = configuration.cap(env, default)
    started_with = configuration.server_environment(env, default)
    done, was_bytes = Done.STARTED, None
    if is_listening(env):
        require_sccache(env)
        was_bytes = engine.state(env).cap_bytes
        if has_cap(was_bytes, wanted) and not renew:
            return Server(done=Done.ALREADY, address=address(env), pid=pid(env), cap=wanted)
        require_idle(env)
        stop(engine, env)
        done = Done.RESTARTED
    engine.start(started_with)
    return Server(done=done, address=address(env), pid=pid(env), cap=wanted, was_bytes=was_bytes)


def require_sccache(env: Mapping[str, str]) -> None:
    """Raise Unavailable where the process that listens there is another program (as far as the system tells)."""
    number = pid(env)
    name = Path(processes.words(number)[0]).name if number is not None else ""
    if name and "sccache" not in name:
        raise Unavailable(
            f"what listens at {address(env)} is `{name}` (process {number}), not sccache",
            next_step="end that program, or set SCCACHE_SERVER_PORT to a free port wherever you build",
        )


def require_idle(env: Mapping[str, str]) -> None:
    """Raise Busy where a build waits for the server."""
    waiting = clients(env)
    if waiting:
        raise Busy(
            f"sccache's server at {address(env)} has to be restarted, but a build uses it"
            f" (process {waiting[0]}{' and others' if len(waiting) > 1 else ''})",
            next_step="wait for the build, then run `cargo hone cache start`",
        )


def stop(engine: Sccache, env: Mapping[str, str]) -> Server:
    """Stop the server and wait until its process has gone. Raises Unavailable where it stays, or is no sccache."""
    here = address(env)
    if not is_listening(env):
        return Server(done=Done.NOT_THERE, address=here, pid=None)
    require_sccache(env)
    number = pid(env)
    engine.stop(env)
    give_up_s = time.monotonic() + _PATIENCE_S
    while is_listening(env) or (number is not None and processes.is_alive(number)):
        if time.monotonic() > give_up_s:
            raise Unavailable(
                f"the server at {here}"
                + (f" (process {number})" if number else "")
                + " does not stop",
                next_step=f"end it by hand (kill -9 {number})" if number else "end it by hand",
            )
        time.sleep(_LOOK_S)
    return Server(done=Done.STOPPED, address=here, pid=number)
