"""What an empty cache costs a clean build: sccache itself, and the shim before it, beside no cache at all.

    python -m benchmarks.cache_cold [--workspace DIR] [--rounds 3]

Clean builds of the demonstration workspace (or a copy of `--workspace`) in turn: without a cache, with sccache, with
the shim that runs the same sccache; an empty store and a server of its own for each. One more build with sccache's log
tells where its time goes: for the key of each unit sccache lets rustc read the whole crate once (`--emit=dep-info`)
before it is compiled. Exits with 1 where the shim costs more than 3 % beside sccache.
"""

import argparse
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks.snapshot_goal import Goal, judged, say
from benchmarks.snapshot_place import Workspace, workspace
from cargo_hone.cache import shim
from cargo_hone.cache.capacity import parse
from cargo_hone.cache.trial import trial_cache

CAP = parse("10G")
SHIM_AT_MOST = 1.03
_STEPS = {
    "the key (rustc reads the crate once more)": re.compile(r"generate_hash_key took ([\d.]+) s"),
    "compiling": re.compile(r"Compiled in ([\d.]+) s"),
    "packing the result": re.compile(r"Created cache artifact in ([\d.]+) s"),
}


def main() -> int:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser(description="clean builds with an empty cache")
    parser.add_argument("--workspace", type=Path, help="an assembled workspace; it is copied")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    base = Path(tempfile.mkdtemp(prefix="hone-cold-"))
    try:
        made = workspace(base / "workspace", given.workspace)
        goals = measured(base, made, rounds=given.rounds)
        steps = accounted(base, made)
    finally:
        shutil.rmtree(base, ignore_errors=True)
    code = judged(goals, title="clean build, nothing in the cache")
    print(
        "\n| where sccache's time goes, over all units (two and more at a time) | units | seconds |"
    )
    print("|---|---:|---:|")
    for name, seconds in steps.items():
        print(f"| {name} | {len(seconds)} | {sum(seconds):.1f} |")
    return code


def measured(base: Path, made: Workspace, *, rounds: int) -> list[Goal]:
    """Build in turn, forwards and backwards."""
    ways = ["no cache", "sccache", "shim"]
    times: dict[str, list[float]] = {way: [] for way in ways}
    made.build()
    for number in range(rounds):
        for way in ways if number % 2 == 0 else reversed(ways):
            with _env(base, way) as env:
                made.clean()
                times[way].append(made.build(env=env).wall_s)
            say(f"{way}: {times[way][-1]:.1f} s")
    plain, bare, ours = (times[way] for way in ways)
    return [
        Goal(name="no cache, seconds", values=plain, limit=None),
        Goal(name="sccache / no cache", values=_ratios(bare, plain), limit=None),
        Goal(name="sccache through the shim / no cache", values=_ratios(ours, plain), limit=None),
        Goal(name="the shim / sccache alone", values=_ratios(ours, bare), limit=SHIM_AT_MOST),
    ]


def accounted(base: Path, made: Workspace) -> dict[str, list[float]]:
    """Seconds of each unit in each step, from the log of sccache's server."""
    log = base / "server.log"
    told = {"SCCACHE_LOG": "sccache=debug", "SCCACHE_ERROR_LOG": str(log)}
    with _env(base, "sccache", told) as env:
        made.clean()
        made.build(env=env)
    text = log.read_text("utf-8", "replace")
    return {name: [*map(float, step.findall(text))] for name, step in _STEPS.items()}


def _ratios(over: list[float], under: list[float]) -> list[float]:
    return [one / other for one, other in zip(over, under, strict=True)]


@contextmanager
def _env(base: Path, way: str, more: Mapping[str, str] | None = None) -> Iterator[dict[str, str]]:
    """The environment of one build; what it kept is removed with it."""
    if way == "no cache":
        yield {}
        return
    engine = Path(sys.executable).with_name("sccache")
    place = Path(tempfile.mkdtemp(dir=base))
    wrapper = engine
    if way == "shim":
        wrapper = place / "hone" / "sccache"
        wrapper.parent.mkdir()
        wrapper.write_bytes(shim.text(CAP))
        wrapper.chmod(0o755)
    try:
        with trial_cache(
            name="cold", place=place, engine=engine, capacity=CAP, env=os.environ
        ) as cache:
            cache.env = {**cache.env, **(more or {})}
            cache.prepare_cold()
            yield {**cache.env, "RUSTC_WRAPPER": str(wrapper)}
    finally:
        shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
