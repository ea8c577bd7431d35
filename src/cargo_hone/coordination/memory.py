"""The memory store: keys with texts (JSON, as a rule) in one SQLite file in the state directory.

Processes may read and write at once: a write-ahead log, and short write transactions that wait for each other.
"""

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cargo_hone.errors import Busy, HoneError, Unavailable, UsageProblem
from cargo_hone.history.transaction import immediate

NAME = "memory.sqlite3"
PATIENCE_S = 20.0
"""How long a reader or writer waits for others where nobody waits for it."""

_APPLICATION_ID = 0x484F4E4D  # "HONM"
_SCHEMA = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is known under one key. `updated_at` is UTC, ISO 8601; None for what was never written."""

    key: str
    value: str
    updated_at: str | None


class Memory:
    """An open memory store. Every SQLite error leaves it as one of our own, with a next step."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection

    def get(self, key: str) -> Entry | None:
        """Return what is known under `key`, None where nothing is. Raises UsageProblem, Busy or Unavailable."""
        with _translated(self.path):
            row = self._connection.execute(
                "SELECT key, value, updated_at FROM memory WHERE key = ?", (key,)
            ).fetchone()
        return None if row is None else Entry(key=row[0], value=row[1], updated_at=row[2])

    def list(self, prefix: str = "") -> tuple[Entry, ...]:
        """Return all entries whose keys begin with `prefix`, by key. Raises as `get` does."""
        with _translated(self.path):
            rows = self._connection.execute(
                "SELECT key, value, updated_at FROM memory WHERE substr(key, 1, ?) = ? ORDER BY key",
                (len(prefix), prefix),
            ).fetchall()
        return tuple(Entry(key=row[0], value=row[1], updated_at=row[2]) for row in rows)

    def set(self, key: str, value: str) -> None:
        """Keep `value` under `key`, in place of what was there. Raises as `get` does."""
        self.update(key, lambda _: value)

    def update(self, key: str, change: Callable[[str | None], str]) -> None:
        """Put `change(old value)` in the place of the old value (None: there is none), in one transaction.

        Raises as `get` does.
        """
        with _translated(self.path), immediate(self._connection):
            row = self._connection.execute(
                "SELECT value FROM memory WHERE key = ?", (key,)
            ).fetchone()
            self._connection.execute(
                "INSERT INTO memory (key, value, updated_at) VALUES (?1, ?2, ?3)"
                " ON CONFLICT (key) DO UPDATE SET value = ?2, updated_at = ?3",
                (key, change(None if row is None else row[0]), now()),
            )

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def open_memory(state_dir: Path, *, patience_s: float = PATIENCE_S) -> Memory:
    """Open the store in `state_dir`, making what is missing; whoever gets it closes it.

    Raises UsageProblem where the file is damaged, not ours or from a newer cargo-hone, Unavailable where the place
    cannot be written, Busy where another process held it for `patience_s` seconds.
    """
    try:
        state_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _not_writable(state_dir, error.strerror or str(error)) from error
    return _opened(state_dir / NAME, patience_s)


@contextlib.contextmanager
def reading(state_dir: Path) -> Iterator[Memory | None]:
    """Open the store if there is one, else give None; makes no file. Raises as `open_memory` does."""
    path = state_dir / NAME
    if not path.is_file():
        yield None
        return
    memory = _opened(path, PATIENCE_S)
    try:
        yield memory
    finally:
        memory.close()


def now() -> str:
    """Return the time as the store writes it: UTC, ISO 8601, milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _opened(path: Path, patience_s: float) -> Memory:
    with _translated(path):
        # isolation_level=None: transactions are begun here, in sight, not by the sqlite3 module.
        connection = sqlite3.connect(path, timeout=patience_s, isolation_level=None)
    try:
        with _translated(path):
            connection.execute("PRAGMA synchronous = NORMAL")
            if _version(connection, path) < _SCHEMA:
                _make(connection, patience_s)
    except BaseException:
        connection.close()
        raise
    return Memory(path, connection)


def _version(connection: sqlite3.Connection, path: Path) -> int:
    """Return the schema's version, 0 for a new file; refuse what is not ours or too new."""
    # One transaction, so that a process that is making the store is seen before or after, not amid.
    connection.execute("BEGIN")
    tables, application, version = (
        int(connection.execute(sql).fetchone()[0])
        for sql in (
            "SELECT count(*) FROM sqlite_master",
            "PRAGMA application_id",
            "PRAGMA user_version",
        )
    )
    connection.execute("COMMIT")
    if application != _APPLICATION_ID and (application or version or tables):
        raise UsageProblem(
            f"{path} is an SQLite database, but not a memory store of cargo-hone",
            next_step="move it away, or keep the state elsewhere: --state-dir DIR (or HONE_STATE_DIR)",
        )
    if version > _SCHEMA:
        raise UsageProblem(
            f"the memory store {path} was written by a newer cargo-hone",
            next_step="upgrade cargo-hone, or keep the state elsewhere: --state-dir DIR (or HONE_STATE_DIR)",
        )
    return version


def _make(connection: sqlite3.Connection, patience_s: float) -> None:
    deadline_s = time.monotonic() + patience_s
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
            break
        except sqlite3.OperationalError as error:
            # SQLite does not use its busy handler for this switch: two first starts at once need the loop.
            if not _is_busy(error) or time.monotonic() > deadline_s:
                raise
            time.sleep(0.02)
    connection.execute("BEGIN IMMEDIATE")
    # Looked at again under the write lock: another process may have made it meanwhile.
    if int(connection.execute("PRAGMA user_version").fetchone()[0]) < _SCHEMA:
        connection.execute(
            "CREATE TABLE memory (key TEXT PRIMARY KEY, value TEXT NOT NULL, updated_at TEXT NOT NULL)"
            " WITHOUT ROWID"
        )
        connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {_SCHEMA}")
    connection.execute("COMMIT")


@contextlib.contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise _explained(error, path) from error


def _explained(error: sqlite3.Error, path: Path) -> HoneError:
    match _primary_code(error):
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return Busy(
                f"the memory store {path} is locked by another process",
                next_step="wait for the other cargo-hone to finish, then run the command again",
            )
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return UsageProblem(
                f"the memory store {path} is damaged ({error}); it was left as it is",
                next_step=f"move it away to begin a new one: mv '{path}' '{path}.damaged'",
            )
        case sqlite3.SQLITE_FULL:
            return Unavailable(
                f"no space left for the memory store {path}",
                next_step="free some disk space (`cargo hone sweep`), then run the command again",
            )
        case _:
            return _not_writable(path.parent, str(error))


def _not_writable(state_dir: Path, reason: str) -> Unavailable:
    return Unavailable(
        f"the memory store in {state_dir} cannot be used: {reason}",
        next_step="choose another state directory with --state-dir DIR (or HONE_STATE_DIR)",
    )


def _is_busy(error: sqlite3.Error) -> bool:
    return _primary_code(error) in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def _primary_code(error: sqlite3.Error) -> int | None:
    """Return the error's primary result code (the low byte of the extended one)."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF
