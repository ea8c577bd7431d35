"""`cargo hone cache stats`: what each installed engine has done, and whether it pays on this workspace."""

import dataclasses
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import click

from cargo_hone.cache import break_even, weighed
from cargo_hone.cache.break_even import Pays
from cargo_hone.cache.engines import DEFAULT, ENGINES, LISTED, NAMES, engine_named
from cargo_hone.cache.interface import CacheNumbers, EngineLocation
from cargo_hone.cache.weighed import Weighed
from cargo_hone.cargo import metadata
from cargo_hone.cli.invocation import Format, Invocation, with_invocation
from cargo_hone.errors import ToolMissing, Unavailable, UsageProblem
from cargo_hone.history.database import open_existing_history
from cargo_hone.report import figures

_MEASURE = "cargo hone optimize"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One installed engine. `problem` says why its numbers are missing; `weighed` is None where nothing was measured.

    `tried` is False for an engine that is only known to be there.
    """

    name: str
    location: EngineLocation
    tried: bool
    numbers: CacheNumbers
    problem: str
    weighed: Weighed | None


@click.command("stats")
@click.option(
    "--engine", "name", type=click.Choice(NAMES), help="Only this one (default: all installed)."
)
@with_invocation
def command(invocation: Invocation, name: str | None) -> int:
    """Say what the compiler cache has done and gained, for each engine that is installed.

    Starts no server. What a cache gains is what was measured on this workspace (`cargo hone optimize`); what an engine
    says of itself is called an estimate.
    """
    found = _look(invocation, name)
    if not found:
        wanted = name or DEFAULT.name
        known = engine_named(wanted)
        raise ToolMissing(
            f"{wanted} is not installed",
            next_step=f"install it (`{known.install}`), then run again"
            if known
            else f"put {wanted} on PATH, then run again",
        )
    if invocation.format is Format.JSON:
        document = {
            "schema": "cargo-hone/cache-stats/v1",
            "engines": [_as_json(one) for one in found],
        }
        invocation.console.print(json.dumps(document, indent=2, ensure_ascii=False))
        return 0
    for place, one in enumerate(found):
        if place:
            invocation.console.print("")
        for row in _rows(one):
            invocation.console.print(row)
    return 0


def _look(invocation: Invocation, name: str | None) -> list[Shown]:
    wanted = [one for one in (*ENGINES, *LISTED) if name in (None, one.name)]
    located = [(one.name, one.locate(invocation.env)) for one in wanted]
    measured = _measured(invocation, [one for one, location in located if location])
    return [
        _shown(invocation, one, location, measured.get(one))
        for one, location in located
        if location
    ]


def _shown(
    invocation: Invocation, name: str, location: EngineLocation, measured: Weighed | None
) -> Shown:
    engine = engine_named(name)
    numbers, problem = CacheNumbers(), ""
    if engine is not None:
        try:
            numbers = engine.numbers(invocation.env)
        except Unavailable as error:
            problem = f"{error.message}; {error.next_step}"
    return Shown(
        name=name,
        location=location,
        tried=engine is not None,
        numbers=numbers,
        problem=problem,
        weighed=measured,
    )


def _measured(invocation: Invocation, names: Sequence[str]) -> dict[str, Weighed]:
    """What the history of the workspace here says; nothing outside of one, or without the cargo that knows it."""
    if not names:
        return {}
    try:
        root = metadata.workspace_root(invocation.manifest(), env=invocation.env)
    except (UsageProblem, ToolMissing):
        if invocation.manifest_path is not None:
            raise
        return {}
    with open_existing_history(invocation.state_dir(root)) as database:
        if database is None:
            return {}
        found = ((name, weighed.newest(database, name)) for name in names)
        return {name: one for name, one in found if one is not None}


def _rows(one: Shown) -> Iterable[str]:
    """The rows of one engine; what it does not tell has no row."""
    told = one.numbers
    yield f"{one.name} {one.location.version}  {one.location.path} ({one.location.origin})"
    if not one.tried:
        yield "numbers      none: this engine is only known to be there, cargo-hone never tried it"
        return
    if one.problem:
        yield f"problem      {one.problem}"
    if told.running is not None:
        yield f"server       {'running' if told.running else 'not running'}"
    counts = {
        "hits": told.hits,
        "misses": told.misses,
        "not cacheable": told.not_cacheable,
        "errors": told.errors,
    }
    requests = ", ".join(f"{count} {noun}" for noun, count in counts.items() if count is not None)
    if requests:
        yield f"requests     {requests} since {told.since}"
    if told.saved is not None:
        yield f"estimate     {told.saved.estimate_s:.1f} s of compiling saved ({told.saved.how})"
    yield f"break-even   {_pays(one.weighed)}"
    if told.size_bytes is not None:
        cap = f" of {figures.size(told.cap_bytes)}" if told.cap_bytes else ""
        yield f"on disk      {figures.size(told.size_bytes)}{cap}"
    if told.location:
        yield f"location     {told.location}"


def _pays(measured: Weighed | None) -> str:
    if measured is None:
        return f"not measured yet: run `{_MEASURE}`"
    return f"{break_even.said(measured.found)} (run {measured.run_id}, {measured.day})"


def _as_json(one: Shown) -> dict[str, object]:
    """The same fields for each engine; null where it does not tell."""
    told = one.numbers
    return {
        "engine": one.name,
        "default": one.name == DEFAULT.name,
        "tried": one.tried,
        "version": one.location.version,
        "executable": str(one.location.path),
        "found": one.location.origin,
        "problem": one.problem or None,
        "running": told.running,
        "counts": {
            "hits": told.hits,
            "misses": told.misses,
            "not_cacheable": told.not_cacheable,
            "errors": told.errors,
        },
        "counted_since": told.since or None,
        "size_bytes": told.size_bytes,
        "cap_bytes": told.cap_bytes,
        "location": told.location,
        "time_saved": dataclasses.asdict(told.saved) if told.saved else None,
        "break_even": _weighed_as_json(one.weighed),
    }


def _weighed_as_json(measured: Weighed | None) -> dict[str, object]:
    found = measured.found if measured else None
    return {
        "verdict": str(found.verdict if found else Pays.NOT_MEASURED),
        "said": _pays(measured),
        "run": measured.run_id if measured else None,
        "cold_cost_s": found.cost_s if found else None,
        "warm_gain_s": found.gain_s if found else None,
        "cold": dataclasses.asdict(found.cold) if found else None,
        "warm": dataclasses.asdict(found.warm) if found else None,
        "builds": found.builds if found else None,
        "builds_at_most": found.builds_at_most if found else None,
    }
