"""The trash: what is deleted first leaves its place by a rename, then dies at leisure.

A rename is one step, so a directory is there or gone, never half; what a killed run leaves in the trash is
emptied at the next start.
"""

import contextlib
import errno
import os
import stat
from pathlib import Path
from types import TracebackType
from typing import Self

from cargo_hone.errors import UsageProblem
from cargo_hone.files import operation
from cargo_hone.files.failure import explained

DIRECTORY_NAME = ".hone-trash"


class Trash:
    """A trash directory; what lies beside and below it can be taken. Emptied at the end of the `with` block.

    After an exception it is left as it is, for the next start: who interrupted us does not want to wait.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._root = directory.parent

    def __enter__(self) -> Self:
        """Make the directory. Raises Unavailable; UsageProblem where its name is taken by something else."""
        _refuse_impostor(self._directory)
        self._make()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Delete what was taken."""
        if error is None:
            _empty(self._directory)

    def take(self, path: Path) -> bool:
        """Make `path` (a file, a link itself, or a tree) vanish from its place; returns whether it was there.

        Raises UsageProblem where it does not lie inside the trash's root (its parents resolved, itself not),
        Unavailable where the system refuses.
        """
        import secrets  # noqa: PLC0415 - 2 ms that a plan shall not pay

        self._refuse_outside(path)
        slot = self._directory / secrets.token_hex(8)
        with explained("move into the trash", path):
            try:
                operation.rename(path, slot)
            except FileNotFoundError:
                if not os.path.lexists(path):
                    return False
                # Another run emptied its leftovers, and our trash with them.
                self._make()
                operation.rename(path, slot)
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
                # overlayfs does not rename a directory of a lower layer (codespace prebuilds).
                _delete(path)
        return True

    def _make(self) -> None:
        with (
            explained("make the directory", self._directory),
            contextlib.suppress(FileExistsError),
        ):
            operation.mkdir(self._directory)

    def _refuse_outside(self, path: Path) -> None:
        root = Path(os.path.realpath(self._root))
        place = Path(os.path.realpath(path.parent)) / path.name
        trash = root / self._directory.name
        inside = place.is_relative_to(root) and path.name not in {"", ".", ".."}
        if not inside or place in {root, trash} or trash in place.parents:
            raise UsageProblem(
                f"{path} does not lie inside {self._root}: it will not be deleted",
                next_step="name the directory that really holds it (the path may lead through a link)",
            )


def empty_leftovers(root: Path) -> bool:
    """Delete what a killed run left in the trash of `root`; returns whether there was any.

    Raises Unavailable, or UsageProblem where the trash is not a directory.
    """
    directory = root / DIRECTORY_NAME
    if not _refuse_impostor(directory):
        return False
    _empty(directory)
    return True


def _refuse_impostor(directory: Path) -> bool:
    """Return whether the trash exists. Raises UsageProblem where its name belongs to a link or a file."""
    try:
        status = directory.lstat()
    except FileNotFoundError:
        return False
    if not stat.S_ISDIR(status.st_mode):
        raise UsageProblem(
            f"{directory} is not a directory of ours but a link or a file",
            next_step=f"look at it, then remove it: rm {directory}",
        )
    return True


def _empty(directory: Path) -> None:
    with explained("empty", directory), contextlib.suppress(FileNotFoundError):
        _delete(directory)


def _delete(path: Path) -> None:
    """Delete a file, a link itself, or a tree however deep; what is gone already is fine."""
    try:
        is_tree = stat.S_ISDIR(path.lstat().st_mode)
    except FileNotFoundError:
        return
    if not is_tree:
        with contextlib.suppress(FileNotFoundError):
            operation.unlink(path)
        return
    pending = [(os.fspath(path), False)]
    while pending:
        directory, is_empty = pending.pop()
        with contextlib.suppress(FileNotFoundError):
            if is_empty:
                operation.rmdir(Path(directory))
            else:
                pending.append((directory, True))
                pending += [(inner, False) for inner in _without_files(directory)]


def _without_files(directory: str) -> list[str]:
    """Delete all in a directory that is no directory itself, and return the rest."""
    wanted = stat.S_IRWXU
    mode = stat.S_IMODE(os.lstat(directory).st_mode)
    if mode & wanted != wanted:
        # A directory without write permission keeps what is in it (not from root).
        operation.chmod(Path(directory), mode | wanted)
    inner: list[str] = []
    with os.scandir(directory) as found:
        # All names first: what is removed during a listing may hide others.
        for entry in tuple(found):
            if entry.is_dir(follow_symlinks=False):
                inner.append(entry.path)
            else:
                with contextlib.suppress(FileNotFoundError):
                    operation.unlink(entry.path)
    return inner
