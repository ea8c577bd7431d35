"""The `sh` shim that a repository commits: the compiler through the cache, or alone where there is none."""

import re
from importlib import resources
from pathlib import Path

from cargo_hone.cache.capacity import Capacity

# The stem makes the cc crate use the wrapper for C and C++ as well.
RELATIVE_PATH = ".cargo/hone/sccache"
_MARK = b"#!/bin/sh\n# Written by cargo-hone"
_BEGINNING_BYTES = 4096
_CAP = re.compile(rb"^hone_cap='(\d+)K'$", re.MULTILINE)


def text(capacity: Capacity) -> bytes:
    """Return the shim's bytes with the cache size that it sets where nobody else does."""
    template = resources.files("cargo_hone.cache").joinpath("sccache.sh").read_text("utf-8")
    return template.replace("@CAP@", capacity.sccache_env).encode()


def is_ours(path: Path) -> bool:
    """Whether a file is the shim, of whichever version."""
    return _beginning(path).startswith(_MARK)


def capacity(path: Path) -> Capacity | None:
    """The cache size that the shim at `path` sets; None for a file that is no shim, or is not there."""
    content = _beginning(path)
    found = _CAP.search(content) if content.startswith(_MARK) else None
    return Capacity(size_bytes=int(found[1]) * 1024) if found else None


def _beginning(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_BEGINNING_BYTES)
    except OSError:
        return b""
