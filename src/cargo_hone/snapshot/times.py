"""Modification times of sources: the recorded one where the content is the recorded one, "now" where not."""

import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.files import operation
from cargo_hone.snapshot.comparison import Changes
from cargo_hone.snapshot.inputs import Scan, absolute
from cargo_hone.snapshot.manifest import NOBODY, Manifest

_MARGIN_NS = 2 * 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """How many files got their recorded times back, and how many the time "now"."""

    unchanged: int
    changed: int


def shift_ns(manifest: Manifest, now_ns: int) -> int:
    """How far all recorded times must go back so that an edit made now is newer than any of them (0 as a rule).

    Another machine's clock, or this one's put back, may have recorded a future: an edit would be missed then.
    """
    newest = max(
        max((file.mtime_ns for file in manifest.files if file.twin == NOBODY), default=0),
        max((one.mtime_ns for one in manifest.inputs if not one.path.startswith(b"/")), default=0),
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
    ours = _Ours(root, packages)
    recorded = {one.path: one for one in manifest.inputs}
    unchanged = changed = 0
    now_ns = time.time_ns()
    for path, one in scanned.files.items():
        if path in scanned.links or not ours.has(path):
            continue
        if path in changes.changed or path in changes.new:
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


class _Ours:
    """Whether a path, whatever a manifest says, lies in the workspace or in a local package, and not behind a link."""

    def __init__(self, root: Path, packages: Iterable[Path]) -> None:
        self._base = os.fsencode(root)
        self._places = [os.path.realpath(os.fsencode(place)) for place in (root, *packages)]
        self._known: dict[bytes, bool] = {}

    def has(self, path: bytes) -> bool:
        directory = os.path.dirname(absolute(self._base, path))  # noqa: PTH120
        if directory not in self._known:
            real = os.path.realpath(directory)
            self._known[directory] = not path.startswith(b"/") and any(
                real == place or real.startswith(place + b"/") for place in self._places
            )
        return self._known[directory]


def _set(base: bytes, path: bytes, mtime_ns: int) -> None:
    operation.set_times(os.fsdecode(absolute(base, path) if path else base), mtime_ns)
