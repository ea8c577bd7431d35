"""A rival of sccache as the compiler cache, where cargo's configuration can switch it on.

For the user alone: a wrapper in the repository's file that is missing breaks every build, and these have no shim. mbx
takes cargo's place on PATH, which no file can say; kache is only known by name.
"""

from dataclasses import dataclass

from cargo_hone.cache.engines import engine_named
from cargo_hone.cache.interface import EngineLocation
from cargo_hone.cache.scope import KEY
from cargo_hone.levers import wrapper
from cargo_hone.levers.build_dir import user_config
from cargo_hone.levers.interface import (
    Applicability,
    Applies,
    Context,
    Intent,
    Need,
    NotHere,
    TomlValue,
    Trial,
)
from cargo_hone.levers.moves import CLEAN
from cargo_hone.model import Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherCache:
    """`build.rustc-wrapper` in the user's own configuration, by the program's full path."""

    name: str
    title: str
    gives_up: str
    needs: tuple[Need, ...]
    step: str = "levers"
    group: str = "compiler-cache"
    moves: tuple[Scenario, ...] = CLEAN

    def applicability(self, context: Context) -> Applicability:
        """Where it is installed and no wrapper is set."""
        place = self._located(context)
        found = wrapper.in_the_way(
            context.facts, is_wanted=lambda value: place is not None and value == str(place.path)
        )
        if found is not None:
            return found
        if place is None:
            engine = engine_named(self.name)
            how = f" ({engine.install})" if engine is not None else ""
            return NotHere(reason=f"{self.name} is not installed{how}")
        return Applies(cautions=("it holds for every workspace that you build on this machine",))

    def trial(self, context: Context) -> Trial:
        """The engine's own private store."""
        del context
        return Trial(engine=self.name)

    def intents(self, context: Context) -> tuple[Intent, ...]:
        """The wrapper's full path in the cargo home, where a relative one would mean something else."""
        place = self._located(context)
        if place is None:
            return ()
        return (TomlValue(path=user_config(context.facts), keys=KEY, value=str(place.path)),)

    def _located(self, context: Context) -> EngineLocation | None:
        engine = engine_named(self.name)
        return engine.locate(context.facts.env) if engine is not None else None


ZCCACHE = OtherCache(
    name="zccache",
    title="zccache as the compiler cache, for you alone",
    gives_up="incremental compilation, and builds where its daemon cannot start: it does not fall back to the"
    " compiler; its licence is AGPL-3.0-only",
    needs=(Need.ZCCACHE,),
)
