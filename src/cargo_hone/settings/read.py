"""Reading the settings: the file, then the environment above it."""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_origin

import msgspec

from cargo_hone.errors import UsageProblem
from cargo_hone.files import atomic
from cargo_hone.settings.model import Settings

FILE = Path(".config") / "hone.toml"


def read(root: Path, env: Mapping[str, str]) -> Settings:
    """Return the settings of the workspace at `root`.

    Raises UsageProblem for a file that is not TOML, a key or a value that is not known (the message names the
    place), Unavailable for a file that cannot be read.
    """
    path = root / FILE
    content = atomic.read(path)
    try:
        data = tomllib.loads(content.decode("utf-8-sig")) if content is not None else {}
    except ValueError as error:
        raise UsageProblem(
            f"{FILE} is not valid TOML: {error}", next_step="correct it, then run the command again"
        ) from error
    settings = _converted(data, str(FILE))
    overrides = {keys: env[name] for name, keys in twins() if name in env}
    if not overrides:
        return settings
    for keys, text in overrides.items():
        settings = _overridden(data, keys, text)
    return settings


def twins() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each environment twin with the path of its key."""
    return ((twin(keys), keys) for keys in _keys(Settings, ()))


def twin(keys: tuple[str, ...]) -> str:
    """Return the environment variable that stands for a key: `HONE_DISK_CI_WARN` for `disk.ci.warn`."""
    return "_".join(("HONE", *keys)).upper().replace("-", "_")


def _keys(table: type[msgspec.Struct], above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for field in msgspec.structs.fields(table):
        here = (*above, field.encode_name)
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            yield from _keys(field.type, here)
        elif get_origin(field.type) is not dict:  # tables of any name have no twin
            yield here


def _overridden(data: dict[str, Any], keys: tuple[str, ...], text: str) -> Settings:
    """Put a variable's text into `data`: as the text that it is, or else as the value that TOML reads in it."""
    table = data
    for key in keys[:-1]:
        table = table.setdefault(key, {})
    where = f"the environment variable {twin(keys)}"
    table[keys[-1]] = text
    try:
        return _converted(data, where)
    except UsageProblem:
        value = _from_text(text)
        if isinstance(value, str):
            raise
        table[keys[-1]] = value
        return _converted(data, where)


def _from_text(text: str) -> Any:
    """Return what TOML reads in a text: `true`, a number, a list; the text itself where it is none of them."""
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except ValueError:
        return text
    return value if isinstance(value, (bool, int, float, list)) else text


def _converted(data: dict[str, Any], where: str) -> Settings:
    try:
        return msgspec.convert(data, Settings)
    except msgspec.ValidationError as error:
        raise UsageProblem(
            f"{where}: {error}",
            next_step="docs/reference/settings.md lists the keys; correct it, then run the command again",
        ) from error
