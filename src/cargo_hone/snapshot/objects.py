"""Plain objects that target directories are linked to, and the cheap look at each before it is used.

A writer that we know replaces these files; one that we do not know might write into them, and with that into every
target directory that is linked. A changed size, modification time or inode gives it away. A link or an unlink changes
the inode's ctime as well, so that a ctime of its own only says: hash it again.
"""

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterable
from dataclasses import dataclass

from blake3 import blake3

from cargo_hone.history.transaction import immediate
from cargo_hone.snapshot.store import Store

_PATIENCE_S = 20.0
_CHUNK_BYTES = 1 << 18
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS object (key BLOB PRIMARY KEY, inode INTEGER NOT NULL, ctime_ns INTEGER NOT NULL)"
    " WITHOUT ROWID"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An object as a manifest knows it."""

    key: bytes
    digest: bytes
    size_bytes: int
    mtime_ns: int
    mode: int


class Seen:
    """Which inode and ctime each object had when its content was last hashed. Only saves hashing: may be lost."""

    def __init__(self, store: Store) -> None:
        self._path = store.root / "seen.sqlite3"

    def load(self) -> dict[bytes, tuple[int, int]]:
        """Return all of it; nothing where it cannot be read."""
        with contextlib.suppress(sqlite3.Error), contextlib.closing(self._open()) as connection:
            rows = connection.execute("SELECT key, inode, ctime_ns FROM object").fetchall()
            return {key: (inode, ctime_ns) for key, inode, ctime_ns in rows}
        return {}

    def note(self, found: Iterable[tuple[bytes, int, int]]) -> None:
        """Remember (key, inode, ctime in ns) of objects; where that cannot be written they are hashed again."""
        with (
            contextlib.suppress(sqlite3.Error),
            contextlib.closing(self._open()) as connection,
            immediate(connection),
        ):
            connection.executemany("INSERT OR REPLACE INTO object VALUES (?, ?, ?)", found)

    def note_as_they_are(self, found: Iterable[tuple[bytes, str]]) -> None:
        """Remember (key, path) of objects whose content is known, with the inode and ctime that they have now."""
        fresh: list[tuple[bytes, int, int]] = []
        for key, path in found:
            with contextlib.suppress(FileNotFoundError):
                status = os.lstat(path)
                fresh.append((key, status.st_ino, status.st_ctime_ns))
        self.note(fresh)

    def forget(self, keys: Iterable[bytes]) -> None:
        """Forget objects that are gone."""
        with (
            contextlib.suppress(sqlite3.Error),
            contextlib.closing(self._open()) as connection,
            immediate(connection),
        ):
            connection.executemany("DELETE FROM object WHERE key = ?", ((k,) for k in keys))

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=_PATIENCE_S, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(_SCHEMA)
        return connection


def is_sound(store: Store, wanted: Wanted, seen: dict[bytes, tuple[int, int]]) -> bool | None:
    """Look at one object: True: as it was; False: somebody changed it; None: it is not there.

    Hashes it where its ctime is not the known one; `seen` then gets the new one. Raises OSError.
    """
    path = store.object_path(wanted.key)
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return None
    if status.st_size != wanted.size_bytes or status.st_mtime_ns != wanted.mtime_ns:
        return False
    if status.st_mode & 0o7777 != wanted.mode:
        return False
    identity = (status.st_ino, status.st_ctime_ns)
    if seen.get(wanted.key) == identity:
        return True
    if digest_of(path) != wanted.digest:
        return False
    seen[wanted.key] = identity
    return True


def digest_of(path: str) -> bytes:
    """Hash a file's content. Raises OSError."""
    # (No mapping: a file that somebody truncates meanwhile would kill us (SIGBUS). No file object: one for each of
    # 50,000 takes longer than to hash most of them.)
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        hasher = blake3()
        while read_bytes := os.readv(descriptor, (_own.room,)):
            hasher.update(_own.room[:read_bytes])
    finally:
        os.close(descriptor)
    return hasher.digest()


class _Own(threading.local):
    """Each thread's room to read into."""

    def __init__(self) -> None:
        self.room = memoryview(bytearray(_CHUNK_BYTES))


_own = _Own()
