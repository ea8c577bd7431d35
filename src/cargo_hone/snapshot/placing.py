"""Files of a snapshot into a target directory, so that a stop at any point leaves nothing that cargo would believe.

cargo believes a unit whose fingerprint's hash file is there. So these go first and come last: in between, what lies
there is only leftovers to cargo.
"""

import contextlib
import os
import re
import threading
from collections.abc import Container, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import msgspec

from cargo_hone.files import operation
from cargo_hone.files.shown import shown_path
from cargo_hone.forked import Forked
from cargo_hone.snapshot import contents, copies
from cargo_hone.snapshot.bundles import Lying
from cargo_hone.snapshot.clearing import (
    clear,
    clear_sessions,
    doubtful,
    hash_files,
    require_no_links,
)
from cargo_hone.snapshot.contents import Damaged
from cargo_hone.snapshot.division import THREADS, among_processes, by_size
from cargo_hone.snapshot.manifest import NOBODY, File, Manifest
from cargo_hone.snapshot.manifest_paths import session_of
from cargo_hone.snapshot.objects import Seen, is_sound
from cargo_hone.snapshot.placed import Did, Placed, is_bound
from cargo_hone.snapshot.present import look
from cargo_hone.snapshot.store import Store

_FEW = 256
_SESSION = re.compile(rb"(?:.*/)?incremental/[^/]+/s-[^/]+")
_UNFINISHED = b"-working"
"""rustc's own mark of a session that it must not use (and may delete)."""


class Placing:
    """One restore: the manifest's files into `target_dir`, whose cargo locks are held.

    `shift_ns` is added to every time. Files of `without` units are left out. `moved`: the target directory lies
    elsewhere now, so that incremental sessions are of no use. `links`: by hard links where allowed.
    """

    def __init__(
        self,
        manifest: Manifest,
        store: Store,
        target_dir: str,
        *,
        shift_ns: int = 0,
        without: Iterable[int] = (),
        moved: bool = False,
        links: bool = True,
    ) -> None:
        self.placed = Placed()
        self._manifest = manifest
        self._store = store
        self._lying = Lying(store, manifest.files)
        self._target_dir = target_dir
        self._shift_ns = shift_ns
        self._without = frozenset(without)
        self._links = links and shift_ns == 0
        self._present = look(target_dir)
        self._seen = Seen(store).load() if self._links else {}
        self._lock = threading.Lock()
        self._broken: set[bytes] = set()
        self._linked: list[File] = []
        self._wanted = [
            number
            for number, file in enumerate(manifest.files)
            if (file.unit == NOBODY or file.unit not in self._without)
            and not (moved and is_bound(file))
        ]
        numbers = {file.path: number for number, file in enumerate(manifest.files)}
        self._last = frozenset(numbers[path] for path in hash_files(numbers))
        self._staged = frozenset(
            directory.path
            for directory in manifest.directories
            if not moved
            and _SESSION.fullmatch(directory.path)
            and directory.path not in self._present.names
        )

    def withdraw(self, local: Container[str]) -> int:
        """Take away the hash files of what will change, and of what cargo must not believe any more (`doubtful`).

        `local` are the names of all packages whose sources get other times. Returns how many. Raises OSError.
        """
        going = doubtful(self._manifest, self._present, same=self._unchanged_units(), local=local)
        for path in going:
            operation.unlink(self._place_name(path))
        self._present = self._present.without(going)
        return len(going)

    def _unchanged_units(self) -> set[int]:
        changed = set(self._without)
        for link in self._manifest.links:
            if link.unit != NOBODY and self._present.links.get(link.path) != link.goal:
                changed.add(link.unit)
        for number in self._wanted:
            file = self._manifest.files[number]
            if file.unit != NOBODY and not self._present.has(file, shift_ns=self._shift_ns):
                changed.add(file.unit)
        return set(range(len(self._manifest.units))) - changed

    def place_all(self) -> None:
        """Write everything but the hash files. Raises OSError; UsageProblem where a link stands for a directory."""
        require_no_links(self._manifest, self._present, self._target_dir)
        self._present = clear(self._manifest, self._present, self._target_dir)
        unfinished = {session + _UNFINISHED for session in self._staged}
        self._present = clear_sessions(unfinished, self._present, self._target_dir)
        for directory in self._manifest.directories:
            if directory.path not in self._present.names:
                with contextlib.suppress(FileExistsError):
                    operation.mkdir(self._name(directory.path))
        files = self._manifest.files
        first = [n for n in self._wanted if files[n].twin == NOBODY and n not in self._last]
        self._each(first)
        for number in self._wanted:
            if files[number].twin != NOBODY and number not in self._last:
                self._place_twin(files[number])
        for link in self._manifest.links:
            if link.unit not in self._without and link.path not in self._present.names:
                operation.symlink(link.goal, os.fsencode(self._name(link.path)))

    def complete(self) -> None:
        """Write the hash files of units all of whose files are there, then the directories' times. Raises OSError."""
        damaged = frozenset(self.placed.damaged)
        self._each(
            [
                n
                for n in sorted(self._last & set(self._wanted))
                if self._manifest.files[n].unit not in damaged
            ]
        )
        for session in self._staged - self._broken:
            # One that lacks a file keeps its unfinished name: rustc deletes it.
            operation.rename(Path(self._name(session)), Path(self._place_name(session)))
        self._staged = self._staged & self._broken
        for directory in reversed(self._manifest.directories):
            operation.set_times(self._name(directory.path), directory.mtime_ns + self._shift_ns)
        if self._links:
            self._note()

    def _each(self, numbers: Sequence[int]) -> None:
        files = self._manifest.files
        large, small = by_size(numbers, lambda n: files[n].size_bytes)
        tasks = [small[start : start + _FEW] for start in range(0, len(small), _FEW)]
        mine, *others = among_processes(tasks, files=len(numbers))
        # Before any thread runs.
        elsewhere = [Forked(partial(self._did, part)) for part in others]
        pool = ThreadPoolExecutor(THREADS)
        try:
            waiting = [pool.submit(self._place, files[number]) for number in large]
            self._place_all(mine)
            for one in waiting:
                one.result()
            for forked in elsewhere:
                self._add(msgspec.msgpack.decode(forked.result(), type=Did))
        finally:
            for forked in elsewhere:
                forked.abandon()
            pool.shutdown(cancel_futures=True)

    def _place_all(self, tasks: Iterable[Sequence[int]]) -> None:
        for numbers in tasks:
            for number in numbers:
                self._place(self._manifest.files[number])

    def _did(self, tasks: Iterable[Sequence[int]]) -> bytes:
        """Do it in another process, and say what this one did not see."""
        self.placed, self._linked, self._broken = Placed(), [], set()
        self._place_all(tasks)
        return msgspec.msgpack.encode(Did(self.placed, self._linked, list(self._broken)))

    def _add(self, did: Did) -> None:
        self.placed.add(did.placed)
        self._linked += did.linked
        self._broken.update(did.broken)

    def _place(self, file: File) -> None:
        placed = self.placed
        if self._present.has(file, shift_ns=self._shift_ns):
            with self._lock:
                placed.was_there(file)
            return
        goal = self._name(file.path)
        if file.path in self._present.names:
            operation.unlink(goal)
        try:
            was_linked = self._write(file, goal)
        except Damaged as error:
            with self._lock:
                placed.damaged.setdefault(file.unit, f"{shown_path(file.path)}: {error}")
                if session := session_of(file.path):
                    self._broken.add(session)
            return
        with self._lock:
            placed.came(file, linked=was_linked)
            if was_linked:
                self._linked.append(file)

    def _write(self, file: File, goal: str) -> bool:
        """Bring a file there; returns whether by a link."""
        mtime_ns = file.mtime_ns + self._shift_ns
        if file.inline is not None:
            copies.write_file(goal, file.inline, mode=file.mode, mtime_ns=mtime_ns)
            return False
        if not file.linkable:
            self._unpack(file, goal, mtime_ns=mtime_ns)
            return False
        wanted = contents.wanted_object(file)
        if self._links:
            match is_sound(self._store, wanted, self._seen):
                case True:
                    found = self._share(self._store.object_path(wanted.key), goal, file)
                    if found is not None:
                        return found
                case False:
                    # Out of the way, so that the next save keeps it anew.
                    self._store.set_aside(self._store.object_path(wanted.key))
                case None:
                    pass
        self._copy(file, goal, mtime_ns=mtime_ns)
        return False

    def _share(self, source: str, goal: str, file: File) -> bool | None:
        """Blocks of its own name, or a second name; returns whether by a link, None where neither can be had."""
        if copies.clone_file(self._store, source, goal, mode=file.mode, mtime_ns=file.mtime_ns):
            return False
        return True if copies.linked(source, goal) else None

    def _copy(self, file: File, goal: str, *, mtime_ns: int) -> None:
        source = self._store.object_path(contents.wanted_object(file).key)
        if os.path.lexists(source):
            digest = copies.copy_file(source, goal, mode=file.mode, mtime_ns=mtime_ns)
            if digest == file.digest:
                return
            operation.unlink(goal)
            self._store.set_aside(source)
        self._unpack(file, goal, mtime_ns=mtime_ns)

    def _unpack(self, file: File, goal: str, *, mtime_ns: int) -> None:
        damaged: Damaged | None = None
        try:
            content = self._lying.content(file)
        except Damaged as error:
            self._lying.set_aside(file)
            damaged, content = error, None
        if content is not None:
            copies.write_file(goal, content, mode=file.mode, mtime_ns=mtime_ns)
            return
        try:
            contents.unpack(self._store, file, goal, mtime_ns=mtime_ns)
        except Damaged as error:
            self._store.set_aside(self._store.pack_path(file.digest))
            raise damaged or error from error

    def _place_twin(self, file: File) -> None:
        first = self._manifest.files[file.twin]
        if first.unit in self._without or first.unit in self.placed.damaged:
            if session := session_of(file.path):
                self._broken.add(session)
            return
        goal, source = self._name(file.path), self._name(first.path)
        there = self._present.names.get(file.path)
        status = os.lstat(source)
        if there is not None and (there.st_dev, there.st_ino) == (status.st_dev, status.st_ino):
            return
        if there is not None:
            operation.unlink(goal)
        try:
            operation.link(source, goal)
        except OSError as error:
            if error.errno not in copies.NO_LINK:
                raise
            copies.copy_file(source, goal, mode=file.mode, mtime_ns=file.mtime_ns + self._shift_ns)

    def _note(self) -> None:
        """A link changed the inode's ctime: remember the new one, so that nobody hashes it for that."""
        Seen(self._store).note_as_they_are(
            (contents.wanted_object(file).key, self._name(file.path)) for file in self._linked
        )

    def _name(self, path: bytes) -> str:
        """Where a name is written. Incremental sessions get theirs at the end: rustc trusts a finished one."""
        if self._staged and (session := session_of(path)) in self._staged:
            path = session + _UNFINISHED + path[len(session) :]
        return self._place_name(path)

    def _place_name(self, path: bytes) -> str:
        return f"{self._target_dir}/{os.fsdecode(path)}"
