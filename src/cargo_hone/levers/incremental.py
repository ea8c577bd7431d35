"""Incremental compilation of the members, on or off.

On, an edit compiles less; off, a compiler cache can serve members too, and nothing is written for the next time.
These two are about people's own machines; for runners there is `pipeline_incremental`.
`build.incremental` stands above the profiles' key (cargo 1.95, `Profiles::new`).
"""

from dataclasses import dataclass

from cargo_hone.edit.toml_value import render
from cargo_hone.levers.compiler_cache import config_path
from cargo_hone.levers.interface import (
    Already,
    Applicability,
    Applies,
    Context,
    Intent,
    Need,
    NotHere,
    TomlValue,
    Trial,
)
from cargo_hone.levers.moves import CLEAN, EDITS
from cargo_hone.levers.profile_keys import profile_value
from cargo_hone.model import Scenario

_KEY = ("build", "incremental")


@dataclass(frozen=True, slots=True, kw_only=True)
class Incremental:
    """`build.incremental`, one way or the other."""

    name: str
    title: str
    gives_up: str
    moves: tuple[Scenario, ...]
    is_on: bool
    step: str = "levers"
    group: str = "incremental"
    needs: tuple[Need, ...] = ()

    def applicability(self, context: Context) -> Applicability:
        """On: only where a file has switched it off. Off: only where no file says anything."""
        facts = context.facts
        override = facts.configuration.environment_override(*_KEY)
        if override is not None:
            return NotHere(reason=f"{override} in the environment overrides what a file would say")
        build = facts.configuration.setting(*_KEY)
        value = build.value if build is not None else profile_value(facts, "dev", "incremental")
        match value:
            case None:
                return Already(evidence="it is cargo's default") if self.is_on else Applies()
            case bool() if value == self.is_on:
                return Already(evidence=f"incremental is {render(value)} in a file")
            case bool():
                chosen = Already(evidence="a file switches it on: somebody has chosen it")
                return Applies() if self.is_on else chosen
            case _:
                return NotHere(reason=f"incremental is {value!r} in a file, which cargo refuses")

    def trial(self, context: Context) -> Trial:
        """The same key."""
        del context
        return Trial(config=(f"build.incremental={render(self.is_on)}",))

    def intents(self, context: Context) -> tuple[Intent, ...]:
        """`build.incremental` in the repository's configuration, which stands above every profile."""
        return (
            TomlValue(
                path=config_path(context.facts),
                keys=_KEY,
                value=self.is_on,
                comment=""
                if self.is_on
                else "a compiler cache cannot keep what is compiled incrementally",
            ),
        )


OFF = Incremental(
    name="incremental-off",
    title="no incremental compilation, so that a compiler cache can serve members too",
    gives_up="after an edit the whole crate is compiled again, not only what has changed in it",
    moves=CLEAN,
    is_on=False,
)
ON = Incremental(
    name="incremental-on",
    title="incremental compilation, where a file had switched it off",
    gives_up="members come from no compiler cache, and the sessions take disk space",
    moves=EDITS,
    is_on=True,
)
