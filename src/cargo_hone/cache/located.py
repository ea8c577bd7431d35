"""Finding an engine's executable on PATH, and asking it for its version."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from cargo_hone.cache.interface import Engine, EngineLocation
from cargo_hone.errors import ToolMissing
from cargo_hone.proc import run

_LIMIT_S = 15.0


def on_path(
    name: str, env: Mapping[str, str], *, store_variable: str = ""
) -> EngineLocation | None:
    """Find a program on PATH that answers `--version` with its name and version; None where there is none.

    `store_variable` names the variable for the store's place: asking the version must not make a store in the home.
    """
    found = shutil.which(name, path=env.get("PATH", ""))
    if found is None:
        return None
    with tempfile.TemporaryDirectory(prefix="hone-", ignore_cleanup_errors=True) as elsewhere:
        asked = {**env, store_variable: elsewhere} if store_variable else env
        finished = run([found, "--version"], env=asked, timeout_s=_LIMIT_S)
    words = finished.text.split()
    if not finished.ok or len(words) < 2:
        return None
    return EngineLocation(path=Path(found), origin="PATH", version=words[1])


def require(engine: Engine, env: Mapping[str, str]) -> EngineLocation:
    """Return where the engine is, or raise ToolMissing with the command that installs it."""
    location = engine.locate(env)
    if location is None:
        raise ToolMissing(
            f"{engine.name} is not installed",
            next_step=f"install it (`{engine.install}`), then run again",
        )
    return location
