"""From what levers want written to a plan: bytes before, bytes after, nothing written yet."""

from collections.abc import Sequence

from cargo_hone.edit import toml
from cargo_hone.edit.plan import merge
from cargo_hone.edit.refused import EditRefused
from cargo_hone.files import atomic
from cargo_hone.levers.interface import Context, Intent, Lever, TomlValue, WholeFile
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
    keys, name = intent.keys, str(intent.path)
    try:
        return toml.set_value(before, keys, intent.value, comment=intent.comment, name=name)
    except EditRefused:
        # An inline table has no line of its own to put a comment above.
        if not intent.comment:
            raise
        return toml.set_value(before, keys, intent.value, name=name)
