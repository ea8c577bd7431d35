"""Edits of JSONC by byte span: only the bytes that must change do.

JSONC is JSON with `//` and `/* */` comments and trailing commas, as VS Code reads `devcontainer.json`. Comments,
order, indentation, line ends, a byte order mark and the habit of a trailing comma stay. After each edit the text
is parsed again, and unless exactly the meant thing changed, the edit is refused and nothing is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cargo_hone.edit import jsonc_place
from cargo_hone.edit.jsonc_data import (
    Path,
    Value,
    at,
    changed,
    is_there,
    named,
    place_of_item,
    place_of_key,
    plain,
    same,
    with_key,
    without,
)
from cargo_hone.edit.jsonc_document import scan
from cargo_hone.edit.refused import EditRefused

__all__ = [
    "Edit",
    "InsertItem",
    "InsertKey",
    "Path",
    "Remove",
    "SetValue",
    "Value",
    "apply_edits",
    "parse",
]

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetValue:
    """Give the key or item at `path` a value; a key that is not there is added at the end of its object.

    An object or array that is replaced loses the comments in it: change what is in it instead.
    """

    path: Path
    value: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class InsertKey:
    """Add a key, the last step of `path`, at the end of its object, or `before` or `after` another key of it.

    `comment` (without `//`, may have several lines) goes above the key. The object must be there; a key that is
    there already is refused.
    """

    path: Path
    value: Value
    comment: str = ""
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InsertItem:
    """Add an item to the array at `path`, as its `index`-th; the number of items appends."""

    path: Path
    index: int
    value: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove:
    """Take a key or an item away, with its lines; `comment` is removed where exactly these lines stand above it.

    A missing key is fine, a missing item is refused (the indexes are not what the caller thinks). What InsertKey
    or InsertItem added is removed byte for byte.
    """

    path: Path
    comment: str = ""


Edit = SetValue | InsertKey | InsertItem | Remove


def parse(source: bytes, *, name: str = "") -> Value:
    """Return what a JSONC text means. `name` is what errors call the file.

    Raises EditRefused for what is not UTF-8, no JSONC, or has a key twice in an object.
    """
    called = name or "the JSON file"
    return _value(_decoded(source, called)[1], called)


def apply_edits(source: bytes, edits: Sequence[Edit], *, name: str = "") -> bytes:
    """Return `source` with all edits made in their order; `name` is what errors call the file.

    An edit that changes no value changes no byte. Raises EditRefused when the source is not JSONC (see `parse`),
    when a path leads nowhere, or when the edited text would not parse to exactly what was meant.
    """
    called = name or "the JSON file"
    bom, text = _decoded(source, called)
    data = _value(text, called)
    for edit in edits:
        text, data = _edited(text, data, edit, called)
    return bom + text.encode()


def _decoded(source: bytes, called: str) -> tuple[bytes, str]:
    bom = _BOM if source.startswith(_BOM) else b""
    try:
        text = source[len(bom) :].decode()
    except UnicodeDecodeError as error:
        raise EditRefused(
            f"{called} is not UTF-8 (byte {len(bom) + error.start})",
            next_step="save it as UTF-8, then run the command again",
        ) from error
    if text.count("\r") > text.count("\r\n"):
        raise EditRefused(
            f"{called} has line ends of old Macintoshes (a carriage return alone)",
            next_step="save it with the line ends of Unix or Windows, then run the command again",
        )
    return bom, text


def _value(text: str, called: str) -> Value:
    try:
        return scan(text).value
    except ValueError as error:
        raise EditRefused(
            f"{called} is not valid JSON with comments: {error}",
            next_step="correct it, then run the command again",
        ) from error


def _edited(text: str, before: Value, edit: Edit, called: str) -> tuple[str, Value]:
    """Return the text after one edit and what it parses to; `before` is what it parsed to before."""
    path = (*edit.path, edit.index) if isinstance(edit, InsertItem) else edit.path
    try:
        found = _found(text, before, edit)
    except (ValueError, TypeError) as error:
        raise _refusal(called, path, str(error)) from error
    if found is None:
        raise _refusal(called, path, "something else would have changed with it")
    return found


def _found(text: str, before: Value, edit: Edit) -> tuple[str, Value] | None:
    """Return the first text that parses to what was meant, None where there is none."""
    path = edit.path
    if not path and not isinstance(edit, InsertItem):
        raise ValueError("an empty path names no key")
    match edit:
        case Remove():
            if isinstance(path[-1], str) and not is_there(before, path):
                return text, before
            return _first(
                jsonc_place.without(text, path, comment=edit.comment), without(before, path)
            )
        case SetValue() if is_there(before, path):
            value = plain(edit.value)
            if same(at(before, path), value):
                return text, before
            return _first(
                [jsonc_place.with_value(text, path, value)], changed(before, path, lambda _: value)
            )
        case SetValue():
            comment, index = "", place_of_key(before, path)
        case InsertKey():
            comment = edit.comment
            index = place_of_key(before, path, before=edit.before, after=edit.after)
        case InsertItem():
            comment, index = "", place_of_item(before, path, edit.index)
            path = (*path, index)
    value = plain(edit.value)
    after = jsonc_place.with_new(text, path, index, value, comment=comment)
    return _first([after], with_key(before, path, index, value))


def _first(candidates: Iterable[str], meant: Value) -> tuple[str, Value] | None:
    for candidate in candidates:
        try:
            parsed = scan(candidate).value
        except ValueError:
            continue
        if same(parsed, meant):
            return candidate, parsed
    return None


def _refusal(called: str, path: Path, reason: str) -> EditRefused:
    return EditRefused(
        f"cannot change {named(path)} in {called}: {reason}",
        next_step=f"change {named(path)} there by hand, then run the command again",
    )
