"""A path and a time as the history keeps them."""

from datetime import UTC, datetime
from pathlib import Path


def utc_now() -> str:
    """Return the time as the history keeps it: UTC, ISO 8601, milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def as_text(path: Path) -> str:
    """Return a path as SQLite can hold it, whatever bytes are in it."""
    return str(path).encode(errors="surrogateescape").decode(errors="backslashreplace")
