"""cargo's layered configuration: which files and environment variables have a say, and who wins.

Order as in the Cargo book, "Configuration": `--config`, then the environment, then the nearest file, up to the
cargo home. Tables merge, scalars of the nearer layer win. `cargo config get` would know, but is nightly only.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cargo_hone.errors import UsageProblem


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One configuration file; `base` is the directory that its relative paths are relative to."""

    path: Path
    values: Mapping[str, Any]

    @property
    def base(self) -> Path:
        """The parent of `.cargo` (for the cargo home's own file: of the cargo home)."""
        return self.path.parent.parent

    def value(self, *keys: str) -> Any:
        """What this file says of a key; None where it says nothing."""
        return _lookup(self.values, keys)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A value that is in effect, and where it comes from (a file, or an environment variable's name)."""

    value: Any
    origin: str
    layer: Layer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """All layers that apply in a directory, nearest first, and the environment above them."""

    layers: tuple[Layer, ...]
    env: Mapping[str, str]

    def setting(self, *keys: str) -> Setting | None:
        """Return what is in effect for a key such as `("build", "target-dir")`; None where nobody says."""
        for variable in environment_names(keys):
            if variable in self.env:
                return Setting(value=self.env[variable], origin=variable, layer=None)
        for layer in self.layers:
            found = layer.value(*keys)
            if found is not None:
                return Setting(value=found, origin=str(layer.path), layer=layer)
        return None

    def environment_override(self, *keys: str) -> str | None:
        """The name of the environment variable that overrides files for this key, if one is set."""
        return next((name for name in environment_names(keys) if name in self.env), None)


# Variables of their own that stand beside the systematic name, and win over it.
_SHORT_NAMES: dict[tuple[str, ...], str] = {
    ("build", "rustc-wrapper"): "RUSTC_WRAPPER",
    ("build", "rustc-workspace-wrapper"): "RUSTC_WORKSPACE_WRAPPER",
    ("build", "rustflags"): "RUSTFLAGS",
    ("build", "target-dir"): "CARGO_TARGET_DIR",
    ("build", "incremental"): "CARGO_INCREMENTAL",
}


def environment_names(keys: Sequence[str]) -> tuple[str, ...]:
    """Return the environment variables that can override a key, strongest first."""
    systematic = "CARGO_" + "_".join(re.sub(r"[-.]", "_", key).upper() for key in keys)
    short = _SHORT_NAMES.get(tuple(keys))
    return (short, systematic) if short else (systematic,)


def read(directory: Path, *, env: Mapping[str, str]) -> Configuration:
    """Read all configuration files that cargo reads in `directory`.

    Raises UsageProblem for a file that is not TOML or not UTF-8.
    """
    layers: list[Layer] = []
    seen: set[Path] = set()
    candidates = [place / ".cargo" for place in (directory, *directory.parents)]
    candidates.append(cargo_home(env))
    for place in candidates:
        path = _config_in(place)
        if path is not None and path.resolve() not in seen:
            seen.add(path.resolve())
            layers.append(Layer(path=path, values=_parse(path)))
    return Configuration(layers=tuple(layers), env=env)


def nearer(root: Path, directories: Iterable[Path]) -> tuple[Layer, ...]:
    """Read the files that win over the root's own where cargo is started in one of `directories` below it.

    cargo looks from the directory it is started in upwards, so a member's own `.cargo/config.toml` counts only
    there. Raises as `read` does.
    """
    places = {
        place
        for directory in directories
        for place in (directory, *directory.parents)
        if place != root and place.is_relative_to(root)
    }
    paths = (_config_in(place / ".cargo") for place in sorted(places))
    return tuple(Layer(path=path, values=_parse(path)) for path in paths if path is not None)


def cargo_home(env: Mapping[str, str]) -> Path:
    """The cargo home: `CARGO_HOME`, or `.cargo` in the home directory."""
    named = env.get("CARGO_HOME")
    return Path(named) if named else Path(env.get("HOME", "~")).expanduser() / ".cargo"


def _config_in(place: Path) -> Path | None:
    # Where both are there, cargo reads the one without the extension and warns.
    for name in ("config", "config.toml"):
        if (place / name).is_file():
            return place / name
    return None


def _parse(path: Path) -> dict[str, Any]:
    try:
        # A byte order mark is tolerated by cargo; tomllib does not know it.
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageProblem(
            f"{path} is not valid TOML: {error}",
            next_step="mend that line (cargo refuses the file as well), then run again",
        ) from error
    except OSError as error:
        raise UsageProblem(
            f"{path} cannot be read: {error.strerror}",
            next_step="check the file's permissions, then run again",
        ) from error


def _lookup(values: Mapping[str, Any], keys: Sequence[str]) -> Any:
    here: Any = values
    for key in keys:
        if not isinstance(here, Mapping) or key not in here:
            return None
        here = here[key]
    return here
