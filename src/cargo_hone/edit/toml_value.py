"""TOML values: what may be written, how it is written, and when two are the same."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

TomlValue: TypeAlias = "bool | int | float | str | Sequence[TomlValue] | Mapping[str, TomlValue]"
"""What an edit can write. Dates are read and kept, never written."""

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_LITERAL_TEXT = re.compile(r"[^'\x00-\x08\x0a-\x1f\x7f]*")


def plain(value: object) -> object:
    """Return a value as a TOML parser would give it: sequences as lists, mappings as dicts."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, Sequence):
        return [plain(inner) for inner in value]
    return value


def same(one: object, other: object) -> bool:
    """Whether two parsed values are the same to a reader of TOML: 1, 1.0 and true are three things."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        # 0.0 and -0.0, nan and nan: repr knows.
        return repr(one) == repr(other)
    return type(one) is type(other) and one == other


def render(value: object, *, like: str = "") -> str:
    """Write a plain value on one line; a string takes the quotes of `like` (the old text) where it can.

    Raises TypeError for what TOML, or this writer, has no form for.
    """
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return _float(value)
        case str():
            return _string(value, literal=like.startswith("'"))
        case list():
            return "[" + ", ".join(map(render, value)) + "]"
        case dict():
            pairs = [f"{render_key((key,))} = {render(inner)}" for key, inner in value.items()]
            return "{ " + ", ".join(pairs) + " }" if pairs else "{}"
        case _:
            raise TypeError(f"no way to write a {type(value).__name__} in TOML")


def render_key(keys: Sequence[str]) -> str:
    """Write a (dotted) key, quoted only where it must be."""
    return ".".join(key if _BARE_KEY.fullmatch(key) else _string(key) for key in keys)


def _float(value: float) -> str:
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return repr(value)


def _string(value: str, *, literal: bool = False) -> str:
    if literal and _LITERAL_TEXT.fullmatch(value):
        return f"'{value}'"
    # JSON's escapes are a part of TOML's, and it leaves only DEL as it is, which TOML does not allow.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
