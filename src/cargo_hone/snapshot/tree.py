"""The files that are kept, as a manifest has them, and their content into the store."""

import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple, Self

import msgspec
from blake3 import blake3

from cargo_hone.forked import Forked
from cargo_hone.snapshot import contents
from cargo_hone.snapshot.bundles import digest_of as bundle_digest
from cargo_hone.snapshot.bundles import lies_in_one, lying_together
from cargo_hone.snapshot.capture import Kept
from cargo_hone.snapshot.division import THREADS, among_processes, by_size
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

_AT_ONCE = 32
_SMALL_BYTES = 2**20
_NO_DIGEST = b"\0" * 32


class Regular(NamedTuple):
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
    base = os.fspath(target_dir) + "/"
    files: list[Regular] = []
    directories: dict[bytes, Directory] = {}
    links: list[Link] = []
    for name, owner, linkable in kept:
        status = os.lstat(name)
        path = os.fsencode(name[len(base) :])
        unit = numbers[owner] if owner is not None else NOBODY
        kind = stat.S_IFMT(status.st_mode)
        if kind == stat.S_IFREG:
            files.append(Regular(path, name, status, unit, linkable))
        elif kind == stat.S_IFDIR:
            directories[path] = _directory(path, status)
        elif kind == stat.S_IFLNK:
            links.append(Link(path, os.fsencode(os.readlink(name)), unit))  # noqa: PTH115
        above = path.rpartition(b"/")[0]
        while above and above not in directories:
            directories[above] = _directory(above, os.lstat(base + os.fsdecode(above)))
            above = above.rpartition(b"/")[0]
    # Parents before what is in them.
    ordered = tuple(directories[path] for path in sorted(directories))
    return Tree(files=tuple(files), directories=ordered, links=tuple(links))


def _directory(path: bytes, status: os.stat_result) -> Directory:
    return Directory(path, stat.S_IMODE(status.st_mode), recordable(status.st_mtime_ns))


@dataclass(frozen=True, slots=True)
class _Task:
    """Files of one thread's, one after the other; `is_together`: they become one pack."""

    numbers: Sequence[int]
    is_together: bool


class _Did(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What another process did: for each file the bytes that it added and its record; and of `Seen` what is new."""

    kept: list[tuple[int, File]]
    seen: list[tuple[bytes, int, int]]


class Keeping:
    """Puts the content of a tree's files into the store, in threads and processes, while the block runs.

    `finish` waits for them. Leaving the block without that stops them after what they are at.
    """

    def __init__(self, tree: Tree, store: Store) -> None:
        self._files = tree.files
        self._store = store
        self._twins = _twins(tree.files)
        # One name of an inode that must not be shared is enough.
        self._apart = {
            twin
            for twin, other in zip(self._twins, tree.files, strict=True)
            if twin != NOBODY and not other.linkable
        }
        self._seen_before = Seen(store).load()
        self._seen = dict(self._seen_before)
        self._pools = (ThreadPoolExecutor(1), ThreadPoolExecutor(THREADS))
        self._parts: list[tuple[Sequence[int], Future[list[tuple[int, File]]]]] = []
        self._elsewhere: list[tuple[list[int], Forked]] = []

    def __enter__(self) -> Self:
        together = list(lying_together(self._small()))
        alone = set(range(len(self._files))).difference(*together)
        large, small = by_size(sorted(alone), lambda n: self._files[n].status.st_size)
        tasks = [_Task(some, is_together=True) for some in together]
        tasks += [
            _Task(small[start : start + _AT_ONCE], is_together=False)
            for start in range(0, len(small), _AT_ONCE)
        ]
        mine, *others = among_processes(tasks, files=len(self._files))
        # Before any thread runs.
        for part in others:
            numbers = [number for task in part for number in task.numbers]
            self._elsewhere.append((numbers, Forked(partial(self._did, part))))
        of_small, of_large = self._pools
        for number in large:
            self._parts.append(((number,), of_large.submit(self._put_all, [number])))
        for own in mine:
            self._parts.append((own.numbers, of_small.submit(self._do, own)))
        return self

    def __exit__(self, *_: object) -> None:
        for _numbers, forked in self._elsewhere:
            forked.abandon()
        for pool in self._pools:
            pool.shutdown(cancel_futures=True)

    def finish(self) -> tuple[int, tuple[File, ...]]:
        """Return the bytes that the store grew by, and the records of all files. Raises OSError."""
        done: dict[int, tuple[int, File]] = {}
        for some, part in self._parts:
            done.update(zip(some, part.result(), strict=True))
        for numbers, forked in self._elsewhere:
            did = msgspec.msgpack.decode(forked.result(), type=_Did)
            done.update(zip(numbers, did.kept, strict=True))
            self._seen.update({key: (inode, ctime_ns) for key, inode, ctime_ns in did.seen})
        files = [done[number][1] for number in range(len(self._files))]
        for number, twin in enumerate(self._twins):
            if twin != NOBODY:
                files[number] = _file(self._files[number], files[twin].digest, twin=twin)
        Seen(self._store).note(self._news())
        return sum(added for added, _ in done.values()), tuple(files)

    def _news(self) -> list[tuple[bytes, int, int]]:
        return [
            (key, *found)
            for key, found in self._seen.items()
            if found != self._seen_before.get(key)
        ]

    def _did(self, tasks: Sequence["_Task"]) -> bytes:
        kept = [one for task in tasks for one in self._do(task)]
        return msgspec.msgpack.encode(_Did(kept, self._news()))

    def _do(self, task: "_Task") -> list[tuple[int, File]]:
        return (self._put_together if task.is_together else self._put_all)(task.numbers)

    def _small(self) -> Iterator[tuple[int, bytes, int]]:
        for number, one in enumerate(self._files):
            size_bytes = one.status.st_size
            is_twin = self._twins[number] != NOBODY
            if lies_in_one(size_bytes, linkable=self._may_link(number), is_twin=is_twin):
                yield number, one.path, size_bytes

    def _may_link(self, number: int) -> bool:
        return self._files[number].linkable and number not in self._apart

    def _put_together(self, numbers: Sequence[int]) -> list[tuple[int, File]]:
        """Put neighbours into one pack; the first of them counts the bytes."""
        records: list[File] = []
        content: list[bytes] = []
        for number in numbers:
            one = self._files[number]
            size_bytes = one.status.st_size
            found = contents.read_small(one.source, size_bytes)
            records.append(_file(one, blake3(found).digest()))
            # Should somebody be writing it: the others stay where they are said to be.
            content.append(found[:size_bytes].ljust(size_bytes, b"\0"))
        digest = bundle_digest(record.digest for record in records)
        added_bytes = contents.pack_content(self._store, b"".join(content), digest)
        return [(added_bytes if place == 0 else 0, one) for place, one in enumerate(records)]

    def _put_all(self, numbers: Iterable[int]) -> list[tuple[int, File]]:
        return [self._put(number) for number in numbers]

    def _put(self, number: int) -> tuple[int, File]:
        one, twin = self._files[number], self._twins[number]
        if twin != NOBODY:
            return 0, _file(one, _NO_DIGEST, twin=twin)
        size_bytes = one.status.st_size
        linkable = self._may_link(number)
        if size_bytes <= INLINE_BYTES:
            content = contents.read_small(one.source, size_bytes)
            return 0, _file(one, blake3(content).digest(), inline=content)
        if size_bytes <= _SMALL_BYTES and not linkable:
            content = contents.read_small(one.source, size_bytes)
            digest = blake3(content).digest()
            return contents.pack_content(self._store, content, digest), _file(one, digest)
        digest = digest_of(one.source)
        file = _file(one, digest, linkable=linkable)
        if not linkable:
            return contents.pack(self._store, one.source, digest), file
        wanted = contents.wanted_object(file)
        return contents.keep_object(self._store, one.source, wanted, self._seen), file


def _twins(files: Sequence[Regular]) -> list[int]:
    """For each file the number of an earlier one that is the same inode, or NOBODY."""
    first: dict[tuple[int, int], int] = {}
    twins: list[int] = []
    for number, one in enumerate(files):
        known = number
        if one.status.st_nlink > 1:
            known = first.setdefault((one.status.st_dev, one.status.st_ino), number)
        twins.append(known if known != number else NOBODY)
    return twins


def _file(
    one: Regular,
    digest: bytes,
    *,
    twin: int = NOBODY,
    linkable: bool = False,
    inline: bytes | None = None,
) -> File:
    status = one.status
    return File(
        one.path,
        status.st_mode & 0o7777,
        recordable(status.st_mtime_ns),
        status.st_size if inline is None else len(inline),
        digest,
        one.unit,
        twin,
        linkable,
        inline,
    )
