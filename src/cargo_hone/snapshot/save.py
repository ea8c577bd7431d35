"""A target directory into the store: its live part, and the content and time of all that it was compiled from."""

import os
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import msgspec

from cargo_hone.errors import Unavailable
from cargo_hone.files.failure import explained
from cargo_hone.snapshot import manifest
from cargo_hone.snapshot.capture import live_part
from cargo_hone.snapshot.comparison import doubts
from cargo_hone.snapshot.inputs import Scan, scan
from cargo_hone.snapshot.key import machine_key, project_of
from cargo_hone.snapshot.macros import unsafe_macros
from cargo_hone.snapshot.manifest import Manifest
from cargo_hone.snapshot.place import Place
from cargo_hone.snapshot.rooted import macros_used, path_forms, rooted
from cargo_hone.snapshot.sources import Sources, is_local, read_sources
from cargo_hone.snapshot.store import Saved, Store
from cargo_hone.snapshot.tree import Keeping, read_tree
from cargo_hone.target.fingerprint import Fingerprint
from cargo_hone.target.graph import Graph
from cargo_hone.target.liveness import judge
from cargo_hone.target.locks import lock_files, locked
from cargo_hone.target.premises import Premises
from cargo_hone.target.state import Untouchable, examine, read_state
from cargo_hone.target.uncollected import uncollected
from cargo_hone.target.units import Unit, UnitId
from cargo_hone.workspace import revision
from cargo_hone.workspace.configuration import cargo_home


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
    found = examine(place.target_dir, final_root=place.final_dir)
    if isinstance(found, Untouchable):
        raise _nothing(found)
    with (
        store.shared(),
        locked(found, wait_s=wait_s),
        explained("save", place.target_dir),
        uncollected(),
    ):
        layout = examine(place.target_dir, final_root=place.final_dir)
        if isinstance(layout, Untouchable):
            raise _nothing(layout)
        state = read_state(layout)
        units, kept = live_part(state, judge(state.graph, premises))
        numbers = {unit.id: number for number, unit in enumerate(units)}
        tree = read_tree(kept, place.target_dir, numbers)
        with Keeping(tree, store) as keeping:
            # Meanwhile, what all that was made from.
            sources = _sources(units, place)
            scanned = _scanned(sources, place)
            packages = {
                name: os.fsencode(os.path.relpath(path, place.root))
                for name, path in place.packages.items()
            }
            recorded = tuple(
                _units(
                    units,
                    place=place,
                    graph=state.graph,
                    sources=sources,
                    inputs=scanned.files,
                    harmless=harmless,
                )
            )
            key = machine_key(
                place.toolchain, layout=layout.kind, env=place.env, native=is_native(units)
            )
            project = project_of(place.root, env=place.env)
            commit = revision.commit(place.root, env=place.env) or ""
            added_bytes, files = keeping.finish()
        made = Manifest(
            schema=manifest.SCHEMA,
            created_ns=time.time_ns(),
            key=key,
            project=project,
            workspace=os.fsencode(place.root),
            target_dir=os.fsencode(place.target_dir),
            final_dir=os.fsencode(place.final_dir),
            commit=commit,
            lock=place.lock_digest,
            flags=place.flags_digest,
            commands=tuple(commands),
            packages=packages,
            locks=tuple(
                os.fsencode(path.relative_to(place.target_dir))
                for path in lock_files(layout)
                if path.is_relative_to(place.target_dir)
            ),
            files=files,
            directories=tree.directories,
            links=tree.links,
            units=_without_doubt(recorded, units, scanned=scanned, packages=packages),
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
    without = (cargo_home(place.env), place.target_dir, place.final_dir)
    return {
        unit.id: read_sources(
            unit,
            root=place.root,
            package=place.packages.get(unit.id.package) if is_local(unit, place.packages) else None,
            without=without,
        )
        for unit in units
    }


def _scanned(sources: Mapping[UnitId, Sources], place: Place) -> Scan:
    """What the workspace has, with what is watched and absent: units count their inputs among all of these."""
    watched = {place.relative(path) for source in sources.values() for path in source.files}
    found = scan(
        place.root,
        packages=place.packages.values(),
        env=place.env,
        without=(place.target_dir, place.final_dir),
        also=watched,
    )
    absent = {
        path: manifest.Input(path, 0, 0, manifest.ABSENT) for path in watched - found.files.keys()
    }
    return replace(found, files={**found.files, **absent})


def _units(
    units: Iterable[Unit],
    *,
    place: Place,
    graph: Graph,
    sources: Mapping[UnitId, Sources],
    inputs: Iterable[bytes],
    harmless: Iterable[str],
) -> Iterator[manifest.Unit]:
    places = {path: number for number, path in enumerate(inputs)}
    numbers = {unit.id: number for number, unit in enumerate(units)}
    start = len(os.fsencode(place.target_dir)) + 1
    roots = path_forms((place.root, place.target_dir, place.final_dir))
    macros = unsafe_macros(place.metadata, harmless=harmless)
    uses = macros_used(graph, macros.names)
    for unit in units:
        used = uses.get(unit.id, frozenset())
        read = map(place.relative, sources[unit.id].files)
        local = is_local(unit, place.packages)
        yield manifest.Unit(
            label=_printable(unit.label),
            package=unit.id.package,
            fingerprint=os.fsencode(unit.fingerprint_tree[0].path)[start:],
            is_local=local,
            watches_package=sources[unit.id].watches_package,
            needs=tuple(sorted(numbers[o] for o in graph.needs[unit.id] if o in numbers)),
            inputs=tuple(sorted(places[path] for path in read)),
            rooted=_printable(
                rooted(
                    unit,
                    sources[unit.id],
                    roots=roots,
                    graph=graph,
                    macros=macros,
                    used=used,
                    is_local=local,
                )
            ),
            watched=tuple(sorted(map(place.relative, sources[unit.id].directories))),
            reads_files=local and bool(used & macros.reading),
        )


def _printable(text: str) -> str:
    """A text as a manifest can hold it: names of files may have anything in them."""
    return manifest.CONTROL.sub("?", text.encode(errors="backslashreplace").decode())


def _without_doubt(
    recorded: Sequence[manifest.Unit],
    units: Sequence[Unit],
    *,
    scanned: Scan,
    packages: Mapping[str, bytes],
) -> tuple[manifest.Unit, ...]:
    """Note what is in doubt: it will be compiled again wherever the snapshot is restored."""
    found = doubts(
        recorded, [unit.started_ns for unit in units], scanned=scanned, packages=packages
    )
    return tuple(
        msgspec.structs.replace(unit, doubt=_printable(found.get(number, "")))
        for number, unit in enumerate(recorded)
    )


def _new_id() -> str:
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
