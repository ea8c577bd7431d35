"""Restores on a real workspace beside clean builds, a warm sccache, mbx, zccache, and plain cargo."""

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.rivals import MADE
from benchmarks.snapshot_goal import Goal, hone, say
from benchmarks.snapshot_place import Workspace, compiled, workspace
from cargo_hone.cache.capacity import parse
from cargo_hone.cache.engines import RIVALS
from cargo_hone.cache.sccache import Sccache


def demo(base: Path, given: Path | None, *, rounds: int) -> list[Goal]:
    """Measure in turn; each ratio is of two times of one round."""
    at, store = workspace(base / "workspace", given), base / "store"
    rows: list[_Round] = []
    with ExitStack() as stack:
        caches = dict(_warm(at, base, stack))
        for number in range(rounds):
            rows.append(_round(at, store, caches, number))
            say(f"{number}: {rows[-1]}")
    goals = [
        Goal(
            name="restore and build / clean build",
            values=[r.restored_s / r.clean_s for r in rows],
            limit=1 / 15,
        ),
        Goal(
            name="edit of the root crate: restored / original",
            values=[r.edit_after_s / r.edit_s for r in rows],
            limit=1.15,
        ),
        Goal(
            name="back from a switch: restore and build / plain cargo",
            values=[r.back_s / r.plain_back_s for r in rows],
            limit=1 / 3,
        ),
        Goal(name="packages compiled after a restore", values=[r.compiled for r in rows], limit=0),
    ]
    for name in caches:
        limit = 1 / 6 if name == "sccache" else 1.0
        values = [r.restored_s / r.cached_s[name] for r in rows]
        goals.append(
            Goal(
                name=f"restore and build / clean build with a warm {name}",
                values=values,
                limit=limit,
            )
        )
    for name in {"sccache", "mbx", "zccache"} - set(caches):
        say(f"not compared with {name}: it is not installed (make rivals)")
    return goals


def checkouts(base: Path, given: Path | None, *, count: int) -> list[Goal]:
    """Build one, save it, restore and build it in others; count each allocated block once."""
    at, store = workspace(base / "workspace", given), base / "store"
    at.build()
    one = _allocated([at.target])
    hone("save", cwd=at.root, store=store, env=at.env)
    targets = [at.target]
    foreign: list[float] = []
    for number in range(1, count):
        other = at.clone(base / f"checkout{number}" / "workspace")
        hone("restore", cwd=other.root, store=store, env=at.env)
        foreign.append(len(set(compiled(other.build()))))
        targets.append(other.target)
    say(f"one: {one / 1e6:.0f} MB; packages compiled in the others: {foreign}")
    return [
        Goal(
            name=f"disk of {count} checkouts / of one",
            values=[_allocated(targets) / one],
            limit=None,
        ),
        Goal(
            name="the same with the store", values=[_allocated([*targets, store]) / one], limit=None
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Round:
    clean_s: float
    restored_s: float
    compiled: int
    edit_s: float
    edit_after_s: float
    plain_back_s: float
    back_s: float
    cached_s: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cache:
    env: Mapping[str, str]
    config: tuple[str, ...]


def _round(at: Workspace, store: Path, caches: Mapping[str, _Cache], number: int) -> _Round:
    cached_s = {}
    for name, cache in caches.items():
        at.clean()
        cached_s[name] = at.build(*cache.config, env=cache.env).wall_s
    at.clean()
    clean_s = at.build().wall_s
    hone("save", cwd=at.root, store=store, env=at.env)
    edit_s = _edited(at, number)
    at.clean()
    restored_s, packages = _restored(at, store)
    edit_after_s = _edited(at, number)
    _restored(at, store)
    _elsewhere(at, number)
    plain_back_s = at.build().wall_s
    _restored(at, store)
    _elsewhere(at, number)
    back_s, more = _restored(at, store)
    return _Round(
        clean_s=clean_s,
        restored_s=restored_s,
        compiled=len(packages) + len(more),
        edit_s=edit_s,
        edit_after_s=edit_after_s,
        plain_back_s=plain_back_s,
        back_s=back_s,
        cached_s=cached_s,
    )


def _restored(at: Workspace, store: Path) -> tuple[float, list[str]]:
    restore = hone("restore", cwd=at.root, store=store, env=at.env)
    built = at.build()
    return restore.wall_s + built.wall_s, compiled(built)


def _edited(at: Workspace, number: int) -> float:
    at.edit(number)
    built = at.build()
    at.revert()
    if not compiled(built):
        raise SystemExit("the edit compiled nothing")
    return built.wall_s


def _elsewhere(at: Workspace, number: int) -> None:
    """Switch to a commit that edits the root crate, build it, and switch back."""
    branch = at.git("branch", "--show-current").strip()
    at.git("switch", "-q", "-C", "hone-measured")
    at.edit(1000 + number)
    at.git("commit", "-qam", "measured")
    at.build()
    at.git("switch", "-q", *([branch] if branch else ["--detach", "hone-measured~"]))


def _warm(at: Workspace, base: Path, stack: ExitStack) -> Iterator[tuple[str, _Cache]]:
    """Start each engine that is there with a store of its own, and fill that."""
    env = {**at.env, "PATH": f"{at.env['PATH']}{os.pathsep}{MADE.absolute()}"}
    for engine in (Sccache(), *RIVALS):
        if engine.name not in {"sccache", "mbx", "zccache"} or engine.locate(env) is None:
            continue
        place = base / engine.name
        place.mkdir()
        trial = stack.enter_context(
            engine.trial(name=engine.name, place=place, capacity=parse("20G"), env=env)
        )
        trial.prepare_cold()
        words = [word for one in trial.config for word in ("--config", one)]
        cache = _Cache(env={**env, **trial.own}, config=tuple(words))
        at.clean()
        say(f"{engine.name}, cold: {at.build(*cache.config, env=cache.env).wall_s:.1f} s")
        yield engine.name, cache


def _allocated(places: list[Path]) -> int:
    """Allocated bytes; what has several names counts once."""
    seen: dict[tuple[int, int], int] = {}
    for place in places:
        for directory, _, names in os.walk(place):
            for name in [".", *names]:
                status = os.lstat(f"{directory}/{name}")
                seen[status.st_dev, status.st_ino] = status.st_blocks * 512
    return sum(seen.values())
