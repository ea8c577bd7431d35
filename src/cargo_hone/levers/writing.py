"""From what levers want written to a plan: bytes before, bytes after, nothing written yet."""

import json
from collections.abc import Sequence

from cargo_hone.edit import toml, yaml
from cargo_hone.edit.plan import merge
from cargo_hone.edit.refused import EditRefused
from cargo_hone.edit.toml_value import TomlValue as Value
from cargo_hone.files import atomic
from cargo_hone.levers import rustflags
from cargo_hone.levers.interface import (
    AddedFlags,
    Context,
    Intent,
    Lever,
    TomlValue,
    WholeFile,
    YamlValue,
)
from cargo_hone.model import FileChange, Plan


def plan(levers: Sequence[Lever], context: Context, *, title: str) -> Plan:
    """Return one plan for these levers, in their order.

    Raises EditRefused (exit 2) where a file cannot be edited safely, Unavailable where one cannot be read.
    """
    contents: dict[str, bytes | None] = {}
    plans = []
    for lever in levers:
        changes = tuple(_change(intent, lever, contents) for intent in lever.intents(context))
        plans.append(Plan(title=lever.title, changes=changes))
    return merge(plans, title=title)


def _change(intent: Intent, lever: Lever, contents: dict[str, bytes | None]) -> FileChange:
    """One step from what earlier steps of this plan have made of the file."""
    name = str(intent.path)
    before = contents[name] if name in contents else atomic.read(intent.path)
    match intent:
        case TomlValue():
            after = _edited(before or b"", intent)
            executable = False
        case AddedFlags():
            after = _with_flags(before or b"", intent)
            executable = False
        case YamlValue():
            after = _with_scalar(before or b"", intent)
            executable = False
        case WholeFile():
            after, executable = intent.content, intent.executable
    contents[name] = after
    return FileChange(
        path=intent.path,
        before=before,
        after=after,
        why=lever.title,
        step=lever.step,
        executable=executable,
    )


def _edited(before: bytes, intent: TomlValue) -> bytes:
    return _set(before, intent, intent.value)


def _with_flags(before: bytes, intent: AddedFlags) -> bytes:
    """Put the flags beside those that are there; a file that is no TOML is refused by the edit."""
    try:
        here: object = toml.parse(before.decode("utf-8-sig"))
    except ValueError:
        here = {}
    for key in intent.keys:
        here = here.get(key) if isinstance(here, dict) else None
    written = here if isinstance(here, str | list) else None
    return _set(before, intent, rustflags.merge(written, intent.flags))


def _with_scalar(before: bytes, intent: YamlValue) -> bytes:
    document = yaml.parse(before, name=str(intent.path))
    *above, key = intent.keys
    edits: list[yaml.Edit] = []
    if above and not (isinstance(document, dict) and above[0] in document):
        text = f"{key}: {json.dumps(intent.value)}"
        edits.append(yaml.InsertKey(path=tuple(above), text=text, before=intent.before))
    else:
        edits.append(yaml.SetScalar(path=intent.keys, value=intent.value))
    return yaml.apply_edits(before, edits, name=str(intent.path))


def _set(before: bytes, intent: TomlValue | AddedFlags, value: Value) -> bytes:
    keys, name = intent.keys, str(intent.path)
    try:
        return toml.set_value(before, keys, value, comment=intent.comment, name=name)
    except EditRefused:
        # An inline table has no line of its own to put a comment above.
        if not intent.comment:
            raise
        return toml.set_value(before, keys, value, name=name)
