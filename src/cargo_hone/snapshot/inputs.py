"""What a build may have read: every file of the workspace that git does not ignore, by content and time.

cargo knows its inputs by their modification times; a checkout gives all of them new ones. So the content is what is
compared, and the recorded time what is given back. Paths are bytes, relative to the workspace (`../` for path
dependencies beside it), absolute for what lies elsewhere.
"""

import os
import stat
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from blake3 import blake3

from cargo_hone.errors import ToolMissing
from cargo_hone.proc import run
from cargo_hone.snapshot.manifest import Input, InputDirectory, recordable
from cargo_hone.snapshot.objects import digest_of
from cargo_hone.target.mark import is_marked

_TRIES = 3
_THREADS = min(8, (os.cpu_count() or 2) * 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """Files and directories by path.

    `ours` are the files whose times may be set: no links, and none that lie behind one or elsewhere.
    """

    files: Mapping[bytes, Input]
    directories: Mapping[bytes, InputDirectory]
    ours: frozenset[bytes]


def scan(
    root: Path,
    *,
    packages: Iterable[Path],
    env: Mapping[str, str],
    without: Sequence[Path] = (),
    also: Iterable[bytes] = (),
) -> Scan:
    """Look at the workspace at `root`, at local `packages` outside of it, and at the paths in `also`.

    What lies below a directory of `without` (target directories) is not an input. What vanishes meanwhile is left
    out. Raises OSError where a file cannot be read.
    """
    packages = tuple(packages)
    places = [root, *(p for p in packages if not p.is_relative_to(root))]
    skipped = tuple(os.fsencode(path) + b"/" for path in without)
    found: set[bytes] = set()
    for place in places:
        above = b"" if place == root else os.fsencode(os.path.relpath(place, root)) + b"/"
        for path in _listed(place, env):
            if not (os.fsencode(place) + b"/" + path).startswith(skipped):
                found.add(above + path)
    inside = frozenset(found)
    base = os.fsencode(root)
    found.update(path for path in also if not absolute(base, path).startswith(skipped))
    ordered = sorted(found)
    with ThreadPoolExecutor(_THREADS) as pool:
        read = list(pool.map(lambda path: _input(base, path), ordered, chunksize=64))
    files = {one.path: one for one, _ in filter(None, read)}
    ours = Ours(root, packages)
    return Scan(
        files=files,
        directories=_directories(
            base, [path for path in ordered if path in inside and path in files]
        ),
        ours=frozenset(
            one.path for one, is_link in filter(None, read) if not is_link and ours.has(one.path)
        ),
    )


class Ours:
    """Whether a path, whatever a manifest says, lies in the workspace or in a local package, and not behind a link."""

    def __init__(self, root: Path, packages: Iterable[Path]) -> None:
        self._base = os.fsencode(root)
        self._places = [os.path.realpath(os.fsencode(place)) for place in (root, *packages)]
        self._known: dict[bytes, bool] = {}

    def has(self, path: bytes) -> bool:
        """Ask for one path."""
        if path.endswith(b".git/index"):
            # git compares the times of files with its own: that one tells it what it must look at again.
            return False
        directory = os.path.dirname(absolute(self._base, path))  # noqa: PTH120
        if directory not in self._known:
            real = os.path.realpath(directory)
            self._known[directory] = not path.startswith(b"/") and any(
                real == place or real.startswith(place + b"/") for place in self._places
            )
        return self._known[directory]


def absolute(base: bytes, path: bytes) -> bytes:
    """Where an input lies, given the workspace's directory."""
    return path if path.startswith(b"/") else base + b"/" + path


def _listed(place: Path, env: Mapping[str, str]) -> list[bytes]:
    """The files below `place` that git does not ignore; without a repository all but target directories."""
    argv = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        finished = run(argv, cwd=place, env=env)
    except ToolMissing:
        return _walked(place)
    if not finished.ok:
        return _walked(place)
    listed: list[bytes] = []
    for path in set(finished.stdout.split(b"\0")) - {b""}:
        inner = place / os.fsdecode(path)
        if path.endswith(b"/") or (inner.is_dir() and not inner.is_symlink()):
            # A submodule, or a repository in the repository: git lists only its name.
            listed += [path.rstrip(b"/") + b"/" + below for below in _listed(inner, env)]
        else:
            listed.append(path)
    return listed


def _walked(place: Path) -> list[bytes]:
    start = len(os.fspath(place)) + 1
    found: list[bytes] = []

    def listable(error: OSError) -> None:
        # What vanishes is no source; a partial answer would be a wrong one.
        if not isinstance(error, FileNotFoundError | NotADirectoryError):
            raise error

    for directory, directories, names in os.walk(place, onerror=listable):
        inside = directory[start:] and directory[start:] + "/"
        # (A link to a directory is listed as one.)
        links = [name for name in directories if os.path.islink(f"{directory}/{name}")]  # noqa: PTH114
        found += [os.fsencode(inside + name) for name in (*names, *links)]
        directories[:] = [
            name for name in directories if name != ".git" and not is_marked(Path(directory, name))
        ]
    return found


def _input(base: bytes, path: bytes) -> tuple[Input, bool] | None:
    place = os.fsdecode(absolute(base, path))
    for _ in range(_TRIES):
        try:
            is_link = stat.S_ISLNK(os.lstat(place).st_mode)
            before = os.stat(place)  # noqa: PTH116
            if is_link and stat.S_ISDIR(before.st_mode):
                # What it leads to may be read; where it leads is what can be compared.
                goal = os.fsencode(os.readlink(place))  # noqa: PTH115
                return Input(path, len(goal), 0, blake3(goal).digest()), True
            if not stat.S_ISREG(before.st_mode):
                return None
            digest = digest_of(place)
            after = os.stat(place)  # noqa: PTH116
        except (FileNotFoundError, NotADirectoryError):
            return None
        if (before.st_mtime_ns, before.st_size) == (after.st_mtime_ns, after.st_size):
            break
    # Of one that is always being written the last look counts: its time will be later than any artifact's.
    found = Input(
        path=path, size_bytes=after.st_size, mtime_ns=recordable(after.st_mtime_ns), digest=digest
    )
    return found, is_link


def _directories(base: bytes, files: Iterable[bytes]) -> dict[bytes, InputDirectory]:
    names: dict[bytes, set[bytes]] = defaultdict(set)
    for path in files:
        below = path
        while below:
            directory, _, name = below.rpartition(b"/")
            if name == b".." or name in names[directory]:
                break
            names[directory].add(name)
            below = directory
    found: dict[bytes, InputDirectory] = {}
    for path, inside in names.items():
        try:
            status = os.lstat(absolute(base, path))
        except FileNotFoundError:
            continue
        listing = blake3(b"\0".join(sorted(inside))).digest()
        found[path] = InputDirectory(
            path=path, mtime_ns=recordable(status.st_mtime_ns), listing=listing
        )
    return found
