"""One SQLite file, opened with care: write-ahead log, patience, migrations, and errors that say what to do.

Nothing here ever replaces or repairs a file: a history that cannot be read is left for its owner to look at.
"""

import contextlib
import sqlite3
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from cargo_hone.errors import Busy, HoneError, Unavailable, UsageProblem
from cargo_hone.history.migrations import APPLICATION_ID, MIGRATIONS
from cargo_hone.history.place import DATABASE_NAME
from cargo_hone.history.transaction import immediate

PATIENCE_S = 20.0
"""How long a writer waits for another one. A transaction of ours takes milliseconds, a cold disk seconds."""


class Database:
    """An open history database. Every SQLite error leaves it as one of our own, with a next step."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection

    def read(self, sql: str, *values: object) -> list[sqlite3.Row]:
        """Run a query. Raises UsageProblem (damaged), Busy or Unavailable."""
        with _translated(self.path):
            return self._connection.execute(sql, values).fetchall()

    @contextlib.contextmanager
    def writing(self) -> Iterator["Writer"]:
        """Open one write transaction: committed at the end, rolled back on any exception. Raises as `read` does."""
        with _translated(self.path), immediate(self._connection):
            yield Writer(self._connection)

    def close(self) -> None:
        """Close the file; the write-ahead log is folded into it when no other process has it open."""
        self._connection.close()


class Writer:
    """What may be done within one write transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def run(self, sql: str, *values: object) -> int:
        """Run one statement and return the id of the row that it inserted (0 if it inserted none)."""
        return self._connection.execute(sql, values).lastrowid or 0

    def run_each(self, sql: str, rows: Sequence[tuple[object, ...]]) -> None:
        """Run one statement for each row."""
        self._connection.executemany(sql, rows)


@contextlib.contextmanager
def open_history(state_dir: Path) -> Iterator[Database]:
    """Open the history in `state_dir`, making the directory and the database where they are missing.

    Raises UsageProblem when the file is damaged, is not a history, or comes from a newer cargo-hone (it is
    not touched then), Unavailable when the place cannot be written, Busy when another process holds it.
    """
    try:
        state_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _not_writable(state_dir, error.strerror or str(error)) from error
    with _opened(state_dir / DATABASE_NAME) as database:
        yield database


@contextlib.contextmanager
def open_existing_history(state_dir: Path) -> Iterator[Database | None]:
    """Open the history if there is one, else give None; makes no file. Raises as `open_history` does."""
    path = state_dir / DATABASE_NAME
    if not path.is_file():
        yield None
        return
    with _opened(path) as database:
        yield database


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Database]:
    with _translated(path):
        # isolation_level=None: transactions are begun here, in sight, not by the sqlite3 module.
        connection = sqlite3.connect(path, timeout=PATIENCE_S, isolation_level=None)
    try:
        with _translated(path):
            connection.row_factory = sqlite3.Row
            _judge(connection, path)
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA synchronous = NORMAL")
            database = Database(path, connection)
            _use_write_ahead_log(connection)
            _migrate(database)
        yield database
    finally:
        connection.close()


def _judge(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse what is not ours or is too new, before anything is written to it."""
    # One transaction, so that another process that is making the database is seen before or after, not amid.
    connection.execute("BEGIN")
    tables = _number(connection, "SELECT count(*) FROM sqlite_master")
    application = _number(connection, "PRAGMA application_id")
    version = _number(connection, "PRAGMA user_version")
    connection.execute("COMMIT")
    if application != APPLICATION_ID and (application or version or tables):
        raise UsageProblem(
            f"{path} is an SQLite database, but not a history of cargo-hone",
            next_step="keep the history elsewhere: --state-dir DIR (or HONE_STATE_DIR)",
        )
    if version > len(MIGRATIONS):
        raise UsageProblem(
            f"the history {path} was written by a newer cargo-hone (its schema is {version}, "
            f"this program knows {len(MIGRATIONS)})",
            next_step="upgrade cargo-hone, or keep a separate history: --state-dir DIR (or HONE_STATE_DIR)",
        )


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Switch to the log, in which readers and one writer don't wait for each other.

    SQLite does not use its busy handler for the switch itself, so two first starts at once need this loop.
    """
    deadline_s = time.monotonic() + PATIENCE_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or time.monotonic() > deadline_s:
                raise
            time.sleep(0.02)
        else:
            return


def _migrate(database: Database) -> None:
    """Bring the schema up to date; each step and its number are one transaction."""
    while _version(database) < len(MIGRATIONS):
        with database.writing() as writer:
            # Looked at again under the write lock: another process may have taken this step meanwhile.
            version = _version(database)
            if version >= len(MIGRATIONS):
                return
            for statement in MIGRATIONS[version]:
                writer.run(statement)
            writer.run(f"PRAGMA application_id = {APPLICATION_ID}")
            writer.run(f"PRAGMA user_version = {version + 1}")


def _version(database: Database) -> int:
    return int(database.read("PRAGMA user_version")[0][0])


def _number(connection: sqlite3.Connection, sql: str) -> int:
    return int(connection.execute(sql).fetchone()[0])


def _is_busy(error: sqlite3.Error) -> bool:
    return _primary_code(error) in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def _primary_code(error: sqlite3.Error) -> int | None:
    """Return the error's primary result code (the low byte of the extended one)."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


@contextlib.contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        known = _explained(error, path)
        if known is None:
            raise
        raise known from error


def _explained(error: sqlite3.Error, path: Path) -> HoneError | None:
    """Say what an SQLite error means for the user; None for what can only be a bug of ours."""
    match _primary_code(error):
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return Busy(
                f"the history {path} has been locked by another process for {PATIENCE_S:.0f} s",
                next_step="wait for the other cargo-hone to finish, then run the command again",
            )
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return UsageProblem(
                f"the history {path} is damaged ({error}); it was left as it is",
                next_step=f"restore it from a backup, or move it away to begin a new one: "
                f"mv '{path}' '{path}.damaged'",
            )
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return _not_writable(path.parent, str(error))
        case sqlite3.SQLITE_FULL:
            return Unavailable(
                f"no space left for the history {path}",
                next_step="free some disk space (`cargo hone sweep`), then run the command again",
            )
        case sqlite3.SQLITE_IOERR:
            return Unavailable(
                f"reading or writing the history {path} failed ({error})",
                next_step="check the disk, or keep the history elsewhere: --state-dir DIR",
            )
        case _:
            return None


def _not_writable(state_dir: Path, reason: str) -> Unavailable:
    return Unavailable(
        f"the state directory {state_dir} cannot be written: {reason}",
        next_step="choose another one with --state-dir DIR (or HONE_STATE_DIR)",
    )
