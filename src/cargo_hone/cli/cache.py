"""`cargo hone cache`: the compiler cache."""

import json

import click

from cargo_hone.cache.capacity import Capacity
from cargo_hone.cache.sccache import Sccache
from cargo_hone.cache.wiring import server
from cargo_hone.cache.wiring.server import Done, Server
from cargo_hone.cli import cache_place
from cargo_hone.cli.invocation import Format, Invocation, with_invocation
from cargo_hone.cli.lazy import LazyGroup

_ELSEWHERE = {
    "setup": ("cache_setup", "write what leads builds to the cache, and its size limit"),
    "check": (
        "cache_check",
        "prove that builds reach it: here, in CI, in the container, in the editor",
    ),
    "stats": ("cache_stats", "what it has done, and whether it pays"),
}


@click.group("cache", cls=LazyGroup, elsewhere=_ELSEWHERE, elsewhere_first=True)
def command() -> None:
    """Set the compiler cache up, prove that it works, see what it brings, start and stop it."""


@command.command("start", short_help="start the server; one with another size limit is restarted")
@with_invocation
def start(invocation: Invocation) -> int:
    """Start the server with the size limit of its configuration; one that runs with another is restarted.

    A server that a build uses at this moment is left alone (exit code 4).
    """
    default = cache_place.find(invocation).default
    _tell(invocation, "start", server.ensure(Sccache(), invocation.env, default))
    return 0


@command.command("stop", short_help="stop the server, and wait until it has gone")
@with_invocation
def stop(invocation: Invocation) -> int:
    """Stop the server and wait until it has gone; the next build that wants it starts it again."""
    _tell(invocation, "stop", server.stop(Sccache(), invocation.env))
    return 0


def _tell(invocation: Invocation, name: str, became: Server) -> None:
    if invocation.format is Format.JSON:
        document = {
            "schema": f"cargo-hone/cache-{name}/v1",
            "done": became.done.name.lower().replace("_", "-"),
            "address": became.address,
            "pid": became.pid,
            "cap_bytes": became.cap.size_bytes if became.cap else None,
            "cap_from": became.cap.origin if became.cap else None,
            "was_cap_bytes": became.was_bytes,
        }
        invocation.console.print(json.dumps(document, indent=2))
    else:
        invocation.console.print(sentence(became))


def sentence(became: Server) -> str:
    """What became of the server, in one line."""
    process = f", process {became.pid}" if became.pid else ""
    text = f"sccache's server: {became.done} ({became.address}{process})"
    if became.cap is not None:
        text += f"; it holds {Capacity(size_bytes=became.cap.size_bytes)} ({became.cap.origin})"
    if became.done is Done.RESTARTED and became.was_bytes is not None:
        text += f", before {Capacity(size_bytes=became.was_bytes)}"
    return text
