"""sccache's own configuration file: there a cap holds no matter which client starts the server.

The file is TOML; the cap is `size` in `[cache.disk]`, in bytes (sccache, "Configuration"). The environment
overrules it.
"""

import os
import re
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.cache.capacity import Capacity
from cargo_hone.errors import UsageProblem

KEYS = ("cache", "disk", "size")
DEFAULT_BYTES = 10 * 2**30
"""What sccache (0.16) takes where nobody says anything."""
_OURS = "cargo-hone's default"
_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """The size, in bytes, that a server started in some environment gets, and who says so."""

    size_bytes: int
    origin: str


def path(env: Mapping[str, str]) -> Path:
    """Where sccache 0.16 looks for its configuration with this environment."""
    if env.get("SCCACHE_CONF"):
        return Path(env["SCCACHE_CONF"])
    home = Path(env.get("HOME") or os.path.expanduser("~"))  # noqa: PTH111 - env may lack HOME
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "Mozilla.sccache" / "config"
    base = Path(env["XDG_CONFIG_HOME"]) if env.get("XDG_CONFIG_HOME") else home / ".config"
    return base / "sccache" / "config"


def configured_size(env: Mapping[str, str]) -> int | None:
    """The cap in bytes that the configuration file sets now; None where it sets none.

    Raises UsageProblem for a file that is not TOML: sccache would refuse it as well.
    """
    place = path(env)
    try:
        values = tomllib.loads(place.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        return None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageProblem(
            f"{place} is not valid TOML: {error}",
            next_step="mend that line (sccache refuses the file as well), then run again",
        ) from error
    found: object = values
    for key in KEYS:
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, int) else None


def size_in_environment(env: Mapping[str, str]) -> int | None:
    """The cap in bytes that SCCACHE_CACHE_SIZE sets; None where it sets none.

    sccache (0.16) reads digits and one of K, M, G, T, which are powers of 1024; anything else (`10GB`) it ignores.
    """
    match = re.fullmatch(r"(\d+)([KMGT]?)", env.get("SCCACHE_CACHE_SIZE", ""), re.IGNORECASE)
    if match is None:
        return None
    return int(match[1]) * _UNITS[match[2].upper()]


def cap(env: Mapping[str, str], default: Capacity) -> Cap:
    """The cap of a server that is started with this environment through the shim, or by cargo-hone.

    Both set `default` where the environment says nothing and there is no file. Where SCCACHE_DIR is set, sccache
    (0.16) takes nothing about the disk from its file, the size neither. Raises UsageProblem as `configured_size`.
    """
    given = size_in_environment(env)
    if given is not None:
        return Cap(size_bytes=given, origin="SCCACHE_CACHE_SIZE")
    if _is_set_by_us(env):
        return Cap(size_bytes=default.size_bytes, origin=_OURS)
    size_bytes = None if env.get("SCCACHE_DIR") else configured_size(env)
    if size_bytes is not None:
        return Cap(size_bytes=size_bytes, origin=str(path(env)))
    return Cap(size_bytes=DEFAULT_BYTES, origin="sccache's own default")


def server_environment(env: Mapping[str, str], default: Capacity) -> dict[str, str]:
    """The environment to start a server with, so that `cap` holds for it."""
    own = dict(env)
    if _is_set_by_us(env):
        own["SCCACHE_CACHE_SIZE"] = default.sccache_env
    return own


def _is_set_by_us(env: Mapping[str, str]) -> bool:
    """As in the shim (sccache.sh): where the variable is free, and no file can set the size, or there is none."""
    if env.get("SCCACHE_CACHE_SIZE"):
        return False
    return bool(env.get("SCCACHE_DIR")) or not path(env).exists()


def pointer_path(env: Mapping[str, str]) -> Path:
    """Where the shim looks for the sccache that cargo-hone brought along (a plain line of text)."""
    home = Path(env.get("HOME") or os.path.expanduser("~"))  # noqa: PTH111
    base = Path(env["XDG_STATE_HOME"]) if env.get("XDG_STATE_HOME") else home / ".local" / "state"
    return base / "cargo-hone" / "sccache-path"
