"""Which files a scratch copy needs, and copying them so that cargo and git see no difference.

In a repository: what git tracks, what it does not ignore, and ignored files that a build may need all the same
(`Cargo.lock`, `.cargo/config.toml`, `.env`, generated sources). Elsewhere: everything. Never target
directories, other people's caches, or `.git`.
"""

import contextlib
import os
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.errors import Unavailable
from cargo_hone.measure.ownership import MARKER_NAME
from cargo_hone.measure.repository import NoRepository, Repository

_LARGEST_IGNORED_BYTES = 512 << 20
"""An ignored directory of more than this (a data set) is left out; the list of what was left out says so."""
_NEVER_INPUTS = frozenset({".git", "node_modules"})
_BLOCK_BYTES = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Something that was not copied, and why. `path` is relative to the root."""

    path: Path
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The files and links to copy, relative to `root`; `size_bytes` is what they take on disk."""

    root: Path
    paths: tuple[Path, ...]
    size_bytes: int
    left_out: tuple[LeftOut, ...]


def select(root: Path, repository: Repository | NoRepository, *, target_dir: Path) -> Selection:
    """Return what to copy from `root`, which is the top of `repository` if there is one.

    `target_dir` is where the workspace builds; other target directories are known by their tags. Raises
    Unavailable where git fails or a directory cannot be read.
    """
    build_output = _build_output_test(root, target_dir)
    left_out: list[LeftOut] = []
    if isinstance(repository, NoRepository):
        wanted: Iterable[Path] = _below(root, Path(), build_output)
    else:
        untracked = repository.listed("--others", "--exclude-standard")
        ignored = repository.listed("--others", "--ignored", "--exclude-standard", "--directory")
        kept = [path for path in ignored if _is_wanted(root, path, build_output, left_out)]
        wanted = dict.fromkeys(
            (
                *_tracked(root, repository, build_output),
                *(
                    path
                    for entry in (*untracked, *kept)
                    for path in _below(root, entry, build_output)
                ),
            )
        )
    paths, size_bytes = [], 0
    for path in wanted:
        # A tracked file that the user deleted is in the index, not in the tree.
        with contextlib.suppress(FileNotFoundError):
            status = (root / path).lstat()
            if stat.S_ISREG(status.st_mode) or stat.S_ISLNK(status.st_mode):
                paths.append(path)
                size_bytes += status.st_blocks * _BLOCK_BYTES
            else:
                left_out.append(LeftOut(path=path, why="neither a file nor a link"))
    return Selection(root=root, paths=tuple(paths), size_bytes=size_bytes, left_out=tuple(left_out))


def copy(selection: Selection, destination: Path) -> None:
    """Copy the selection into the existing directory `destination`, with times, modes and links.

    A link that leads into the original tree by its name would let a trial change it: it is turned to the copy.
    Raises Unavailable where something cannot be read or written.
    """
    directories: dict[Path, None] = {Path(): None}
    for path in selection.paths:
        for parent in reversed(path.parents):
            if parent not in directories:
                directories[parent] = None
                (destination / parent).mkdir(exist_ok=True)
        source, target = selection.root / path, destination / path
        try:
            if source.is_symlink():
                target.symlink_to(_link_in_copy(selection.root, path))
                shutil.copystat(source, target, follow_symlinks=False)
            else:
                shutil.copy2(source, target)
        except FileNotFoundError:
            continue  # deleted while we copied
        except OSError as error:
            raise Unavailable(
                f"cannot copy {source} to {target}: {error.strerror or error}",
                next_step="make it readable and the disk roomy enough, then run the command again",
            ) from error
    # rerun-if-changed on a directory looks at its time, which each file put into it has changed.
    for path in reversed(directories):
        with contextlib.suppress(FileNotFoundError):
            shutil.copystat(selection.root / path, destination / path)


def _link_in_copy(root: Path, path: Path) -> Path:
    written = (root / path).readlink()
    top = Path(os.path.realpath(root))
    goal = Path(os.path.realpath(root / path))
    climbs_out = os.path.normpath(path.parent / written).startswith("..")
    if goal.is_relative_to(top) and (written.is_absolute() or climbs_out):
        return Path(os.path.relpath(goal, top / path.parent))
    return written


def _build_output_test(root: Path, target_dir: Path) -> Callable[[Path], bool]:
    """Return a test whether a directory (relative path) holds what builds made, or is never a build's input."""
    resolved_target = target_dir.resolve()
    known: dict[Path, bool] = {Path(): False}

    def is_output(path: Path) -> bool:
        if path not in known:
            place = root / path
            known[path] = is_output(path.parent) or (
                path.name in _NEVER_INPUTS
                or place.resolve() == resolved_target
                or ((place / "CACHEDIR.TAG").exists() and (place / ".rustc_info.json").exists())
                or (place / "pyvenv.cfg").exists()
                or (place / MARKER_NAME).exists()
            )
        return known[path]

    return is_output


def _tracked(
    root: Path, repository: Repository, build_output: Callable[[Path], bool]
) -> Iterator[Path]:
    """Yield what git tracks, wherever it lies; a submodule is a directory in the list, and entered."""
    for path in repository.listed("--cached"):
        if (root / path).is_dir() and not (root / path).is_symlink():
            yield from _below(root, path, build_output)
        else:
            yield path


def _below(root: Path, entry: Path, build_output: Callable[[Path], bool]) -> Iterator[Path]:
    """Yield `entry` itself if it is no directory, else what is in it (a submodule, a repository in the tree)."""
    if build_output(entry.parent):
        return
    if not (root / entry).is_dir() or (root / entry).is_symlink():
        if not ((root / entry).is_symlink() and build_output(entry)):
            yield entry
        return
    waiting = [entry]
    while waiting:
        directory = waiting.pop()
        if build_output(directory):
            continue
        try:
            with os.scandir(root / directory) as found:
                children = sorted(found, key=lambda child: child.name)
        except PermissionError as error:
            raise Unavailable(
                f"cannot read the directory {root / directory}",
                next_step="make it readable (or remove it), then run the command again",
            ) from error
        for child in children:
            path = directory / child.name
            if child.name == ".git":
                continue  # a submodule's is a file that leads to where it was
            if child.is_dir(follow_symlinks=False):
                waiting.append(path)
            elif not (child.is_symlink() and build_output(path)):
                yield path


def _is_wanted(
    root: Path, entry: Path, build_output: Callable[[Path], bool], left_out: list[LeftOut]
) -> bool:
    """Whether an ignored file or directory is small enough to come along."""
    size_bytes = 0
    for path in _below(root, entry, build_output):
        with contextlib.suppress(FileNotFoundError):
            size_bytes += (root / path).lstat().st_blocks * _BLOCK_BYTES
        if size_bytes > _LARGEST_IGNORED_BYTES:
            left_out.append(LeftOut(path=entry, why="ignored by git and larger than 512 MiB"))
            return False
    return True
