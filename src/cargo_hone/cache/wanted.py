"""What is to stand in files, and the changes that bring it there: bytes before, bytes after, nothing written yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.edit import toml
from cargo_hone.edit.plan import merge
from cargo_hone.edit.refused import EditRefused
from cargo_hone.edit.toml_value import TomlValue
from cargo_hone.files import atomic
from cargo_hone.model import FileChange, Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key that is set in a TOML file; the file is created where it is missing.

    `comment` stands above the key or table where one is added.
    """

    path: Path
    keys: tuple[str, ...]
    value: TomlValue
    why: str
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A file that belongs to cargo-hone as a whole."""

    path: Path
    content: bytes
    why: str
    executable: bool = False


Wanted = Key | Whole


def plan(wanted: Sequence[Wanted], *, title: str, step: str) -> Plan:
    """Return the plan that makes it so.

    Raises EditRefused (exit 2) where a file cannot be edited safely, Unavailable where one cannot be read.
    """
    contents: dict[Path, bytes | None] = {}
    plans = []
    for one in wanted:
        before = contents[one.path] if one.path in contents else atomic.read(one.path)
        match one:
            case Key():
                after, executable = _edited(before or b"", one), False
            case Whole():
                after, executable = one.content, one.executable
        if before is None and after == b"":
            continue
        contents[one.path] = after
        change = FileChange(
            path=one.path, before=before, after=after, why=one.why, step=step, executable=executable
        )
        plans.append(Plan(title=title, changes=(change,)))
    return merge(plans, title=title)


def _edited(before: bytes, key: Key) -> bytes:
    name = str(key.path)
    try:
        return toml.set_value(before, key.keys, key.value, comment=key.comment, name=name)
    except EditRefused:
        # An inline table has no line of its own to put a comment above.
        if not key.comment:
            raise
        return toml.set_value(before, key.keys, key.value, name=name)
