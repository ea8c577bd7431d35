"""The compiler wrappers that cargo is told to use, and where they are found."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from cargo_hone.workspace.configuration import Configuration, Layer

WRAPPER_KEYS = (("build", "rustc-wrapper"), ("build", "rustc-workspace-wrapper"))


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
