"""What history gets to know of a measuring run: what was measured, where, with which settings in effect."""

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cargo_hone import __version__
from cargo_hone.cargo import toolchain
from cargo_hone.history.database import Database
from cargo_hone.history.environment import Environment
from cargo_hone.history.record import Recorder
from cargo_hone.history.run import FactKey, RunKind, Subject
from cargo_hone.measure.edited_crates import EditedCrate
from cargo_hone.measure.scenarios import Recipe
from cargo_hone.model import Scenario, Variant
from cargo_hone.workspace import revision
from cargo_hone.workspace.configuration import Configuration

_TABLES = ("build", "profile", "target", "unstable")
"""What decides how long a build takes. Not `env`, `http`, `registries`: they may hold tokens."""
_VARIABLES = re.compile(
    r"RUSTFLAGS|RUSTC|RUSTC_WRAPPER|RUSTC_WORKSPACE_WRAPPER|RUSTC_BOOTSTRAP|RUSTUP_TOOLCHAIN|RUSTDOCFLAGS"
    r"|CARGO_INCREMENTAL|CARGO_ENCODED_RUSTFLAGS|CARGO_(BUILD|PROFILE|TARGET|UNSTABLE)_[A-Z0-9_]+"
    r"|CARGO_HOME|MAKEFLAGS|CC|CXX|CFLAGS|CXXFLAGS"
)


def start(
    database: Database,
    *,
    root: Path,
    env: Mapping[str, str],
    variants: Sequence[Variant],
    label: str,
    seed: int,
    observed: Environment,
) -> Recorder:
    """Begin a run of its own kind: it does not take the place of the last optimization in the reports.

    `observed` is the machine as it was before the first build.
    """
    at = revision.read(root, env=env)
    known = toolchain.read(root, env=env)
    return Recorder.start(
        database,
        subject=Subject(
            workspace_root=root,
            git_commit=at.commit,
            git_dirty=at.dirty,
            rustc_version=known.rustc,
            cargo_version=known.cargo,
            tool_version=__version__,
            seed=seed,
        ),
        environment=observed,
        variants=variants,
        kind=RunKind.MEASURE,
        label=label,
    )


def keep_settings(
    recorder: Recorder,
    *,
    command: str,
    place: str,
    recipes: Sequence[Recipe],
    configuration: Configuration,
    root: Path,
) -> None:
    """Write down how the run was called, what each scenario did, and the settings of cargo that were in effect."""
    recorder.fact(FactKey.COMMAND, command)
    recorder.fact("measured in", place)
    for recipe in recipes:
        recorder.fact(f"{recipe.scenario} is", recipe.about)
    recorder.fact("configuration", json.dumps(in_effect(configuration, root), sort_keys=True))


def keep_edited(recorder: Recorder, edited: EditedCrate) -> None:
    """Write down which function is edited, and why that one."""
    keys = {Scenario.EDIT_ROOT: FactKey.EDIT_ROOT, Scenario.EDIT_LEAF: FactKey.EDIT_LEAF}
    key = keys.get(edited.scenario) if isinstance(edited.scenario, Scenario) else None
    recorder.fact(key or edited.scenario, edited.member)
    recorder.fact(
        f"{edited.scenario} edits", f"function {edited.function} in {edited.path}: {edited.why}"
    )


def in_effect(configuration: Configuration, root: Path) -> dict[str, Any]:
    """Return the settings that decide how long builds take, by where they come from, the strongest first."""
    files = {
        str(layer.path): {name: layer.values[name] for name in _TABLES if name in layer.values}
        for layer in configuration.layers
    }
    manifest = tomllib.loads((root / "Cargo.toml").read_bytes().decode("utf-8-sig"))
    return {
        "environment": {
            name: value for name, value in configuration.env.items() if _VARIABLES.fullmatch(name)
        },
        "files": {path: values for path, values in files.items() if values},
        "profiles": manifest.get("profile", {}),
    }
