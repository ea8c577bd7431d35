"""Asking cargo about the workspace, also where a missing wrapper makes cargo fail.

Apart from `look`, because it needs little: while cargo answers, the rest of the doctor can be imported.
"""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from cargo_hone.cargo import metadata
from cargo_hone.workspace import configuration
from cargo_hone.workspace.configuration import Configuration, Layer

WRAPPER_KEYS = (("build", "rustc-wrapper"), ("build", "rustc-workspace-wrapper"))


def known(
    manifest: Path, *, env: Mapping[str, str], flags: Sequence[str] = ()
) -> metadata.Metadata:
    """Ask cargo about the workspace. Raises as `cargo.metadata.read` and `configuration.read` do.

    A wrapper that is missing fails `cargo metadata`, too; so it is left out then, and a rule can say so.
    """
    wrappers = programs(configuration.read(manifest.parent, env=env))
    if any(found is None for found in wrappers.values()):
        # Empty means none (cargo book, "Environment variables").
        env = {**env, "RUSTC_WRAPPER": "", "RUSTC_WORKSPACE_WRAPPER": ""}
    return metadata.read(manifest, env=env, flags=flags)


def programs(layers: Configuration) -> dict[str, Path | None]:
    """Return the wrappers that are in effect, as written, with where each is found (None: nowhere)."""
    found: dict[str, Path | None] = {}
    for keys in WRAPPER_KEYS:
        setting = layers.setting(*keys)
        if setting is None or not isinstance(setting.value, str) or not setting.value:
            continue
        found[setting.value] = _found(setting.value, setting.layer, layers.env)
    return found


def _found(wrapper: str, layer: Layer | None, env: Mapping[str, str]) -> Path | None:
    """Find a wrapper as cargo does: by PATH without a slash, else relative to the directory of the file's `.cargo`."""
    if "/" not in wrapper:
        named = shutil.which(wrapper, path=env.get("PATH", ""))
        return Path(named) if named else None
    place = layer.base / wrapper if layer is not None else Path(wrapper)
    named = shutil.which(str(place))
    return Path(named) if named else None
