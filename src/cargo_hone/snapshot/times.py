"""Modification times of sources: the recorded one where the content is the recorded one, "now" where not."""

import contextlib
import os
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.files import operation
from cargo_hone.snapshot.comparison import Changes
from cargo_hone.snapshot.inputs import Ours, Scan, absolute
from cargo_hone.snapshot.manifest import NOBODY, Input, Manifest, recordable

_MARGIN_NS = 2 * 10**9
_MADE = re.compile(rb"(?:.*/)?build/[^/]+-[0-9a-f]{16}/out/")
"""What build scripts wrote, in v1; v2 keeps that in directories of any unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """How many files got their recorded times back, and how many the time "now"."""

    unchanged: int
    changed: int


def shift_ns(manifest: Manifest, now_ns: int) -> int:
    """How far all recorded times must go back so that an edit made now is newer than any of them (0 as a rule).

    Another machine's clock, or this one's put back, may have recorded a future: an edit would be missed then. Only
    what cargo and rustc wrote counts: build scripts and archives give files times of any century, and a source from the
    future is dirty anyway.
    """
    newest = max(
        (f.mtime_ns for f in manifest.files if f.twin == NOBODY and not _MADE.match(f.path)),
        default=0,
    )
    return -max(0, newest - now_ns + _MARGIN_NS) if newest >= now_ns else 0


def set_source_times(
    root: Path,
    manifest: Manifest,
    scanned: Scan,
    changes: Changes,
    *,
    packages: Iterable[Path],
    shift: int,
) -> Timed:
    """Set the times of files and directories of the workspace and of local `packages`; those elsewhere stay.

    Raises OSError.
    """
    base = os.fsencode(root)
    ours = Ours(root, packages)
    recorded = {one.path: one for one in manifest.inputs}
    unchanged = changed = 0
    now_ns = time.time_ns()
    for path, one in scanned.files.items():
        if path not in scanned.ours:
            continue
        if path in changes.changed or path in changes.new or not _is_as_scanned(base, one):
            with contextlib.suppress(FileNotFoundError):
                _set(base, path, now_ns)
            changed += 1
            continue
        goal_ns = recorded[path].mtime_ns + shift
        if one.mtime_ns != goal_ns:
            _set(base, path, goal_ns)
        unchanged += 1
    before: Mapping[bytes, tuple[int, bytes]] = {
        one.path: (one.mtime_ns, one.listing) for one in manifest.input_directories
    }
    for path, directory in scanned.directories.items():
        mtime_ns, listing = before.get(path, (now_ns, b""))
        same = listing == directory.listing
        if ours.has(path + b"/." if path else b"."):
            _set(base, path, mtime_ns + shift if same else now_ns)
    return Timed(unchanged=unchanged, changed=changed)


def _is_as_scanned(base: bytes, one: Input) -> bool:
    """Whether nobody has written a source since its content was looked at."""
    try:
        status = os.lstat(absolute(base, one.path))
    except (FileNotFoundError, NotADirectoryError):
        return False
    return (status.st_size, recordable(status.st_mtime_ns)) == (one.size_bytes, one.mtime_ns)


def _set(base: bytes, path: bytes, mtime_ns: int) -> None:
    operation.set_times(os.fsdecode(absolute(base, path) if path else base), mtime_ns)
