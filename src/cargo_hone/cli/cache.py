"""`cargo hone cache`: the compiler cache's state, start and stop."""

import dataclasses
import json

import click

from cargo_hone.cache.sccache import Sccache
from cargo_hone.cli.invocation import Format, Invocation, with_invocation
from cargo_hone.errors import ToolMissing


@click.group("cache")
def command() -> None:
    """See, start or stop the compiler cache."""


@command.command("stats")
@with_invocation
def stats(invocation: Invocation) -> int:
    """Say what the cache has done since its server started. Does not start one."""
    engine = Sccache()
    location = engine.locate(invocation.env)
    if location is None:
        raise ToolMissing(
            "sccache is not installed",
            next_step="install it (`cargo install sccache --locked`), then run again",
        )
    state = engine.state(invocation.env)
    if invocation.format is Format.JSON:
        invocation.console.print(
            json.dumps(
                {
                    "schema": "cargo-hone/cache-stats/v1",
                    "engine": engine.name,
                    "version": location.version,
                    "executable": str(location.path),
                    "found": location.origin,
                    "running": state.running,
                    "counts": dataclasses.asdict(state.counts),
                    "size_bytes": state.size_bytes,
                    "cap_bytes": state.cap_bytes,
                    "location": state.location,
                },
                indent=2,
            )
        )
        return 0
    counts = state.counts
    console = invocation.console
    console.print(f"sccache {location.version}  {location.path} ({location.origin})")
    console.print(f"server       {'running' if state.running else 'not running'}")
    console.print(
        f"requests     {counts.hits} hits, {counts.misses} misses,"
        f" {counts.not_cacheable} not cacheable, {counts.errors} errors"
    )
    if state.size_bytes is not None and state.cap_bytes:
        console.print(
            f"on disk      {state.size_bytes / 1e9:.2f} GB of {state.cap_bytes / 1e9:.2f} GB"
        )
    console.print(f"location     {state.location}")
    return 0


@command.command("start")
@with_invocation
def start(invocation: Invocation) -> int:
    """Start the server; one that runs already is left alone."""
    Sccache().start(invocation.env)
    return 0


@command.command("stop")
@with_invocation
def stop(invocation: Invocation) -> int:
    """Stop the server; the next build that wants it starts it again."""
    Sccache().stop(invocation.env)
    return 0
