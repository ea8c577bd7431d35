"""Edits of YAML by byte span: only the bytes that must change do.

Comments, order, quotes, indentation, line ends, a byte order mark and a missing final line end stay. What is
added takes the style of its neighbours. After each edit the text is parsed again, and unless exactly the meant
thing changed, the edit is refused and nothing is.

Scalars mean what they mean in YAML 1.2's core schema: `on`, `yes` and dates are text. A merge key `<<` is a key
like others (GitHub's workflows know no merging). A text without a final line end is read as if it had one.

Whose a comment line is: an entry's, if it follows it deeper than its column; else that of what comes next. In
brackets (`{...}`, `[...]`) new things are written as JSON on one line.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cargo_hone.edit import yaml_place
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
from cargo_hone.edit.refused import EditRefused
from cargo_hone.edit.yaml_document import scan, value_of
from cargo_hone.edit.yaml_scalar import entry_text

__all__ = [
    "Edit",
    "InsertItem",
    "InsertKey",
    "Path",
    "Remove",
    "SetScalar",
    "Value",
    "apply_edits",
    "parse",
]

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetScalar:
    """Give the key or item at `path` a scalar, in the old one's quotes where they can hold it.

    A key that is not there is added at the end of its mapping; `comment` (without `#`, may have several lines)
    goes above it then. What is a mapping, a sequence or an alias is refused.
    """

    path: Path
    value: str | int | bool | None
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InsertKey:
    """Add a key, the last step of `path`, at the end of its mapping, or `before` or `after` another key of it.

    `text` is the value as YAML at indentation 0; it is indented anew in the document's style. `comment` (without
    `#`, may have several lines) goes above the key. The mapping may be an empty value (`jobs:`), but must be
    there. A key that is there already is refused.
    """

    path: Path
    text: str
    comment: str = ""
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InsertItem:
    """Add an item to the sequence at `path`, as its `index`-th; the number of items appends.

    `text` is the item as YAML at indentation 0, without the `- `. Comment lines that it begins with go above the
    item, behind those of `comment`.
    """

    path: Path
    index: int
    text: str
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove:
    """Take a key or an item away, with its lines and the deeper comment lines that follow it.

    `comment` is removed where exactly these lines stand above it. A missing key is fine, a missing item is
    refused (the indexes are not what the caller thinks). What InsertKey or InsertItem added is removed byte for
    byte; a collection that loses its last entry becomes `{}`, `[]` or an empty value, as it was before the first.
    """

    path: Path
    comment: str = ""


Edit = SetScalar | InsertKey | InsertItem | Remove


def parse(source: bytes, *, name: str = "") -> Value:
    """Return what a YAML text means; None for an empty one. `name` is what errors call the file.

    Raises EditRefused for what is not UTF-8, no YAML, has several documents, a key twice in a mapping or a key
    that is not a scalar.
    """
    called = name or "the YAML file"
    _, text = _decoded(source, called)
    return _value(_ended(text), called)


def apply_edits(source: bytes, edits: Sequence[Edit], *, name: str = "") -> bytes:
    """Return `source` with all edits made in their order; `name` is what errors call the file.

    An edit that changes no value changes no byte. Raises EditRefused when the source is not YAML (see `parse`),
    when a path leads nowhere or through an alias, or when the edited text would not parse to exactly what was
    meant.
    """
    called = name or "the YAML file"
    bom, text = _decoded(source, called)
    if text.count("\r") > text.count("\r\n"):
        raise EditRefused(
            f"{called} has line ends of old Macintoshes (a carriage return alone)",
            next_step="save it with the line ends of Unix or Windows, then run the command again",
        )
    eol = "\r\n" if "\r\n" in text else "\n"
    cut = not text.endswith("\n")
    text += eol if cut else ""
    data = _value(text, called)
    for edit in edits:
        text, data = _edited(text, data, edit, called)
    shorter = text.removesuffix(eol)
    if cut and same(_value(_ended(shorter), called), data):
        # What ends in `|+` and blank lines needs the last one.
        text = shorter
    return bom + text.encode()


def _decoded(source: bytes, called: str) -> tuple[bytes, str]:
    bom = _BOM if source.startswith(_BOM) else b""
    try:
        return bom, source[len(bom) :].decode()
    except UnicodeDecodeError as error:
        raise EditRefused(
            f"{called} is not UTF-8 (byte {len(bom) + error.start})",
            next_step="save it as UTF-8, then run the command again",
        ) from error


def _ended(text: str) -> str:
    return text if text.endswith("\n") else text + "\n"


def _value(text: str, called: str) -> Value:
    try:
        return value_of(scan(text))
    except ValueError as error:
        raise EditRefused(
            f"{called} is not valid YAML: {error}",
            next_step="correct it, then run the command again",
        ) from error


def _edited(text: str, before: Value, edit: Edit, called: str) -> tuple[str, Value]:
    """Return the text after one edit and what it means; `before` is what it meant before."""
    path = (*edit.path, edit.index) if isinstance(edit, InsertItem) else edit.path
    try:
        found = _found(text, before, edit)
    except (ValueError, TypeError) as error:
        raise _refusal(called, path, str(error)) from error
    if found is None:
        raise _refusal(called, path, "something else would have changed with it")
    return found


def _found(text: str, before: Value, edit: Edit) -> tuple[str, Value] | None:
    """Return the first text that means what was meant, None where there is none."""
    path = edit.path
    if not path and not isinstance(edit, InsertItem):
        raise ValueError("an empty path names no key")
    match edit:
        case Remove():
            if isinstance(path[-1], str) and not is_there(before, path):
                return text, before
            meant = without(before, path)
            emptied = [meant] if at(meant, path[:-1]) else [meant, changed(meant, path[:-1], _none)]
            return _first(yaml_place.without(text, path, comment=edit.comment), emptied)
        case SetScalar() if is_there(before, path):
            value = plain(edit.value)
            if same(at(before, path), value):
                return text, before
            candidates = yaml_place.with_scalar(text, path, edit.value)
            return _first(candidates, [changed(before, path, lambda _: value)])
        case SetScalar():
            entry = entry_text(edit.value)
            index = place_of_key(before, path, empty=True)
        case InsertKey():
            entry = edit.text
            index = place_of_key(before, path, before=edit.before, after=edit.after, empty=True)
        case InsertItem():
            entry = edit.text
            index = place_of_item(before, path, edit.index, empty=True)
            path = (*path, index)
    added = with_key(before, path, index, yaml_place.meaning(entry))
    return _first([yaml_place.with_new(text, path, index, entry, comment=edit.comment)], [added])


def _first(candidates: Iterable[str], meants: Sequence[Value]) -> tuple[str, Value] | None:
    for candidate in candidates:
        try:
            parsed = value_of(scan(candidate))
        except ValueError:
            continue
        if any(same(parsed, meant) for meant in meants):
            return candidate, parsed
    return None


def _none(_: Value) -> Value:
    return None


def _refusal(called: str, path: Path, reason: str) -> EditRefused:
    return EditRefused(
        f"cannot change {named(path)} in {called}: {reason}",
        next_step=f"change {named(path)} there by hand, then run the command again",
    )
