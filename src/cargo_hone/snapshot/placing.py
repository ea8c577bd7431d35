"""Files of a snapshot into a target directory, so that a stop at any point leaves nothing that cargo would believe.

cargo believes a unit whose fingerprint's hash file is there. So these go first and come last: in between, what lies
there is only leftovers to cargo.
"""

import contextlib
import errno
import os
import re
import stat
import threading
from collections.abc import Container, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from cargo_hone.errors import UsageProblem
from cargo_hone.files import operation
from cargo_hone.snapshot import contents
from cargo_hone.snapshot.contents import Damaged
from cargo_hone.snapshot.manifest import NOBODY, File, Manifest
from cargo_hone.snapshot.objects import Seen, is_sound
from cargo_hone.snapshot.present import look
from cargo_hone.snapshot.store import Store

_THREADS = max(2, min(8, os.cpu_count() or 2))
_SESSION = re.compile(rb"(?:.*/)?incremental/[^/]+/s-[^/]+")
_IN_SESSION = re.compile(rb"((?:.*/)?incremental/[^/]+/s-[^/]+)(?:/|$)")
_UNFINISHED = b"-working"
"""rustc's own mark of a session that it must not use (and may delete)."""
_UNIT = re.compile(rb"(.+)-[0-9a-f]{16}")
_NO_LINK = {errno.EXDEV, errno.EMLINK, errno.EPERM, errno.EACCES, errno.ENOTSUP, errno.ENOSYS}


@dataclass(slots=True, kw_only=True)
class Placed:
    """How files came: counts, and bytes of those that were linked, written, and there already."""

    linked: int = 0
    written: int = 0
    there: int = 0
    linked_bytes: int = 0
    written_bytes: int = 0
    there_bytes: int = 0
    damaged: dict[int, str] = field(default_factory=dict)


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
        self._target_dir = target_dir
        self._shift_ns = shift_ns
        self._without = frozenset(without)
        self._links = links and shift_ns == 0
        self._present = look(target_dir)
        self._seen = Seen(store).load() if self._links else {}
        self._lock = threading.Lock()
        self._wanted = [
            number
            for number, file in enumerate(manifest.files)
            if (file.unit == NOBODY or file.unit not in self._without)
            and not (moved and _is_bound(file))
        ]
        self._last = self._hash_files()
        self._staged = frozenset(
            directory.path
            for directory in manifest.directories
            if not moved
            and _SESSION.fullmatch(directory.path)
            and directory.path not in self._present.names
        )

    def _hash_files(self) -> frozenset[int]:
        """The files by which cargo knows that a unit's fingerprint is complete."""
        files = {file.path: number for number, file in enumerate(self._manifest.files)}
        return frozenset(number for path, number in files.items() if path + b".json" in files)

    def withdraw(self, local: Container[str]) -> int:
        """Take away the hash files of units that are left out or will change. Returns how many. Raises OSError.

        So go those of `local` packages that the snapshot does not know, also in target directories inside of this
        one: sources get their recorded times back, and what was compiled from other contents meanwhile would be
        younger than they are.
        """
        same = self._unchanged_units()
        mine = {unit.fingerprint: number for number, unit in enumerate(self._manifest.units)}
        went: list[bytes] = []
        for path in self._present.names:
            if path + b".json" not in self._present.names:
                continue
            directory = path.rpartition(b"/")[0]
            number = mine.get(directory)
            if number in same or (number is None and _package_of(directory) not in local):
                continue
            operation.unlink(self._name(path))
            went.append(path)
        self._present = self._present.without(went)
        return len(went)

    def _unchanged_units(self) -> set[int]:
        changed = set(self._without)
        for number in self._wanted:
            file = self._manifest.files[number]
            if file.unit != NOBODY and not self._present.has(file, shift_ns=self._shift_ns):
                changed.add(file.unit)
        return set(range(len(self._manifest.units))) - changed

    def place_all(self) -> None:
        """Write everything but the hash files. Raises OSError; UsageProblem where a link stands for a directory."""
        for directory in self._manifest.directories:
            status = self._present.names.get(directory.path)
            if status is None:
                with contextlib.suppress(FileExistsError):
                    operation.mkdir(self._name(directory.path))
            elif not stat.S_ISDIR(status.st_mode):
                raise UsageProblem(
                    f"{self._name(directory.path)} is not a directory but a link or a file",
                    next_step="remove it (or the whole target directory), then restore again",
                )
        files = self._manifest.files
        first = [n for n in self._wanted if files[n].twin == NOBODY and n not in self._last]
        self._each(first)
        for number in self._wanted:
            if files[number].twin != NOBODY and number not in self._last:
                self._place_twin(files[number])
        for link in self._manifest.links:
            if link.unit not in self._without and link.path not in self._present.names:
                operation.symlink(link.goal, os.fsencode(self._target_dir) + b"/" + link.path)

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
        for session in self._staged:
            operation.rename(Path(self._name(session)), Path(self._place_name(session)))
        self._staged = frozenset()
        for directory in reversed(self._manifest.directories):
            operation.set_times(self._name(directory.path), directory.mtime_ns + self._shift_ns)
        if self._links:
            self._note()

    def _each(self, numbers: Sequence[int]) -> None:
        files = self._manifest.files
        if len(numbers) < 64:
            for number in numbers:
                self._place(files[number])
            return
        with ThreadPoolExecutor(_THREADS) as pool:
            step = max(1, len(numbers) // (_THREADS * 8))
            parts = [numbers[i : i + step] for i in range(0, len(numbers), step)]
            list(pool.map(self._place_part, parts))

    def _place_part(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            self._place(self._manifest.files[number])

    def _place(self, file: File) -> None:
        placed = self.placed
        if self._present.has(file, shift_ns=self._shift_ns):
            with self._lock:
                placed.there += 1
                placed.there_bytes += file.size_bytes
            return
        goal = self._name(file.path)
        if file.path in self._present.names:
            operation.unlink(goal)
        try:
            was_linked = self._write(file, goal)
        except Damaged as error:
            # Out of the way, so that the next save keeps it anew.
            self._store.set_aside(self._store.pack_path(file.digest))
            with self._lock:
                placed.damaged.setdefault(file.unit, f"{_shown(file.path)}: {error}")
            return
        with self._lock:
            if was_linked:
                placed.linked += 1
                placed.linked_bytes += file.size_bytes
            else:
                placed.written += 1
                placed.written_bytes += file.size_bytes

    def _write(self, file: File, goal: str) -> bool:
        """Bring a file there; returns whether by a link."""
        mtime_ns = file.mtime_ns + self._shift_ns
        if file.inline is not None:
            contents.write_file(goal, file.inline, mode=file.mode, mtime_ns=mtime_ns)
            return False
        if not file.linkable:
            contents.unpack(self._store, file, goal, mtime_ns=mtime_ns)
            return False
        wanted = contents.wanted_object(file)
        if self._links:
            match is_sound(self._store, wanted, self._seen):
                case True:
                    try:
                        operation.link(self._store.object_path(wanted.key), goal)
                    except OSError as error:
                        if error.errno not in _NO_LINK:
                            raise
                    else:
                        return True
                case False:
                    self._store.set_aside(self._store.object_path(wanted.key))
                    raise Damaged("the object in the store was changed by somebody")
                case None:
                    pass
        self._copy(file, goal, mtime_ns=mtime_ns)
        return False

    def _copy(self, file: File, goal: str, *, mtime_ns: int) -> None:
        source = self._store.object_path(contents.wanted_object(file).key)
        if not os.path.lexists(source):
            contents.unpack(self._store, file, goal, mtime_ns=mtime_ns)
            return
        digest = contents.copy_file(source, goal, mode=file.mode, mtime_ns=mtime_ns)
        if digest != file.digest:
            operation.unlink(goal)
            self._store.set_aside(source)
            raise Damaged("the object in the store was changed by somebody")

    def _place_twin(self, file: File) -> None:
        first = self._manifest.files[file.twin]
        if first.unit in self._without or first.unit in self.placed.damaged:
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
            if error.errno not in _NO_LINK:
                raise
            contents.copy_file(
                source, goal, mode=file.mode, mtime_ns=file.mtime_ns + self._shift_ns
            )

    def _note(self) -> None:
        """A link changed the inode's ctime: remember the new one, so that nobody hashes it for that."""
        fresh: list[tuple[bytes, int, int]] = []
        for number in self._wanted:
            file = self._manifest.files[number]
            if file.linkable and file.twin == NOBODY:
                key = contents.wanted_object(file).key
                if key in self._seen:
                    status = os.lstat(self._name(file.path))
                    if status.st_ino == self._seen[key][0]:
                        fresh.append((key, status.st_ino, status.st_ctime_ns))
        Seen(self._store).note(fresh)

    def _name(self, path: bytes) -> str:
        """Where a name is written. Incremental sessions get theirs at the end: rustc trusts a finished one."""
        if self._staged and (match := _IN_SESSION.match(path)) and match[1] in self._staged:
            path = match[1] + _UNFINISHED + path[match.end(1) :]
        return self._place_name(path)

    def _place_name(self, path: bytes) -> str:
        return f"{self._target_dir}/{os.fsdecode(path)}"


def _is_bound(file: File) -> bool:
    """Whether a file is of no use elsewhere: rustc's sessions, and the `.d` files that cargo puts beside artifacts."""
    if b"/incremental/" in file.path:
        return True
    return file.unit == NOBODY and file.path.endswith(b".d") and b"/deps/" not in file.path


def _package_of(fingerprint: bytes) -> str:
    """The package of a fingerprint directory, in either of cargo's layouts; "" where it is none."""
    parts = fingerprint.split(b"/")
    match = _UNIT.fullmatch(parts[-1])
    if match is not None:
        return match[1].decode(errors="replace")
    return parts[-3].decode(errors="replace") if len(parts) > 2 else ""


def _shown(path: bytes) -> str:
    return path.decode(errors="backslashreplace")
