"""A single command of a hook becomes one of two named ones, and back; its own text is not touched."""

from collections.abc import Mapping

from cargo_hone.edit import jsonc
from cargo_hone.edit.jsonc import Value
from cargo_hone.edit.jsonc_data import render_string
from cargo_hone.edit.jsonc_document import Member, scan
from cargo_hone.edit.refused import EditRefused

_BOM = "\ufeff"


def wrapped(
    source: bytes, config: Mapping[str, Value], hook: str, *, ours: tuple[str, str], keep: str
) -> bytes:
    """Return the file in which `"hook": X` is `"hook": { "keep": X, "OURS": "command" }`, X byte for byte.

    `config` is what the file means, `ours` our name and command. Raises EditRefused where anything else would
    have changed.
    """
    text = source.decode()
    node = _member(text, hook).node
    name, command = ours
    items = f"{render_string(keep)}: {text[node.start : node.end]}, {render_string(name)}: {render_string(command)}"
    after = f"{text[: node.start]}{{ {items} }}{text[node.end :]}"
    return _checked(after, {**config, hook: {keep: config[hook], name: command}}, hook)


def unwrapped(source: bytes, config: Mapping[str, Value], hook: str, *, keep: str) -> bytes:
    """Return the file in which the hook has again only the command named `keep`. Raises as `wrapped`."""
    text = source.decode()
    node = _member(text, hook).node
    kept = next(member.node for member in node.members if member.key == keep)
    after = text[: node.start] + text[kept.start : kept.end] + text[node.end :]
    return _checked(after, {**config, hook: kept.value}, hook)


def _member(text: str, hook: str) -> Member:
    # A byte order mark is blanked: the spans stay those of the text.
    root = scan(" " + text[1:] if text.startswith(_BOM) else text)
    return next(member for member in root.members if member.key == hook)


def _checked(text: str, meant: Mapping[str, Value], hook: str) -> bytes:
    content = text.encode()
    if jsonc.parse(content) != meant:
        raise EditRefused(
            f"cannot change `{hook}`: something else would have changed with it",
            next_step="write it as an object of named commands, then run the command again",
        )
    return content
