"""A run without the paths of the machine that made it: teams commit the page and its samples."""

import re
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from pathlib import Path
from typing import cast

from cargo_hone.history.run import RunRecord

WORKSPACE = "<workspace>"
_BEGINS = r"(?<![\w./-])"
_ENDS = r"(?=/|$|[\s:,;'\")\]]|\.(?:\s|$))"
_HOME = re.compile(rf"{_BEGINS}(?:/home/[^/\s:'\"]+|/Users/[^/\s:'\"]+|/root){_ENDS}")


def committable(run: RunRecord) -> RunRecord:
    """Return the run with paths in the workspace relative to it, and home directories as `~`."""
    root = run.subject.workspace_root
    cleaned = cast("RunRecord", _mapped(run, lambda text: _cleaned(text, root)))
    return replace(cleaned, subject=replace(cleaned.subject, workspace_root=Path(root.name)))


def _cleaned(text: str, root: Path) -> str:
    if root != Path(root.anchor):
        exactly = f"{_BEGINS}{re.escape(str(root))}"
        text = re.sub(rf"{exactly}/(?=[\w.])", "", text)
        text = re.sub(rf"{exactly}/?{_ENDS}", WORKSPACE, text)
    return _HOME.sub("~", text)


def _mapped(value: object, change: Callable[[str], str]) -> object:
    """Apply `change` to every text and path in nested dataclasses and tuples."""
    match value:
        case Enum():
            return value
        case str():
            return change(value)
        case Path():
            return Path(change(str(value)))
        case tuple():
            return tuple(_mapped(item, change) for item in value)
        case _ if is_dataclass(value) and not isinstance(value, type):
            names = [field.name for field in fields(value)]
            return replace(value, **{name: _mapped(getattr(value, name), change) for name in names})
        case _:
            return value
