"""Which proc macros may see where a workspace lies, or read its files: they run in the compiler, and leave no trace.

A macro is harmless if neither its own sources nor those of anything that it is built from speak of the environment,
files or processes. What cannot be shown to be harmless is not.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.cargo.metadata import Metadata, Package
from cargo_hone.files.walk import entries

_FILES = re.compile(
    rb"\b(?:fs|process|net)\s*(?:::|\bas\b)|\bFile\s*::|\bextern\s+\"|\b(?:libc|rustix|asm)\b|\btracked_"
    rb"|\b(?:source|local)_file\b|\.\s*file\s*\(|\bread_(?:dir|link)\b|\bcanonicalize\b|\bmetadata\s*\("
    rb"|\b(?:try_)?exists\s*\(|\bis_(?:dir|file|symlink)\s*\("
)
_READS = re.compile(
    _FILES.pattern
    + rb"|\benv\s*(?:::|\bas\b)|\boption_env\b|\bcurrent_(?:dir|exe)\b|\bTokenStream\s*::\s*expand_expr\b"
)
_NOT_COMPILED = ("tests/", "benches/", "examples/", "target/")
_PLUMBING = frozenset({"proc-macro2", "quote", "syn", "unicode-ident"})
"""Only hand on what the compiler tells; who asks it for a path says so in sources of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Macros:
    """Proc-macro packages by name.

    Those that may see the workspace's path, with what gave each away; those that may read files; and all there are.
    """

    seeing: Mapping[str, str]
    reading: frozenset[str]
    names: frozenset[str]


def unsafe_macros(metadata: Metadata, *, harmless: Iterable[str] = ()) -> Macros:
    """Look through the sources of all proc macros.

    `harmless` are names that the user vouches for: they do not read the path. Raises OSError where sources cannot be
    read.
    """
    vouched = frozenset(harmless)
    known: dict[str, tuple[str, bool]] = {}
    seeing: dict[str, str] = {}
    reading: set[str] = set()
    names: set[str] = set()
    for id_, package in metadata.packages.items():
        if not package.has("proc-macro"):
            continue
        names.add(package.name)
        for needed in _closure(id_, metadata.depends_on):
            other = metadata.packages.get(needed)
            if other is None:
                continue
            if needed not in known:
                known[needed] = _what_it_reads(other)
            what, reads_files = known[needed]
            if reads_files:
                reading.add(package.name)
            if what and package.name not in vouched | seeing.keys():
                own = "it" if needed == id_ else f"{other.name}, which it uses,"
                seeing[package.name] = f"{own} has `{what}` in its sources"
    return Macros(seeing=seeing, reading=frozenset(reading), names=frozenset(names))


def _closure(start: str, depends_on: Mapping[str, frozenset[str]]) -> list[str]:
    seen = {start: None}
    pending = [start]
    while pending:
        for other in sorted(depends_on.get(pending.pop(), frozenset())):
            if other not in seen:
                seen[other] = None
                pending.append(other)
    return list(seen)


def _what_it_reads(package: Package) -> tuple[str, bool]:
    """The first thing that gives a package away ("" where nothing does), and whether it may read files."""
    if package.source is not None and package.name in _PLUMBING:
        return "", False
    first = ""
    for entry in entries(package.root):
        relative = entry.path[len(str(package.root)) + 1 :]
        if not entry.name.endswith(".rs") or relative.startswith(_NOT_COMPILED):
            continue
        # A build script runs by itself; what it makes is looked at as such.
        if relative == "build.rs" or not entry.is_file(follow_symlinks=False):
            continue
        text = _without_comments(Path(entry.path).read_bytes())
        if match := _FILES.search(text):
            return first or _shown(match[0]), True
        if match := _READS.search(text):
            first = first or _shown(match[0])
    return first, False


def _shown(found: bytes) -> str:
    return found.decode(errors="replace").replace(" ", "")


def _without_comments(text: bytes) -> bytes:
    # Whole lines only: elsewhere two slashes may stand in a string.
    return re.sub(rb"(?m)^[ \t]*//[^\n]*", b"", text)
