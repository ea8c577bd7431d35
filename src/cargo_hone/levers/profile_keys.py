"""A lever that is some keys of cargo's profiles: whether somebody has chosen them, the trial, and the edit."""

from dataclasses import dataclass
from pathlib import Path

from cargo_hone.edit.toml_value import render, render_key
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
from cargo_hone.levers.shared_target import separate
from cargo_hone.model import Scenario
from cargo_hone.workspace.facts import WorkspaceFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileKey:
    """A key below `profile` and the value that it is to have; `defaults` are values that the lever may replace.

    Where nobody sets the key, cargo takes that of `inherited`, if there is one, and without any the value `implied`.
    """

    keys: tuple[str, ...]
    value: str | bool | int
    defaults: tuple[str | bool | int, ...] = ()
    inherited: tuple[str, ...] = ()
    implied: str | bool | int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileKeys:
    """Profile keys that go together. One that somebody has set to something else stays, and so do the others."""

    name: str
    title: str
    gives_up: str
    settings: tuple[ProfileKey, ...]
    moves: tuple[Scenario, ...]
    group: str = ""
    needs: tuple[Need, ...] = ()
    step: str = "levers"

    def applicability(self, context: Context) -> Applicability:
        """Applies where all keys have their defaults, or the lever's value, and not all have that."""
        there = []
        for setting in self.settings:
            key = render_key(("profile", *setting.keys))
            override = context.facts.configuration.environment_override("profile", *setting.keys)
            if override is not None:
                return NotHere(
                    reason=f"{override} in the environment overrides what a file would say"
                )
            value = _in_effect(context.facts, setting)
            is_there = alike(value, setting.value)
            if not (value is None or is_there or any(alike(value, d) for d in setting.defaults)):
                return Already(evidence=f"{key} is {render(value)}: somebody has chosen it")
            if is_there:
                there.append(f"{key} is {render(value)}")
        return Already(evidence=", ".join(there)) if len(there) == len(self.settings) else Applies()

    def trial(self, context: Context) -> Trial:
        """The same keys as `--config` values."""
        del context
        return Trial(
            config=tuple(
                f"{render_key(('profile', *one.keys))}={render(one.value)}" for one in self.settings
            )
        )

    def intents(self, context: Context) -> tuple[Intent, ...]:
        """The keys, each in the file that reaches all that it is meant for."""
        return tuple(
            TomlValue(
                path=place_of(context.facts, *one.keys),
                keys=("profile", *one.keys),
                value=one.value,
            )
            for one in self.settings
        )


def _in_effect(facts: WorkspaceFacts, key: ProfileKey) -> object:
    value = profile_value(facts, *key.keys)
    if value is None and key.inherited:
        value = profile_value(facts, *key.inherited)
    return key.implied if value is None else value


def alike(one: object, other: object) -> bool:
    """Whether two plain values are the same to cargo: 1 is not true."""
    return type(one) is type(other) and one == other


def profile_value(facts: WorkspaceFacts, *keys: str) -> object:
    """A key below `profile` as files have it (configuration wins over the manifest); None where none has it."""
    setting = facts.configuration.setting("profile", *keys)
    if setting is not None:
        return setting.value
    here: object = facts.root_manifest.get("profile", {})
    for key in keys:
        if not isinstance(here, dict) or key not in here:
            return None
        here = here[key]
    return here


def place_of(facts: WorkspaceFacts, *keys: str) -> Path:
    """Where a profile key is set.

    A manifest's profiles hold for its own workspace only. Excluded packages that share the target directory would
    go on building the same dependencies with other flags, a second set on disk; the configuration file reaches
    both. It is used as well where it sets the key already, because it wins over the manifest.
    """
    in_config = facts.configuration.setting("profile", *keys)
    if separate(facts) or (in_config is not None and in_config.layer is not None):
        return config_path(facts)
    return facts.manifest
