"""What a path in a manifest may be: it may come from a remote, and something is written or read there."""

import re

_IN_SESSION = re.compile(rb"((?:.*/)?incremental/[^/]+/s-[^/]+)(?:/|$)")


def require_inside(path: bytes) -> None:
    """Raise ValueError for a path that leads out of a target directory."""
    parts = path.split(b"/")
    if not path or b"\0" in path or path.startswith(b"/") or {b"", b".", b".."} & set(parts):
        raise ValueError(f"{path!r} does not lie inside of a target directory")


def require_input(path: bytes) -> None:
    """Raise ValueError for what cannot be an input's path: one that climbs after it has gone down."""
    climbs_late = b".." in path.split(b"/")[_climbs(path) :]
    if b"\0" in path or (climbs_late and not path.startswith(b"/")):
        raise ValueError(f"{path!r} is no path")


def _climbs(path: bytes) -> int:
    """How many `..` a relative path begins with: path dependencies may lie beside the workspace."""
    parts = path.split(b"/")
    return next((i for i, part in enumerate(parts) if part != b".."), len(parts))


def session_of(path: bytes) -> bytes:
    """The incremental session that a file or directory belongs to, or b"": most belong to none."""
    if b"incremental/" in path and (match := _IN_SESSION.match(path)):
        return match[1]
    return b""
