"""Less debug information: what backtraces need for the members, none for dependencies.

Writing, copying and linking debug information is a large part of a dev build's time and most of its bytes; few
people step through their dependencies in a debugger. (Cargo book, "Profiles"; levels as of cargo 1.71.)
"""

from dataclasses import dataclass
from pathlib import Path

from cargo_hone.edit.toml_value import render
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
from cargo_hone.levers.profile_keys import place_of
from cargo_hone.model import Scenario
from cargo_hone.workspace.facts import WorkspaceFacts

Level = str | bool | int


@dataclass(frozen=True, slots=True)
class DebugInformation:
    """`profile.dev.debug` for members, a level for dependencies, and a profile that has it all.

    `members` is None where they keep what they have.
    """

    name: str = "debug"
    title: str = "line tables for members, no debug information for dependencies"
    step: str = "levers"
    gives_up: str = (
        "variables in the debugger, and file and line of dependencies' frames in backtraces"
        " (use --profile debugging)"
    )
    members: Level | None = "line-tables-only"
    dependencies: Level = False
    group: str = "debug"
    moves: tuple[Scenario, ...] = (*CLEAN, *EDITS)
    needs: tuple[Need, ...] = ()

    def applicability(self, context: Context) -> Applicability:
        """Applies where cargo's default (full) or full is in effect for the dev profile."""
        facts = context.facts
        override = facts.configuration.environment_override("profile", "dev", "debug")
        if override is not None:
            return NotHere(reason=f"{override} in the environment overrides what a file would say")
        level = facts.dev_profile("debug")
        # `is True`: Python's True equals 1, and `debug = 1` is less than full.
        if not (level is None or level is True or level in (2, "full")):
            return Already(evidence=f"profile.dev.debug is {level!r}: somebody has chosen it")
        return Applies()

    def trial(self, context: Context) -> Trial:
        """The same keys as `--config` values; they mean the same units to cargo as the files do."""
        del context
        config = [f'profile.dev.package."*".debug={render(self.dependencies)}']
        if self.members is not None:
            config.insert(0, f"profile.dev.debug={render(self.members)}")
        return Trial(config=tuple(config))

    def intents(self, context: Context) -> tuple[Intent, ...]:
        """The dev profile where it reaches every package that shares the target, and `profile.debugging`."""
        facts = context.facts
        place = profile_file(facts)
        dev: list[Intent] = []
        if self.members is not None:
            dev.append(
                TomlValue(
                    path=place,
                    keys=("profile", "dev", "debug"),
                    value=self.members,
                    comment=_comment(self.members),
                )
            )
        dev.append(
            TomlValue(
                path=place,
                keys=("profile", "dev", "package", "*", "debug"),
                value=self.dependencies,
            )
        )
        if "debugging" in facts.root_manifest.get("profile", {}):
            return tuple(dev)  # The user's own profile of that name stays as it is.
        return (
            *dev,
            TomlValue(
                path=facts.manifest,
                keys=("profile", "debugging", "inherits"),
                value="dev",
                comment="full debug information: cargo build --profile debugging",
            ),
            TomlValue(path=facts.manifest, keys=("profile", "debugging", "debug"), value=2),
            TomlValue(
                path=facts.manifest,
                keys=("profile", "debugging", "package", "*", "debug"),
                value=2,
            ),
        )


LINE_TABLES = DebugInformation()
NONE = DebugInformation(
    name="debug-none",
    title="no debug information at all",
    gives_up="the debugger, and file and line of every frame in backtraces (use --profile debugging)",
    members=False,
)
LIMITED = DebugInformation(
    name="debug-limited",
    title="debug level 1 for members, no debug information for dependencies",
    members=1,
)
DEPENDENCIES = DebugInformation(
    name="debug-dependencies",
    title="no debug information for dependencies; members keep theirs",
    gives_up="stepping into dependencies, and file and line of their frames (use --profile debugging)",
    members=None,
    moves=CLEAN,
)


def profile_file(facts: WorkspaceFacts) -> Path:
    """Where the dev profile is set: see `profile_keys.place_of`."""
    return place_of(facts, "dev", "debug")


def _comment(members: Level) -> str:
    kept = "" if members is False else "backtraces keep file and line; "
    return f"{kept}`--profile debugging` has all of it"
