"""The files by which cargo marks the root of a target directory."""

import stat
from pathlib import Path

_SIGNATURE = b"Signature: 8a477f597d28d172789f06886806bc55"
_BY_CARGO = b"created by cargo"


def is_marked(directory: Path) -> bool:
    """Whether cargo left its tag or .rustc_info.json here: the sign of a target (or build) directory's root."""
    return has_compiler_notes(directory) or _has_tag(directory / "CACHEDIR.TAG")


def has_compiler_notes(directory: Path) -> bool:
    """Whether .rustc_info.json is here: only where cargo compiles, and never in a triple's directory."""
    return _is_file(directory / ".rustc_info.json")


def _has_tag(tag: Path) -> bool:
    if not _is_file(tag):
        return False
    with tag.open("rb") as file:
        head = file.read(512)
    return head.startswith(_SIGNATURE) and _BY_CARGO in head


def _is_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return False
