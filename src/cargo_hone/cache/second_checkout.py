"""What a second checkout under another path gets from the first one's cache: measured unit by unit, with reasons.

Two copies of the workspace build one after the other through one private cache. Only packages of a registry (or git)
are judged: they compile in the cargo home, so another path of the checkout need not concern them.
"""

import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.cache import call_log
from cargo_hone.cache.call_log import Call, Result
from cargo_hone.cache.capacity import Capacity
from cargo_hone.cache.miss_reasons import Cause, Reason, Sides, reasons
from cargo_hone.cache.trial import TrialCache, trial_cache
from cargo_hone.cargo import metadata
from cargo_hone.cargo.build import build
from cargo_hone.cargo.metadata import Package
from cargo_hone.errors import Unavailable

_ROOM = Capacity(size_bytes=20 * 10**9)
"""Nothing must be evicted between the two builds."""
_COMMAND = ("build", "--workspace")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One compilation of the second checkout's build.

    `package` is `name version`, or the name alone for a C object. `unit` is the crate with its hash, or the
    object. `reasons` is why it missed; `why` is sccache's word for what it does not cache (`crate-type, bin`).
    """

    package: str
    unit: str
    is_rust: bool
    result: Result
    reasons: tuple[Reason, ...] = ()
    why: str = ""

    @property
    def reasons_said(self) -> str:
        """The reasons in one line."""
        return "; ".join(f"{one.cause}: {', '.join(one.what)}".rstrip(": ") for one in self.reasons)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondCheckout:
    """What came of it. `units` are those of registry packages; `others` counts those of the workspace's own."""

    units: tuple[Unit, ...]
    others: int

    @property
    def hits(self) -> int:
        """How many units of registry packages came from the cache."""
        return sum(unit.result is Result.HIT for unit in self.units)

    @property
    def cacheable(self) -> int:
        """How many of them sccache can cache at all: nothing that links."""
        return sum(unit.result is not Result.NOT_CACHEABLE for unit in self.units)

    @property
    def share(self) -> float | None:
        """Hits among the cacheable units of registry packages, 0 to 1; None where there are none."""
        return self.hits / self.cacheable if self.cacheable else None

    @property
    def missed(self) -> tuple[Unit, ...]:
        """The units that missed, each with its reasons."""
        return tuple(unit for unit in self.units if unit.result is Result.MISS)

    def causes(self) -> Counter[Cause]:
        """How many units missed for each cause; a unit with two counts for both."""
        return Counter(reason.cause for unit in self.missed for reason in unit.reasons)


def compare(
    workspace: Path,
    *,
    place: Path,
    engine: Path,
    env: Mapping[str, str],
    command: Sequence[str] = _COMMAND,
) -> SecondCheckout:
    """Build two copies of `workspace` below `place` and say what the second one got; both are removed.

    `place` is an empty directory on the disk that builds use, below no other Cargo workspace. `engine` is an sccache
    (0.16) whose file name is `sccache`, so that C objects go through it too. Raises BuildFailed where a build fails,
    Unavailable where the log does not account for what the server counted.
    """
    first, second = place / "first", place / "another path" / "second"
    try:
        for copy in (first, second):
            shutil.copytree(workspace, copy, symlinks=True, ignore=_left_out)
        with trial_cache(
            name="second", place=place, engine=engine, capacity=_ROOM, env=env
        ) as cache:
            before = _built(first, cache, engine, place / "first.log", command)
            # One job: then no two calls of one name are in the log at a time.
            after = _built(second, cache, engine, place / "second.log", [*command, "--jobs", "1"])
        known = metadata.read(second / "Cargo.toml", env=env)
        sides = Sides(first=first / "target", second=second / "target")
        return judge(before, after, [*known.packages.values()], sides)
    finally:
        for copy in (first, second.parent):
            shutil.rmtree(copy, ignore_errors=True)


def judge(
    first_log: str, second_log: str, packages: Sequence[Package], sides: Sides
) -> SecondCheckout:
    """Make units of the two logs, while both target directories are there."""
    earlier = {_identity(call, sides.first): call for call in call_log.read(first_log)}
    first_keys = call_log.keys(first_log)
    foreign = {package.root: package for package in packages if package.source is not None}
    units = []
    others = 0
    for call in call_log.read(second_log):
        package = _package(call, sides.second, foreign)
        if package is None:
            others += 1
            continue
        identity = _identity(call, sides.second)
        why = (
            reasons(call, earlier.get(identity), sides=sides, first_keys=first_keys)
            if call.result is Result.MISS
            else ()
        )
        units.append(
            Unit(
                package=package,
                unit=identity,
                is_rust=call.is_rust,
                result=call.result,
                reasons=why,
                why=call.why,
            )
        )
    return SecondCheckout(units=tuple(units), others=others)


def _built(
    checkout: Path, cache: TrialCache, engine: Path, log: Path, command: Sequence[str]
) -> str:
    """Build through a server that writes what it does to `log`; return that."""
    cache.stop()
    cache.env = {**cache.env, "SCCACHE_LOG": "debug", "SCCACHE_ERROR_LOG": str(log)}
    cache.engine.start(cache.env)
    cache.reset()
    build(
        cwd=checkout,
        args=command,
        env=cache.env,
        config=[f'build.rustc-wrapper="{engine}"'],
        target_dir=checkout / "target",
    ).require_ok("a build of a copy of the workspace", next_step="mend the build, then run again")
    counted = cache.read()
    cache.stop()
    text = log.read_text("utf-8", errors="replace")
    found = Counter(call.result for call in call_log.read(text))
    if (found[Result.HIT], found[Result.MISS]) != (counted.hits, counted.misses):
        raise Unavailable(
            f"sccache counted {counted.hits} hits and {counted.misses} misses, and its log tells of"
            f" {found[Result.HIT]} and {found[Result.MISS]}",
            next_step="report this with the version of sccache (0.16 is known to work)",
        )
    return text


def _left_out(directory: str, names: list[str]) -> set[str]:
    tagged = {name for name in names if (Path(directory) / name / "CACHEDIR.TAG").is_file()}
    return tagged | {"target", ".git"} & set(names)


def _identity(call: Call, target: Path) -> str:
    """A name that the same unit has in both checkouts."""
    if call.is_rust:
        return call.option("--crate-name") + call.option("-C extra-filename")
    output = Path(call.option("-o"))
    return str(output.relative_to(target)) if output.is_relative_to(target) else str(output)


def _package(call: Call, target: Path, foreign: Mapping[Path, Package]) -> str | None:
    """Whose unit it is: by its source file, for C by the directory of the build script's output.

    None for the workspace's own, and for what a build script only tries out.
    """
    if call.is_rust:
        source = Path(next((one for one in call.arguments if one.endswith(".rs")), ""))
        owner = next((foreign[up] for up in source.parents if up in foreign), None)
        if owner is None or not call.option("-C extra-filename"):
            return None
        return f"{owner.name} {owner.version}"
    output = Path(call.option("-o"))
    parts = output.relative_to(target).parts if output.is_relative_to(target) else ()
    name = parts[parts.index("build") + 1].rpartition("-")[0] if "build" in parts[:-2] else ""
    return name if name in {package.name for package in foreign.values()} else None
