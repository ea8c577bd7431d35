"""Edits of TOML by byte span: only the bytes that must change do.

Comments, order, spacing, line ends, a byte order mark and a missing final line end stay. After each edit the
text is parsed again, and unless exactly the meant thing changed, the edit is refused and nothing is.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass

import tomlrt

from cargo_hone.edit import toml_place
from cargo_hone.edit.refused import EditRefused
from cargo_hone.edit.toml_value import TomlValue, plain, render_key, same

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetValue:
    """Give the key at `path` (one string a level) a value.

    `comment` (without `#`, may have several lines) goes above a key, or a table, that had to be added; it
    must not be used where the key stands in an inline table.
    """

    path: tuple[str, ...]
    value: TomlValue
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveKey:
    """Take the key at `path` away, with its line; a missing key is fine.

    With `prune`, a table header that the key leaves without any content goes too. `comment` is removed where
    exactly these lines stand above what goes.
    """

    path: tuple[str, ...]
    prune: bool = False
    comment: str = ""


Edit = SetValue | RemoveKey


def set_value(
    source: bytes, path: Sequence[str], value: TomlValue, *, comment: str = "", name: str = ""
) -> bytes:
    """Return `source` with one key set. Raises EditRefused (see `apply_edits`)."""
    return apply_edits(
        source, [SetValue(path=tuple(path), value=value, comment=comment)], name=name
    )


def remove_key(
    source: bytes, path: Sequence[str], *, prune: bool = False, comment: str = "", name: str = ""
) -> bytes:
    """Return `source` without one key. Raises EditRefused (see `apply_edits`)."""
    return apply_edits(
        source, [RemoveKey(path=tuple(path), prune=prune, comment=comment)], name=name
    )


def apply_edits(source: bytes, edits: Sequence[Edit], *, name: str = "") -> bytes:
    """Return `source` with all edits made in their order; `name` is what errors call the file.

    An edit that changes no value changes no byte. Raises EditRefused when the source is not TOML, when a key
    leads through something that is not a table, or when the edited text would not parse to exactly what was
    meant.
    """
    called = name or "the TOML file"
    bom = _BOM if source.startswith(_BOM) else b""
    try:
        text = source[len(bom) :].decode()
    except UnicodeDecodeError as error:
        raise EditRefused(
            f"{called} is not UTF-8 (byte {len(bom) + error.start})",
            next_step="save it as UTF-8, then run the command again",
        ) from error
    try:
        data = parse(text)
    except ValueError as error:
        raise EditRefused(
            f"{called} is not valid TOML: {error}",
            next_step="correct it (`cargo metadata` shows the place), then run the command again",
        ) from error
    for edit in edits:
        text, data = _edited(text, data, edit, called)
    return bom + text.encode()


def parse(text: str) -> dict[str, object]:
    """Parse TOML 1.0, or 1.1 where 1.0 does not do (newer cargos read it). Raises ValueError."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return dict(tomlrt.loads(text).to_dict())


def _edited(
    text: str, before: dict[str, object], edit: Edit, called: str
) -> tuple[str, dict[str, object]]:
    """Return the text after one edit and what it parses to; `before` is what it parsed to before."""
    shown = render_key(edit.path)
    try:
        match edit:
            case SetValue():
                meant = [_with(before, edit.path, plain(edit.value))]
                if same(before, meant[0]):
                    return text, before
                after = toml_place.with_value(
                    text, before, edit.path, plain(edit.value), comment=edit.comment
                )
            case RemoveKey():
                meant = _without(before, edit.path)
                if not meant:
                    return text, before
                after = toml_place.without_key(
                    text, edit.path, prune=edit.prune, comment=edit.comment
                )
        parsed = parse(after)
    except (ValueError, TypeError) as error:
        raise _refusal(called, shown, str(error)) from error
    if not any(same(parsed, wanted) for wanted in meant):
        raise _refusal(called, shown, "something else would have changed with it")
    return after, parsed


def _refusal(called: str, shown: str, reason: str) -> EditRefused:
    return EditRefused(
        f"cannot change `{shown}` in {called}: {reason}",
        next_step=f"change `{shown}` there by hand, then run the command again",
    )


def _with(data: dict[str, object], path: tuple[str, ...], value: object) -> dict[str, object]:
    """Return a copy of `data` with the value at `path`. Raises TypeError where the path leads nowhere."""
    if not path:
        raise TypeError("an empty path names no key")
    result = dict(data)
    table = result
    for depth, key in enumerate(path[:-1], start=1):
        inner = table.get(key, {})
        if not isinstance(inner, dict):
            raise TypeError(f"`{render_key(path[:depth])}` is not a table")
        copied = dict(inner)
        table[key] = copied
        table = copied
    table[path[-1]] = value
    return result


def _without(data: dict[str, object], path: tuple[str, ...]) -> list[dict[str, object]]:
    """Return what may be left of `data` without `path`; nothing where the key is not there.

    A parent that loses its last key vanishes if it was only implied by the key, and stays if it has a header:
    both are right.
    """
    results: list[dict[str, object]] = []
    for length in range(len(path), 0, -1):
        result = dict(data)
        table = result
        for key in path[: length - 1]:
            inner = table.get(key)
            if not isinstance(inner, dict):
                return results
            copied = dict(inner)
            table[key] = copied
            table = copied
        if path[length - 1] not in table:
            return results
        removed = table.pop(path[length - 1])
        if length < len(path) and isinstance(removed, dict) and len(removed) > 1:
            return results
        results.append(result)
    return results
