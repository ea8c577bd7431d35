"""Finding an engine's executable on PATH, and asking it for its version."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from cargo_hone.cache.interface import Engine, EngineLocation
from cargo_hone.errors import ToolMissing, Unavailable
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
        words = version(Path(found), asked)
    if len(words) < 2:
        return None
    return EngineLocation(path=Path(found), origin="PATH", version=words[1])


def version(path: Path, env: Mapping[str, str]) -> list[str]:
    """The words that `--version` prints; none for what cannot be run (a program for another machine) or fails."""
    try:
        finished = run([path, "--version"], env=env, timeout_s=_LIMIT_S)
    except (ToolMissing, OSError):
        return []
    return finished.text.split() if finished.ok else []


def require(engine: Engine, env: Mapping[str, str]) -> EngineLocation:
    """Return where the engine is, or raise ToolMissing with the command that installs it."""
    location = engine.locate(env)
    if location is None:
        raise ToolMissing(
            f"{engine.name} is not installed",
            next_step=f"install it (`{engine.install}`), then run again",
        )
    return location


@contextlib.contextmanager
def understood(name: str) -> Iterator[None]:
    """Raise Unavailable where an engine's answer is not the one that we know: another version may answer otherwise."""
    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unavailable(
            f"what {name} says of itself is not understood ({type(error).__name__}: {error})",
            next_step=f"report it with the version of {name}",
        ) from error
