"""What must leave a target directory before a snapshot comes in: fingerprints that would be believed, names in the way.

Units that the snapshot does not know stay where they may be: cargo uses them if they are fresh.
"""

import os
import re
import stat
from collections.abc import Collection, Container, Iterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path

from cargo_hone.errors import UsageProblem
from cargo_hone.files import operation
from cargo_hone.files.shown import shown_path
from cargo_hone.snapshot.manifest import Manifest
from cargo_hone.snapshot.manifest_paths import session_of
from cargo_hone.snapshot.present import Present

_FINGERPRINT = re.compile(
    rb"(?:.*/)?(?:\.fingerprint/(?P<old>[^/]+)-[0-9a-f]{16}|build/(?P<new>[^/]+)/[0-9a-f]{16}/fingerprint)"
)
_OUT = re.compile(rb"((?:.*/)?build/(?:[^/]+-[0-9a-f]{16}|[^/]+/[0-9a-f]{16})/out)(?:/|$)")
"""What build scripts (in v2 also rustc) wrote for one unit."""


def hash_files(paths: Collection[bytes]) -> Iterator[bytes]:
    """The files by which cargo knows that a unit's fingerprint is complete: those beside their own JSON."""
    return (path for path in paths if path + b".json" in paths)


def doubtful(
    manifest: Manifest, present: Present, *, same: AbstractSet[int], local: Container[str]
) -> list[bytes]:
    """The hash files in a target directory that cargo must not believe any more.

    They are those of the snapshot's units but for the `same`, which are there as the snapshot has them, and those of
    `local` packages that the snapshot does not know, also in target directories inside of this one: sources get their
    recorded times back, and what was compiled from other contents meanwhile would be younger than they are. Where a
    library of somebody else's is about to change, all that may have been compiled against it goes as well.
    """
    mine = {unit.fingerprint: number for number, unit in enumerate(manifest.units)}
    all_others = any(
        number not in same and not unit.is_local and unit.fingerprint in present.names
        for number, unit in enumerate(manifest.units)
    )
    found: list[bytes] = []
    for path in hash_files(present.names):
        directory = path.rpartition(b"/")[0]
        number = mine.get(directory)
        if number is not None:
            goes = number not in same
        else:
            match = _FINGERPRINT.fullmatch(directory)
            goes = match is not None and (all_others or _package(match) in local)
        if goes:
            found.append(path)
    return found


def _package(match: re.Match[bytes]) -> str:
    return (match["old"] or match["new"]).decode(errors="replace")


def require_no_links(manifest: Manifest, present: Present, target_dir: str) -> None:
    """Raise UsageProblem where a link has the name of a directory: who put target/debug on another disk meant it."""
    for directory in manifest.directories:
        path = directory.path
        is_made = _OUT.match(path) is not None or b"/incremental/" in path
        if path in present.links and not is_made:
            name = shown_path(path)
            raise UsageProblem(
                f"{target_dir}/{name} is not a directory but a symbolic link",
                next_step="remove it (or the whole target directory), then restore again",
            )


def clear(manifest: Manifest, present: Present, target_dir: str) -> Present:
    """Take away what is in the way of the snapshot; returns what is left.

    That is what has the name of something of another kind, and what the snapshot's build scripts did not write into
    directories that somebody may look through. Raises OSError.
    """
    known = {one.path: stat.S_IFREG for one in manifest.files}
    known |= {one.path: stat.S_IFLNK for one in manifest.links}
    known |= {one.path: stat.S_IFDIR for one in manifest.directories}
    goals = {one.path: one.goal for one in manifest.links}
    # (Most paths have no such part: a search for it takes a tenth of the time.)
    outs = {match[1] for path in known if b"/out" in path and (match := _OUT.match(path))}
    went: set[bytes] = set()
    # What lies in a directory goes before it.
    for path, status in sorted(present.names.items(), reverse=True):
        kind = known.get(path)
        if kind is None:
            match = _OUT.match(path)
            is_wrong = (match is not None and match[1] in outs) or _is_below_other(path, known)
        else:
            is_wrong = stat.S_IFMT(status.st_mode) != kind
            is_wrong = is_wrong or present.links.get(path) != goals.get(path)
        if is_wrong:
            _remove(target_dir, path, status)
            went.add(path)
    return present.without(went)


def clear_sessions(sessions: Container[bytes], present: Present, target_dir: str) -> Present:
    """Take away incremental sessions: those that a restore began to write under these names, and did not finish.

    Returns what is left. Raises OSError.
    """
    went = {path for path in present.names if session_of(path) in sessions}
    for path in sorted(went, reverse=True):
        _remove(target_dir, path, present.names[path])
    return present.without(went)


def _remove(target_dir: str, path: bytes, status: os.stat_result) -> None:
    name = Path(f"{target_dir}/{path.decode(errors='surrogateescape')}")
    if stat.S_ISDIR(status.st_mode):
        operation.rmdir(name)
    else:
        operation.unlink(name)


def _is_below_other(path: bytes, known: Mapping[bytes, int]) -> bool:
    """Whether something lies in a directory where the snapshot has a file or a link."""
    while path := path.rpartition(b"/")[0]:
        if path in known:
            return known[path] != stat.S_IFDIR
    return False
