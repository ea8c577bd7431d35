"""The files that are kept, as a manifest has them, and their content into the store."""

import os
import stat
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from blake3 import blake3

from cargo_hone.snapshot import contents
from cargo_hone.snapshot.capture import Kept
from cargo_hone.snapshot.manifest import (
    INLINE_BYTES,
    NOBODY,
    Directory,
    File,
    Link,
    recordable,
)
from cargo_hone.snapshot.objects import Seen, digest_of
from cargo_hone.snapshot.store import Store
from cargo_hone.target.units import UnitId

_THREADS = max(2, min(8, os.cpu_count() or 2))
_AT_ONCE = 32
_SMALL_BYTES = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Regular:
    """A regular file that is to be stored."""

    path: bytes
    source: str
    status: os.stat_result
    unit: int
    linkable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """All that is kept: directories with parents first."""

    files: tuple[Regular, ...]
    directories: tuple[Directory, ...]
    links: tuple[Link, ...]


def read_tree(kept: Iterable[Kept], target_dir: Path, numbers: Mapping[UnitId, int]) -> Tree:
    """Look at each name; `numbers` are the manifest's numbers of units. Raises OSError."""
    start = len(os.fsencode(target_dir)) + 1
    files: list[Regular] = []
    directories: dict[bytes, Directory] = {}
    links: list[Link] = []
    for one in kept:
        status = os.lstat(one.path)
        path = os.fsencode(one.path)[start:]
        unit = numbers[one.owner] if one.owner is not None else NOBODY
        if stat.S_ISDIR(status.st_mode):
            directories[path] = _directory(path, status)
        elif stat.S_ISLNK(status.st_mode):
            goal = os.fsencode(Path(one.path).readlink())
            links.append(Link(path, goal, unit))
        elif stat.S_ISREG(status.st_mode):
            files.append(
                Regular(path=path, source=one.path, status=status, unit=unit, linkable=one.linkable)
            )
        above = path.rpartition(b"/")[0]
        while above and above not in directories:
            name = os.fspath(target_dir) + "/" + os.fsdecode(above)
            directories[above] = _directory(above, os.lstat(name))
            above = above.rpartition(b"/")[0]
    # Parents before what is in them.
    ordered = tuple(directories[path] for path in sorted(directories))
    return Tree(files=tuple(files), directories=ordered, links=tuple(links))


def _directory(path: bytes, status: os.stat_result) -> Directory:
    return Directory(path, stat.S_IMODE(status.st_mode), recordable(status.st_mtime_ns))


def keep(tree: Tree, store: Store) -> tuple[int, tuple[File, ...]]:
    """Put the content of all files into the store; returns the bytes that it grew by, and their records."""
    first: dict[tuple[int, int], int] = {}
    twins: list[int] = []
    for number, one in enumerate(tree.files):
        identity = (one.status.st_dev, one.status.st_ino)
        known = first.setdefault(identity, number) if one.status.st_nlink > 1 else number
        twins.append(known if known != number else NOBODY)
    # One name of an inode that must not be shared is enough.
    shared: dict[int, bool] = {}
    for twin, other in zip(twins, tree.files, strict=True):
        if twin != NOBODY:
            shared[twin] = shared.get(twin, True) and other.linkable

    seen_before = Seen(store).load()
    seen_now = dict(seen_before)

    def put(number: int) -> tuple[int, File]:
        one = tree.files[number]
        if twins[number] != NOBODY:
            return 0, _file(one, b"\0" * 32, twin=twins[number])
        return _put(store, one, seen_now, linkable=one.linkable and shared.get(number, True))

    with ThreadPoolExecutor(_THREADS) as pool:
        # To hand over one file takes as long as to keep a small one.
        some = [range(n, min(n + _AT_ONCE, len(twins))) for n in range(0, len(twins), _AT_ONCE)]
        done = [one for part in pool.map(lambda n: [put(i) for i in n], some) for one in part]
    files = [file for _, file in done]
    for number, twin in enumerate(twins):
        if twin != NOBODY:
            files[number] = _file(tree.files[number], files[twin].digest, twin=twin)
    Seen(store).note(
        (key, *seen_now[key]) for key in seen_now if seen_now[key] != seen_before.get(key)
    )
    return sum(added for added, _ in done), tuple(files)


def _put(
    store: Store, one: Regular, seen: dict[bytes, tuple[int, int]], *, linkable: bool
) -> tuple[int, File]:
    if one.status.st_size <= INLINE_BYTES:
        content = _read(one.source)
        return 0, _file(one, blake3(content).digest(), inline=content)
    if one.status.st_size <= _SMALL_BYTES and not linkable:
        content = _read(one.source)
        digest = blake3(content).digest()
        return contents.pack_content(store, content, digest), _file(one, digest)
    digest = digest_of(one.source)
    file = _file(one, digest, linkable=linkable)
    if linkable:
        return contents.keep_object(store, one.source, contents.wanted_object(file), seen), file
    return contents.pack(store, one.source, digest), file


def _read(path: str) -> bytes:
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - called for each of 50,000 files
        return file.readall()


def _file(
    one: Regular,
    digest: bytes,
    *,
    twin: int = NOBODY,
    linkable: bool = False,
    inline: bytes | None = None,
) -> File:
    return File(
        one.path,
        stat.S_IMODE(one.status.st_mode),
        recordable(one.status.st_mtime_ns),
        one.status.st_size if inline is None else len(inline),
        digest,
        one.unit,
        twin,
        linkable,
        inline,
    )
