"""kache, listed where it is installed. Version 2.0 could not be tried (a yanked dependency), so it is not measured."""

from collections.abc import Mapping
from dataclasses import dataclass

from cargo_hone.cache.interface import EngineLocation
from cargo_hone.cache.located import on_path


@dataclass(frozen=True, slots=True)
class Kache:
    """Found or not found, and no more: nothing is claimed of it that nobody has seen."""

    name: str = "kache"

    def locate(self, env: Mapping[str, str]) -> EngineLocation | None:
        """Find it on PATH."""
        return on_path(self.name, env)
