"""Paths that are bytes, for people."""


def shown_path(path: bytes) -> str:
    """Return a path as people read it, whatever bytes it has."""
    return path.decode(errors="backslashreplace")
