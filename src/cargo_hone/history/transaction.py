"""One write transaction of SQLite."""

import contextlib
import sqlite3
from collections.abc import Iterator


@contextlib.contextmanager
def immediate(connection: sqlite3.Connection) -> Iterator[None]:
    """Commit at the end of the block, roll back on any exception. The connection begins none by itself.

    IMMEDIATE, because SQLite refuses a transaction at once that reads first and would have to wait for another
    writer later. Raises sqlite3.Error.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        # A full disk has made SQLite roll back by itself already.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
