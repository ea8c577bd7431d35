"""A target directory into the store: its live part, and the content and time of all that it was compiled from."""

import os
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cargo_hone.errors import Unavailable
from cargo_hone.files.failure import explained
from cargo_hone.snapshot import manifest
from cargo_hone.snapshot.capture import live_part
from cargo_hone.snapshot.inputs import Scan, scan
from cargo_hone.snapshot.key import cargo_home, machine_key, project_of
from cargo_hone.snapshot.macros import unsafe_macros
from cargo_hone.snapshot.manifest import Manifest
from cargo_hone.snapshot.place import Place
from cargo_hone.snapshot.rooted import rooted
from cargo_hone.snapshot.sources import Sources, is_local, read_sources
from cargo_hone.snapshot.store import Saved, Store
from cargo_hone.snapshot.tree import keep, read_tree
from cargo_hone.target.fingerprint import Fingerprint
from cargo_hone.target.graph import Graph
from cargo_hone.target.liveness import judge
from cargo_hone.target.locks import lock_files, locked
from cargo_hone.target.premises import Premises
from cargo_hone.target.state import Untouchable, examine, read_state
from cargo_hone.target.units import Unit, UnitId
from cargo_hone.workspace import revision


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveResult:
    """What was kept. Bytes are those of the files; `added_bytes` what the store grew by (its manifest included)."""

    saved: Saved
    manifest: Manifest
    added_bytes: int
    wall_s: float


def save(
    place: Place,
    store: Store,
    *,
    premises: Premises,
    commands: Sequence[tuple[str, ...]] = (),
    harmless: Iterable[str] = (),
    wait_s: float = 0.0,
) -> SaveResult:
    """Save the live part of the target directory under cargo's locks. `commands` are what was built before.

    `harmless` are proc macros that the user vouches for: they do not read where the workspace lies.

    Raises Unavailable where the target directory cannot be judged or the store not be written, Busy where a build
    holds a lock for longer than `wait_s`.
    """
    started_s = time.perf_counter()
    found = examine(place.target_dir)
    if isinstance(found, Untouchable):
        raise _nothing(found)
    with store.shared(), locked(found, wait_s=wait_s), explained("save", place.target_dir):
        layout = examine(place.target_dir)
        if isinstance(layout, Untouchable):
            raise _nothing(layout)
        state = read_state(layout)
        units, kept = live_part(state, judge(state.graph, premises))
        sources = _sources(units, place)
        scanned = scan(
            place.root,
            packages=place.packages.values(),
            env=place.env,
            without=(place.target_dir,),
            also={place.relative(path) for source in sources.values() for path in source.files},
        )
        numbers = {unit.id: number for number, unit in enumerate(units)}
        tree = read_tree(kept, place.target_dir, numbers)
        added_bytes, files = keep(tree, store)
        made = Manifest(
            schema=manifest.SCHEMA,
            created_ns=time.time_ns(),
            key=machine_key(
                place.toolchain, layout=layout.kind, env=place.env, native=is_native(units)
            ),
            project=project_of(place.root, env=place.env),
            workspace=os.fsencode(place.root),
            target_dir=os.fsencode(place.target_dir),
            commit=revision.read(place.root, env=place.env).commit or "",
            lock=place.lock_digest,
            flags=place.flags_digest,
            commands=tuple(commands),
            packages={
                name: os.fsencode(os.path.relpath(path, place.root))
                for name, path in place.packages.items()
            },
            locks=tuple(
                os.fsencode(path.relative_to(place.target_dir)) for path in lock_files(layout)
            ),
            files=files,
            directories=tree.directories,
            links=tree.links,
            units=tuple(
                _units(
                    units,
                    place=place,
                    graph=state.graph,
                    sources=sources,
                    scanned=scanned,
                    harmless=harmless,
                )
            ),
            inputs=tuple(scanned.files.values()),
            input_directories=tuple(scanned.directories.values()),
        )
        saved = store.put_manifest(made, id_=_new_id())
    return SaveResult(
        saved=saved,
        manifest=made,
        added_bytes=added_bytes + saved.packed_bytes,
        wall_s=time.perf_counter() - started_s,
    )


def is_native(units: Iterable[Unit]) -> bool:
    """Whether some unit is compiled for the CPU of the machine that compiles it."""
    return any(
        "target-cpu=native" in flag
        for unit in units
        if isinstance(unit.fingerprint, Fingerprint)
        for flag in unit.fingerprint.rustflags
    )


def _nothing(found: Untouchable) -> Unavailable:
    return Unavailable(
        f"{found.root} cannot be saved: {found.reason}",
        next_step="build first (`cargo build --workspace`), then save: cargo hone snapshot save",
    )


def _sources(units: Iterable[Unit], place: Place) -> dict[UnitId, Sources]:
    without = (cargo_home(place.env), place.target_dir)
    return {
        unit.id: read_sources(
            unit,
            root=place.root,
            package=place.packages.get(unit.id.package) if is_local(unit, place.packages) else None,
            without=without,
        )
        for unit in units
    }


def _units(
    units: Iterable[Unit],
    *,
    place: Place,
    graph: Graph,
    sources: Mapping[UnitId, Sources],
    scanned: Scan,
    harmless: Iterable[str],
) -> Iterator[manifest.Unit]:
    inputs = {path: number for number, path in enumerate(scanned.files)}
    numbers = {unit.id: number for number, unit in enumerate(units)}
    start = len(os.fsencode(place.target_dir)) + 1
    roots = (os.fsencode(place.root), os.fsencode(place.target_dir))
    macros = unsafe_macros(place.metadata, harmless=harmless)
    for unit in units:
        read = map(place.relative, sources[unit.id].files)
        local = is_local(unit, place.packages)
        yield manifest.Unit(
            label=unit.label,
            package=unit.id.package,
            fingerprint=os.fsencode(unit.fingerprint_tree[0].path)[start:],
            is_local=local,
            watches_package=sources[unit.id].watches_package,
            needs=tuple(sorted(numbers[o] for o in graph.needs[unit.id] if o in numbers)),
            inputs=tuple(sorted(inputs[path] for path in read if path in inputs)),
            rooted=rooted(
                unit,
                sources[unit.id],
                roots=roots,
                graph=graph,
                macros=macros,
                is_local=local,
            ),
        )


def _new_id() -> str:
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
