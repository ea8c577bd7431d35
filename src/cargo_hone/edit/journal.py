"""The journal: records of transactions and the contents they need, in the state directory.

    journal/lock               held while something is applied, undone or recovered
    journal/records/000001.json
    journal/blobs/<sha256>     contents of files, before and after

A record and its blobs are on the disk before the first file of the user changes.
"""

import contextlib
import hashlib
from collections.abc import Iterator
from pathlib import Path

from cargo_hone.edit import record as records
from cargo_hone.edit.record import Record, State
from cargo_hone.errors import Unavailable
from cargo_hone.files import atomic
from cargo_hone.files.lock import locked

_WAIT_S = 10.0
KEPT_GROUPS = 100
"""So many changes can be undone, one after the other; older ones are forgotten."""


class Journal:
    """The journal below one state directory; nothing is made before something is written."""

    def __init__(self, state_dir: Path) -> None:
        self._directory = state_dir / "journal"
        self._records = self._directory / "records"
        self._blobs = self._directory / "blobs"

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep every other process from changing files through this journal. Raises Busy, Unavailable."""
        with locked(self._directory / "lock", wait_s=_WAIT_S):
            yield

    def records(self) -> tuple[Record, ...]:
        """Return all records, the oldest first. Raises Unavailable where one cannot be read."""
        return tuple(self._read(path) for path in sorted(self._records.glob("*.json")))

    def next_id(self) -> int:
        """Return a number that no record has."""
        return max((int(path.stem) for path in self._records.glob("*.json")), default=0) + 1

    def write(self, record: Record) -> None:
        """Write a record, or replace what it was, in one step. Raises Unavailable."""
        path = self._path(record)
        atomic.create_parents(path)
        atomic.replace(path, records.to_json(record))

    def forget(self, record: Record) -> None:
        """Remove a record whose transaction was rolled back. Raises Unavailable."""
        atomic.remove(self._path(record))

    def keep(self, content: bytes | None) -> str | None:
        """Keep a file's content and return its sha256 (None for no file). Raises Unavailable."""
        if content is None:
            return None
        digest = hashlib.sha256(content).hexdigest()
        path = self._blobs / digest
        if not path.exists():
            atomic.create_parents(path)
            # What is in the user's files may be secret (a token in a cache's configuration).
            atomic.replace(path, content, mode=0o600)
        return digest

    def content(self, digest: str | None) -> bytes | None:
        """Return a kept content. Raises Unavailable where it is lost or damaged."""
        if digest is None:
            return None
        path = self._blobs / digest
        content = atomic.read(path)
        if content is None or hashlib.sha256(content).hexdigest() != digest:
            raise Unavailable(
                f"the journal has lost a file's earlier content ({path})",
                next_step="restore the file from your version control or a backup",
            )
        return content

    def tidy(self) -> None:
        """Remove what a killed run left, and what is too old; the lock must be held. Raises Unavailable."""
        for directory in (self._records, self._blobs):
            for leftover in directory.glob(".hone-*.tmp"):
                atomic.remove(leftover)
        known = self.records()
        newest = {record.group: record.id for record in known}
        old = sorted(newest, key=lambda group: newest[group])[:-KEPT_GROUPS]
        if not old:
            return
        # The oldest first: a change is gone before the record that says it was undone.
        for record in known:
            if record.group in old and record.state is State.COMMITTED:
                self.forget(record)
        self.drop_contents()

    def drop_contents(self) -> None:
        """Remove contents that no record needs any more; the lock must be held. Raises Unavailable."""
        needed = {
            digest
            for record in self.records()
            for file in record.files
            for digest in (file.before, file.after)
        }
        for blob in self._blobs.iterdir():
            if blob.name not in needed:
                atomic.remove(blob)

    def _path(self, record: Record) -> Path:
        return self._records / f"{record.id:06}.json"

    def _read(self, path: Path) -> Record:
        try:
            return records.from_json(atomic.read(path) or b"")
        except (ValueError, KeyError, TypeError) as error:
            raise Unavailable(
                f"the journal's record {path} cannot be read: {error}",
                next_step=f"move it away (mv {path} {path}.broken), then run the command again",
            ) from error
