"""Which proc macros may see where a workspace lies: they run in the compiler, and leave no trace of what they read.

A macro is harmless if neither its own sources nor those of anything that it is built from speak of the environment,
files or processes. What cannot be shown to be harmless is not.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from cargo_hone.cargo.metadata import Metadata
from cargo_hone.files.walk import entries

_READS = re.compile(
    rb"\b(?:env|fs|process)\s*::|\boption_env\b|\bcurrent_(?:dir|exe)\b|\bFile\s*::|\b(?:source|local)_file\b"
    rb"|\bextern\s+\"|\blibc\b|\btracked_"
)
_NOT_COMPILED = ("tests", "benches", "examples", "target")


def unsafe_macros(metadata: Metadata, *, harmless: Iterable[str] = ()) -> dict[str, str]:
    """Return the proc-macro packages that may read the workspace's path, each with what gave it away.

    `harmless` are names that the user vouches for. Raises OSError where sources cannot be read.
    """
    vouched = frozenset(harmless)
    macros = {
        id_: package
        for id_, package in metadata.packages.items()
        if package.has("proc-macro") and package.name not in vouched
    }
    reading: dict[str, str] = {}
    found: dict[str, str] = {}
    for id_, package in macros.items():
        for needed in _closure(id_, metadata.depends_on):
            if needed not in metadata.packages:
                continue
            if needed not in reading:
                reading[needed] = _what_it_reads(metadata.packages[needed].root)
            if reading[needed]:
                name = metadata.packages[needed].name
                own = "it" if needed == id_ else f"{name}, which it uses,"
                found[package.name] = f"{own} has `{reading[needed]}` in its sources"
                break
    return found


def _closure(start: str, depends_on: Mapping[str, frozenset[str]]) -> list[str]:
    seen = {start: None}
    pending = [start]
    while pending:
        for other in sorted(depends_on.get(pending.pop(), frozenset())):
            if other not in seen:
                seen[other] = None
                pending.append(other)
    return list(seen)


def _what_it_reads(root: Path) -> str:
    for entry in entries(root):
        relative = entry.path[len(str(root)) + 1 :]
        if not entry.name.endswith(".rs") or relative.startswith(_NOT_COMPILED):
            continue
        # A build script runs by itself; what it makes is looked at as such.
        if relative == "build.rs" or not entry.is_file(follow_symlinks=False):
            continue
        match = _READS.search(_without_comments(Path(entry.path).read_bytes()))
        if match is not None:
            return match[0].decode(errors="replace").replace(" ", "")
    return ""


def _without_comments(text: bytes) -> bytes:
    return re.sub(rb"//[^\n]*", b"", text)
