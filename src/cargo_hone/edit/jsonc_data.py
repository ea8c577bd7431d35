"""JSON data: paths into it, changed copies of it, when two are the same, and how it is written."""

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

Value: TypeAlias = "dict[str, Value] | list[Value] | str | int | float | bool | None"
"""What a parser returns."""

Path: TypeAlias = tuple[str | int, ...]
"""The way to a value: keys of mappings, indexes of sequences (from 0)."""

_BARE_STEP = re.compile(r"[\w-]+")
_NOT_PRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")


def shown(path: Path) -> str:
    """Write a path as people do: `jobs.build.steps[2].uses`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _BARE_STEP.fullmatch(step):
            text += f".{step}" if text else step
        else:
            text += f"[{json.dumps(step, ensure_ascii=False)}]"
    return text


def named(path: Path) -> str:
    """Write a path for a sentence."""
    return f"`{shown(path)}`" if path else "the whole document"


def at(data: Value, path: Path) -> Value:
    """Return what is at `path`. Raises ValueError where nothing is."""
    for depth, step in enumerate(path, start=1):
        match data:
            case dict() if isinstance(step, str) and step in data:
                data = data[step]
            case list() if isinstance(step, int) and 0 <= step < len(data):
                data = data[step]
            case _:
                raise ValueError(f"there is no `{shown(path[:depth])}`")
    return data


def is_there(data: Value, path: Path) -> bool:
    """Whether something (null too) is at `path`."""
    try:
        at(data, path)
    except ValueError:
        return False
    return True


def changed(data: Value, path: Path, change: Callable[[Value], Value]) -> Value:
    """Return a copy in which what is at `path` went through `change`. Raises ValueError where nothing is."""
    if not path:
        return change(data)
    step, rest = path[0], path[1:]
    at(data, path[:1])
    if isinstance(data, dict) and isinstance(step, str):
        return {**data, step: changed(data[step], rest, change)}
    if isinstance(data, list) and isinstance(step, int):
        return [*data[:step], changed(data[step], rest, change), *data[step + 1 :]]
    raise ValueError(f"there is no `{shown(path)}`")


def with_key(data: Value, path: Path, index: int, value: Value) -> Value:
    """Return a copy of the mapping `data` with a new key as its `index`-th, or of the sequence with a new item."""
    step = path[-1]

    def grown(parent: Value) -> Value:
        if isinstance(step, int):
            items = parent if isinstance(parent, list) else []
            return [*items[:index], value, *items[index:]]
        pairs = list(parent.items()) if isinstance(parent, dict) else []
        return dict([*pairs[:index], (step, value), *pairs[index:]])

    return changed(data, path[:-1], grown)


def without(data: Value, path: Path) -> Value:
    """Return a copy without the key or item at `path`. Raises ValueError where nothing is."""
    at(data, path)
    step = path[-1]

    def shrunk(parent: Value) -> Value:
        if isinstance(parent, dict):
            return {key: value for key, value in parent.items() if key != step}
        items = parent if isinstance(parent, list) else []
        return [value for number, value in enumerate(items) if number != step]

    return changed(data, path[:-1], shrunk)


def place_of_key(
    data: Value,
    path: Path,
    *,
    before: str | None = None,
    after: str | None = None,
    empty: bool = False,
) -> int:
    """Return as which of its mapping's keys a new one comes: the last, or beside the named one.

    With `empty`, null is an empty mapping. Raises ValueError and TypeError where the key cannot be one.
    """
    parent = at(data, path[:-1])
    if not path or not isinstance(path[-1], str):
        raise ValueError("its last step is no key")
    if parent is None and empty:
        parent = {}
    if not isinstance(parent, dict):
        raise TypeError(f"{named(path[:-1])} is not a mapping")
    if path[-1] in parent:
        raise ValueError("it is there already")
    if before is not None and after is not None:
        raise ValueError("it cannot be told to stand before one key and after another")
    neighbour = after if before is None else before
    if neighbour is None:
        return len(parent)
    if neighbour not in parent:
        raise ValueError(f"there is no `{shown((*path[:-1], neighbour))}` beside it")
    return list(parent).index(neighbour) + (before is None)


def place_of_item(data: Value, path: Path, index: int, *, empty: bool = False) -> int:
    """Return `index` if a new item of the sequence at `path` can have it; else raise ValueError or TypeError."""
    parent = at(data, path)
    if parent is None and empty:
        parent = []
    if not isinstance(parent, list):
        raise TypeError(f"{named(path)} is not a sequence")
    if not 0 <= index <= len(parent):
        raise ValueError(f"the sequence has only {len(parent)} items")
    return index


def same(one: Value, other: Value) -> bool:
    """Whether two values are the same, types and the order of keys too: 1, 1.0 and true are three things."""
    match one, other:
        case dict(), dict():
            return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
        case list(), list():
            return len(one) == len(other) and all(map(same, one, other))
        case float(), float():
            # 0.0 and -0.0, nan and nan: repr knows.
            return repr(one) == repr(other)
        case _:
            return type(one) is type(other) and one == other


def plain(value: object) -> Value:
    """Return a value as a parser would give it. Raises TypeError for what is no JSON data."""
    match value:
        case bool() | None:
            return value
        case str():
            return str(value)
        case int():
            return int(value)
        case float():
            return float(value)
        case Mapping():
            if not all(isinstance(key, str) for key in value):
                raise TypeError("a key is not text")
            return {str(key): plain(inner) for key, inner in value.items()}
        case Sequence():
            return [plain(inner) for inner in value]
        case _:
            raise TypeError(f"no way to write a {type(value).__name__}")


def render_string(text: str) -> str:
    """Write a string as JSON (which is YAML too), escaping only what must or what no editor shows."""
    written = json.dumps(text, ensure_ascii=False)
    return _NOT_PRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", written)


def render(value: Value) -> str:
    """Write a value as JSON on one line. Raises TypeError for numbers that JSON does not have."""
    match value:
        case str():
            return render_string(value)
        case list():
            return "[" + ", ".join(map(render, value)) + "]"
        case dict():
            pairs = [f"{render_string(key)}: {render(inner)}" for key, inner in value.items()]
            return "{ " + ", ".join(pairs) + " }" if pairs else "{}"
        case float() if not math.isfinite(value):
            raise TypeError(f"JSON has no {value}")
        case _:
            return json.dumps(value)
