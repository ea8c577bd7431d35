"""Snapshots made by hand, to be sent: content in a store and a manifest that names it."""

import os
import random
import time
from collections.abc import Mapping
from pathlib import Path

from blake3 import blake3

from cargo_hone.files import operation
from cargo_hone.snapshot import contents
from cargo_hone.snapshot.manifest import (
    INLINE_BYTES,
    NOBODY,
    SCHEMA,
    Directory,
    File,
    Key,
    Manifest,
)
from cargo_hone.snapshot.store import Saved, Store

PROJECT = "0123456789abcdef"
KEY = Key(
    rustc="r", cargo="c", host="h", layout="v1", cargo_home="/c", c_compiler="cc", libc="glibc"
)
TIME_NS = 1_700_000_000_123_456_789


def noise(size_bytes: int, seed: int = 0) -> bytes:
    """Content that zstd cannot make smaller."""
    return random.Random(seed).randbytes(size_bytes)  # noqa: S311


def shipped(
    store: Store, place: Path, files: Mapping[str, bytes], *, id_: str = "20260101T000000-00000000"
) -> Saved:
    """Keep files as a snapshot; names that end with `.rlib` may be linked."""
    place.mkdir(exist_ok=True)
    records = [_record(store, place / name.replace("/", "-"), name, files[name]) for name in files]
    above = sorted({str(above) for name in files for above in Path(name).parents} - {"."})
    return store.put_manifest(
        manifest(tuple(records), tuple(Directory(a.encode(), 0o755, TIME_NS) for a in above)),
        id_=id_,
    )


def manifest(
    files: tuple[File, ...], directories: tuple[Directory, ...] = (), *, project: str = PROJECT
) -> Manifest:
    """A manifest with these files and nothing else."""
    return Manifest(
        schema=SCHEMA,
        created_ns=time.time_ns(),
        key=KEY,
        project=project,
        workspace=b"/w",
        target_dir=b"/w/target",
        final_dir=b"/w/target",
        commit="",
        lock="",
        flags="",
        commands=(),
        packages={},
        locks=(),
        files=files,
        directories=directories,
        links=(),
        units=(),
        inputs=(),
        input_directories=(),
    )


def _record(store: Store, path: Path, name: str, content: bytes) -> File:
    path.write_bytes(content)
    path.chmod(0o644)
    os.utime(path, ns=(TIME_NS, TIME_NS))
    linkable = name.endswith(".rlib")
    digest = blake3(content).digest()
    inline = content if len(content) <= INLINE_BYTES else None
    file = File(
        name.encode(), 0o644, TIME_NS, len(content), digest, NOBODY, NOBODY, linkable, inline
    )
    if inline is None and linkable:
        goal = store.object_path(contents.wanted_object(file).key)
        if not os.path.lexists(goal):
            operation.link(path, goal)
    elif inline is None:
        contents.pack(store, os.fspath(path), digest)
    return file
