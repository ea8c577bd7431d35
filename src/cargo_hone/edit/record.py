"""What the journal keeps of one transaction: enough to put every byte and mode back."""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

SCHEMA = "cargo-hone/journal/v1"


class State(StrEnum):
    """How far a transaction came. One that is found in STARTED when nobody holds the lock was killed."""

    STARTED = "started"
    COMMITTED = "committed"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRecord:
    """One file of a transaction. `before` and `after` are sha256 of contents; None: there is no file.

    `path` is the final file, behind all links. `made` are directories that had to be made for it (outermost
    first), `emptied` those that go if the transaction leaves them empty (innermost first).
    """

    path: Path
    before: str | None
    after: str | None
    before_mode: int | None
    after_mode: int | None
    why: str
    step: str
    made: tuple[Path, ...] = ()
    emptied: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One transaction. Those with one `group` are undone together; `undoes` makes it an undo of others' files.

    `at` is UTC, ISO 8601. `undoes` names (transaction id, path).
    """

    id: int
    group: int
    title: str
    root: Path
    at: str
    state: State
    files: tuple[FileRecord, ...]
    undoes: tuple[tuple[int, Path], ...] = ()


def to_json(record: Record) -> bytes:
    """Write a record; paths that are not UTF-8 survive as lone surrogates."""
    content = {"schema": SCHEMA, **asdict(record)}
    return json.dumps(content, indent=1, default=str).encode() + b"\n"


def from_json(content: bytes) -> Record:
    """Read a record. Raises ValueError, KeyError or TypeError where it is none."""
    data = json.loads(content)
    if data["schema"] != SCHEMA:
        raise ValueError(f"its schema is {data['schema']}, not {SCHEMA}")
    return Record(
        id=int(data["id"]),
        group=int(data["group"]),
        title=str(data["title"]),
        root=Path(data["root"]),
        at=str(data["at"]),
        state=State(data["state"]),
        files=tuple(
            FileRecord(
                path=Path(file["path"]),
                before=file["before"],
                after=file["after"],
                before_mode=file["before_mode"],
                after_mode=file["after_mode"],
                why=str(file["why"]),
                step=str(file["step"]),
                made=tuple(map(Path, file["made"])),
                emptied=tuple(map(Path, file["emptied"])),
            )
            for file in data["files"]
        ),
        undoes=tuple((int(number), Path(path)) for number, path in data["undoes"]),
    )
