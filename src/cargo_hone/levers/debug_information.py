"""Less debug information: what backtraces need for the members, none for dependencies.

Writing, copying and linking debug information is a large part of a dev build's time and most of its bytes; few
people step through their dependencies in a debugger. (Cargo book, "Profiles"; levels as of cargo 1.71.)
"""

from dataclasses import dataclass
from pathlib import Path

from cargo_hone.levers.compiler_cache import config_path
from cargo_hone.levers.interface import (
    Already,
    Applicability,
    Applies,
    Context,
    Intent,
    NotHere,
    TomlValue,
    Trial,
)
from cargo_hone.levers.shared_target import separate
from cargo_hone.workspace.facts import WorkspaceFacts

_MEMBERS = "line-tables-only"


@dataclass(frozen=True, slots=True)
class DebugInformation:
    """`profile.dev.debug` for members, none for dependencies, and a profile that has it all."""

    name: str = "debug"
    title: str = "line tables for members, no debug information for dependencies"
    step: str = "levers"
    gives_up: str = (
        "variables in the debugger, and file and line of dependencies' frames in backtraces"
        " (use --profile debugging)"
    )

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
        return Trial(
            config=(
                f'profile.dev.debug="{_MEMBERS}"',
                'profile.dev.package."*".debug=false',
            )
        )

    def intents(self, context: Context) -> tuple[Intent, ...]:
        """The dev profile where it reaches every package that shares the target, and `profile.debugging`."""
        facts = context.facts
        place = profile_file(facts)
        dev = (
            TomlValue(
                path=place,
                keys=("profile", "dev", "debug"),
                value=_MEMBERS,
                comment="backtraces keep file and line; `--profile debugging` has all of it",
            ),
            TomlValue(path=place, keys=("profile", "dev", "package", "*", "debug"), value=False),
        )
        if "debugging" in facts.root_manifest.get("profile", {}):
            return dev  # The user's own profile of that name stays as it is.
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


def profile_file(facts: WorkspaceFacts) -> Path:
    """Where the dev profile is set.

    A manifest's profiles hold for its own workspace only. Excluded packages that share the target directory would
    go on building the same dependencies with other flags, a second set on disk; the configuration file reaches
    both. It is used as well where it sets the key already, because it wins over the manifest.
    """
    in_config = facts.configuration.setting("profile", "dev", "debug")
    if separate(facts) or (in_config is not None and in_config.layer is not None):
        return config_path(facts)
    return facts.manifest
