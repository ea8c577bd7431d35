"""How what a rule wants written is written in each syntax: by the editors that leave all other bytes alone."""

from collections.abc import Iterator
from typing import assert_never

from cargo_hone.doctor.finding import Add, Remove, Rewrite, Set, Syntax
from cargo_hone.edit import jsonc, toml, yaml


def rewritten(edit: Rewrite, content: bytes) -> bytes:
    """Return a file's new content. Raises EditRefused where the file cannot be edited safely."""
    name = str(edit.path)
    match edit.syntax:
        case Syntax.TOML:
            return toml.apply_edits(content, tuple(_in_toml(edit)), name=name)
        case Syntax.YAML:
            return yaml.apply_edits(content, tuple(_in_yaml(edit)), name=name)
        case Syntax.JSONC:
            return jsonc.apply_edits(content, tuple(_in_jsonc(edit)), name=name)
        case _:
            assert_never(edit.syntax)


def _in_toml(rewrite: Rewrite) -> Iterator[toml.Edit]:
    for edit in rewrite.edits:
        path = tuple(str(step) for step in edit.way)
        match edit:
            case Set():
                yield toml.SetValue(path=path, value=edit.value)
            case Remove():
                yield toml.RemoveKey(path=path, prune=True)
            case Add():
                raise _unknown(edit, rewrite)
            case _:
                assert_never(edit)


def _in_yaml(rewrite: Rewrite) -> Iterator[yaml.Edit]:
    for edit in rewrite.edits:
        match edit:
            case Set():
                yield yaml.SetScalar(path=edit.way, value=edit.value)
            case Remove():
                yield yaml.Remove(path=edit.way)
            case Add():
                yield yaml.InsertKey(path=edit.way, text=edit.text, before=edit.before)
            case _:
                assert_never(edit)


def _in_jsonc(rewrite: Rewrite) -> Iterator[jsonc.Edit]:
    for edit in rewrite.edits:
        match edit:
            case Set():
                yield jsonc.SetValue(path=edit.way, value=edit.value)
            case Remove():
                yield jsonc.Remove(path=edit.way)
            case Add():
                raise _unknown(edit, rewrite)
            case _:
                assert_never(edit)


def _unknown(edit: Add, rewrite: Rewrite) -> TypeError:
    return TypeError(f"{edit.way} cannot be added as text to {rewrite.syntax}")
