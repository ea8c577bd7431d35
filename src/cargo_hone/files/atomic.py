"""Files change as a whole or not at all: a temporary file beside the old one, forced to disk, then renamed."""

import contextlib
import errno
import os
import stat
from pathlib import Path

from cargo_hone.files import operation
from cargo_hone.files.failure import explained

_NEW_FILE_MODE = 0o666
_PRIVATE_MODE = 0o600


def read(path: Path) -> bytes | None:
    """Return the content of the file that `path` leads to, or None where there is none.

    Raises Unavailable where there is one that cannot be read (a directory, no permission).
    """
    with explained("read", path):
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None


def permissions(path: Path) -> int | None:
    """Return the permission bits of the file that `path` leads to, or None where there is none."""
    with explained("look at", path):
        try:
            return stat.S_IMODE(path.stat().st_mode)
        except FileNotFoundError:
            return None


def replace(path: Path, content: bytes, *, mode: int | None = None) -> None:
    """Make `content` the content of `path`, in one step for whoever looks or wherever the power fails.

    A symbolic link stays one: the file it finally leads to is replaced. `mode` are the permission bits; None
    keeps those of the existing file, or takes the umask's for a new one. The owner is kept where we may give
    files away. Raises Unavailable (no directory, permission or space; read-only).
    """
    with explained("write", path):
        final = Path(os.path.realpath(path))
        try:
            old = final.stat()
        except FileNotFoundError:
            old = None
        if old is not None and stat.S_ISDIR(old.st_mode):
            raise IsADirectoryError(errno.EISDIR, "there is a directory of that name")
        temporary = _temporary_for(final)
        try:
            _write_new(temporary, content, mode=mode, old=old)
            operation.rename(temporary, final)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                operation.unlink(temporary)
            raise
        operation.sync_directory(final.parent)


def _write_new(path: Path, content: bytes, *, mode: int | None, old: os.stat_result | None) -> None:
    if mode is None and old is not None:
        mode = stat.S_IMODE(old.st_mode)
    # What may be secret must not be readable by others even for the moment before its mode is set.
    descriptor = operation.create(path, _NEW_FILE_MODE if mode is None else _PRIVATE_MODE)
    try:
        operation.write(descriptor, content, path)
        if old is not None and (old.st_uid, old.st_gid) != _owner(descriptor):
            # Only root may give files away; somebody else's file that we may replace becomes ours.
            with contextlib.suppress(PermissionError):
                operation.chown(descriptor, old.st_uid, old.st_gid, path)
        if mode is not None:
            operation.chmod_open(descriptor, mode, path)
        operation.sync(descriptor, path)
    finally:
        os.close(descriptor)


def _owner(descriptor: int) -> tuple[int, int]:
    status = os.fstat(descriptor)
    return status.st_uid, status.st_gid


def remove(path: Path) -> bool:
    """Remove a file (of a symbolic link only the link); returns whether there was one. Raises Unavailable."""
    with explained("remove", path):
        try:
            operation.unlink(path)
        except FileNotFoundError:
            return False
        operation.sync_directory(path.parent)
        return True


def missing_parents(path: Path) -> list[Path]:
    """Return the directories that must be made before `path` can be written, the outermost first."""
    missing: list[Path] = []
    for parent in path.parents:
        if parent.is_dir():
            break
        missing.append(parent)
    missing.reverse()
    return missing


def create_parents(path: Path) -> list[Path]:
    """Make the directories above `path` that are missing and return them, the outermost first.

    Raises Unavailable.
    """
    missing = missing_parents(path)
    for directory in missing:
        with explained("make the directory", directory):
            operation.mkdir(directory)
            operation.sync_directory(directory.parent)
    return missing


def remove_if_empty(directory: Path) -> bool:
    """Remove a directory unless something is in it; returns whether it is gone. Raises Unavailable."""
    with explained("remove the directory", directory):
        try:
            with os.scandir(directory) as found:
                if next(found, None) is not None:
                    return False
            operation.rmdir(directory)
        except FileNotFoundError:
            return True
        operation.sync_directory(directory.parent)
        return True


def remove_leftovers(path: Path) -> int:
    """Remove temporary files that a killed `replace` of `path` left beside it; returns how many.

    Raises Unavailable.
    """
    final = Path(os.path.realpath(path))
    found = list(final.parent.glob(f"{_stem_for(final)}*.tmp")) if final.parent.is_dir() else []
    for leftover in found:
        remove(leftover)
    return len(found)


def _stem_for(final: Path) -> str:
    import hashlib  # noqa: PLC0415 - 3 ms that who only reads shall not pay

    # A hash, because the name itself plus an ending might be longer than a file system allows.
    return f".hone-{hashlib.sha256(os.fsencode(final.name)).hexdigest()[:12]}-"


def _temporary_for(final: Path) -> Path:
    import secrets  # noqa: PLC0415 - as above

    return final.with_name(f"{_stem_for(final)}{secrets.token_hex(4)}.tmp")
