"""A lever made for a test: it applies everywhere, and writes one key of the workspace's configuration, or nothing."""

from dataclasses import dataclass

from cargo_hone.levers.interface import Applicability, Applies, Context, Intent, TomlValue, Trial


@dataclass(frozen=True, kw_only=True)
class Planted:
    name: str = "planted"
    step: str = "levers"
    keys: tuple[str, ...] = ()
    value: str = ""
    title: str = "a planted lever"
    gives_up: str = ""

    def applicability(self, context: Context) -> Applicability:
        del context
        return Applies()

    def trial(self, context: Context) -> Trial:
        del context
        return Trial()

    def intents(self, context: Context) -> tuple[Intent, ...]:
        if not self.keys:
            return ()
        path = context.facts.root / ".cargo" / "config.toml"
        return (TomlValue(path=path, keys=self.keys, value=self.value),)
