"""All engines: the default, its rivals, and what is only listed."""

from collections.abc import Mapping
from dataclasses import dataclass

from cargo_hone.cache.interface import Engine, EngineLocation, Program
from cargo_hone.cache.kache import Kache
from cargo_hone.cache.mbx import Mbx
from cargo_hone.cache.sccache import Sccache
from cargo_hone.cache.zccache import Zccache

DEFAULT: Engine = Sccache()
RIVALS: tuple[Engine, ...] = (Mbx(), Zccache())
ENGINES: tuple[Engine, ...] = (DEFAULT, *RIVALS)
LISTED: tuple[Program, ...] = (Kache(),)
"""Known by name, but never tried by us."""
NAMES: tuple[str, ...] = tuple(engine.name for engine in (*ENGINES, *LISTED))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """A rival that is installed here."""

    engine: Engine
    location: EngineLocation


def engine_named(name: str) -> Engine | None:
    """Return the engine of that name; None for one that is only listed, or not known."""
    return next((engine for engine in ENGINES if engine.name == name), None)


def installed_rivals(env: Mapping[str, str]) -> tuple[Rival, ...]:
    """Return the rivals that are on PATH."""
    located = ((engine, engine.locate(env)) for engine in RIVALS)
    return tuple(
        Rival(engine=engine, location=location)
        for engine, location in located
        if location is not None
    )
