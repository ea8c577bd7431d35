"""sccache's own configuration file: there a cap holds no matter which client starts the server.

The file is TOML; the cap is `size` in `[cache.disk]`, in bytes (sccache, "Configuration"). The environment
overrules it.
"""

import os
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

from cargo_hone.errors import UsageProblem

KEYS = ("cache", "disk", "size")


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
    size = values.get("cache", {}).get("disk", {}).get("size")
    return size if isinstance(size, int) else None


def pointer_path(env: Mapping[str, str]) -> Path:
    """Where the shim looks for the sccache that cargo-hone brought along (a plain line of text)."""
    home = Path(env.get("HOME") or os.path.expanduser("~"))  # noqa: PTH111
    base = Path(env["XDG_STATE_HOME"]) if env.get("XDG_STATE_HOME") else home / ".local" / "state"
    return base / "cargo-hone" / "sccache-path"
