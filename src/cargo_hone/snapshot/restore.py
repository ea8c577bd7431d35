"""A snapshot into a checkout's target directory, and the sources' times so that cargo sees exactly what changed."""

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.errors import Busy, Unavailable, UsageProblem
from cargo_hone.files import operation
from cargo_hone.files.failure import explained
from cargo_hone.files.lock import try_exclusive
from cargo_hone.snapshot import times
from cargo_hone.snapshot.comparison import (
    Changes,
    compare,
    dirty_by_times,
    spoiled,
    with_dependents,
)
from cargo_hone.snapshot.inputs import Scan, absolute, scan
from cargo_hone.snapshot.manifest import Manifest
from cargo_hone.snapshot.place import Place
from cargo_hone.snapshot.placed import Placed
from cargo_hone.snapshot.placing import Placing
from cargo_hone.snapshot.sources import below
from cargo_hone.snapshot.store import Saved, Store
from cargo_hone.target import mounts, proof
from cargo_hone.target.layout import LayoutKind, read_layout
from cargo_hone.target.locks import lock_files
from cargo_hone.target.uncollected import uncollected

_POLL_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """A unit that cargo will compile, and why."""

    label: str
    package: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What was done, and what cargo will have to do. `left_out` are units of the snapshot that were not restored."""

    manifest: Manifest
    placed: Placed
    timed: times.Timed
    withdrawn: int
    left_out: tuple[Compiled, ...]
    to_compile: tuple[Compiled, ...]
    shift_ns: int
    wall_s: float


def restore(
    place: Place,
    store: Store,
    saved: Saved,
    manifest: Manifest,
    *,
    links: bool = True,
    wait_s: float = 0.0,
) -> Restored:
    """Bring the target directory of `place` to the state of a snapshot.

    Raises Unavailable where the target directory is not one, Busy where a build holds its locks for longer than
    `wait_s`, UsageProblem where something in it is a link.
    """
    started_s = time.perf_counter()
    _require_possible(place)
    with (
        explained("restore", place.target_dir),
        store.shared(),
        _locked(place.target_dir, manifest, wait_s=wait_s),
        uncollected(),
    ):
        if not os.path.lexists(saved.path):
            raise UsageProblem(
                f"the snapshot {saved.id} is not there any more: somebody has pruned the store",
                next_step="restore again, which takes another one: cargo hone snapshot restore",
            )
        scanned = _scanned(place, manifest)
        changes = compare(manifest, scanned)
        moved = _is_elsewhere(place, manifest)
        left_out = _left_out(manifest, changes, moved=moved)
        shift = times.shift_ns(manifest, time.time_ns())
        placing = Placing(
            manifest,
            store,
            os.fspath(place.target_dir),
            shift_ns=shift,
            without=left_out,
            moved=moved,
            links=links,
        )
        withdrawn = placing.withdraw({*place.packages, *manifest.packages})
        placing.place_all()
        timed = times.set_source_times(
            place.root,
            manifest,
            scanned,
            changes,
            packages=place.packages.values(),
            shift=shift,
        )
        placing.complete()
        store.touch(saved, time.time_ns())
    damaged = {n: why for n, why in placing.placed.damaged.items() if n >= 0}
    gone = left_out | damaged
    return Restored(
        manifest=manifest,
        placed=placing.placed,
        timed=timed,
        withdrawn=withdrawn,
        left_out=_compiled(manifest, gone),
        to_compile=_compiled(
            manifest, with_dependents(manifest, gone | dirty_by_times(manifest, changes))
        ),
        shift_ns=shift,
        wall_s=time.perf_counter() - started_s,
    )


def _is_elsewhere(place: Place, manifest: Manifest) -> bool:
    here = tuple(map(os.fsencode, (place.root, place.target_dir, place.final_dir)))
    return here != (manifest.workspace, manifest.target_dir, manifest.final_dir)


def _left_out(manifest: Manifest, changes: Changes, *, moved: bool) -> dict[int, str]:
    found = {number: unit.doubt for number, unit in enumerate(manifest.units) if unit.doubt}
    found |= spoiled(manifest, changes)
    if moved:
        for number, unit in enumerate(manifest.units):
            if unit.rooted:
                found.setdefault(number, unit.rooted)
    return found


def _scanned(place: Place, manifest: Manifest) -> Scan:
    return scan(
        place.root,
        packages=place.packages.values(),
        env=place.env,
        without=(place.target_dir, place.final_dir),
        also={one.path for one in manifest.inputs} | set(_watched(place, manifest)),
    )


def _watched(place: Place, manifest: Manifest) -> Iterator[bytes]:
    """What lies now below the directories that build scripts watch: git may ignore it."""
    base = os.fsencode(place.root)
    for directory in {directory for unit in manifest.units for directory in unit.watched}:
        there = os.path.normpath(absolute(base, directory))
        yield from map(place.relative, below(there))


def _compiled(manifest: Manifest, units: dict[int, str]) -> tuple[Compiled, ...]:
    return tuple(
        Compiled(
            label=manifest.units[number].label,
            package=manifest.units[number].package,
            reason=reason,
        )
        for number, reason in sorted(units.items())
    )


def _require_possible(place: Place) -> None:
    """Refuse a place that is not a target directory, nor could become one."""
    target_dir = place.target_dir
    if not os.path.lexists(target_dir):
        return
    layout = read_layout(target_dir, final_root=place.final_dir)
    reason = "it is a symbolic link" if target_dir.is_symlink() else ""
    if not reason and layout.kind is not LayoutKind.EMPTY:
        reason = proof.refusal(target_dir, layout)
    if not reason:
        with contextlib.suppress(FileNotFoundError):
            reason = mounts.refusal(target_dir, mounts.read_mounts())
    if reason:
        raise Unavailable(
            f"nothing can be restored into {target_dir}: {reason}",
            next_step="name another target directory, or remove what is there, then restore again",
        )


@contextlib.contextmanager
def _locked(target_dir: Path, manifest: Manifest, *, wait_s: float) -> Iterator[None]:
    """Hold the locks that a build in this target directory takes, making those that it would make."""
    give_up_s = time.monotonic() + wait_s
    mine = [target_dir / os.fsdecode(path) for path in manifest.locks]
    for path in mine:
        for directory in reversed(path.parents):
            if directory.is_symlink() and directory.is_relative_to(target_dir):
                raise UsageProblem(
                    f"{directory} is a symbolic link: what is written there would lie elsewhere",
                    next_step="remove it (or the whole target directory), then restore again",
                )
            if not directory.is_dir():
                with contextlib.suppress(FileExistsError):
                    operation.mkdir(directory)
    others = [path for path in lock_files(read_layout(target_dir)) if path not in mine]
    with contextlib.ExitStack() as stack:
        while True:
            try:
                stack.enter_context(try_exclusive([*mine, *others], create=True))
                break
            except Busy:
                # All or none: to wait for one while holding another might stop two builds for good.
                if time.monotonic() >= give_up_s:
                    raise
            time.sleep(_POLL_S)
        yield
