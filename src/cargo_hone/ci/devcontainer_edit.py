"""Our lines in a `devcontainer.json`: added, and taken out so that the bytes are the old ones.

What is there tells how it came there, for `remove` has nothing but the file: a hook that we brought is a string, one
that was an object has our name in it, and a command that had to be wrapped is named. A list of mounts that we brought
holds our mount as an object; in the user's own list, which may have been empty, ours is a string.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from cargo_hone.ci import devcontainer_hooks as hooks
from cargo_hone.ci import devcontainer_wrap as wrapping
from cargo_hone.ci.devcontainer_folder import script_path
from cargo_hone.ci.devcontainer_hooks import Task, Way
from cargo_hone.edit import jsonc
from cargo_hone.edit.jsonc import InsertItem, InsertKey, Remove, SetValue, Value
from cargo_hone.edit.refused import EditRefused

VOLUME = "/var/cache/cargo-hone"
# Stable over rebuilds and different for each container on a machine: an sccache directory has one server.
_SOURCE = "cargo-hone-${devcontainerId}"
_MOUNT: dict[str, Value] = {"source": _SOURCE, "target": VOLUME, "type": "volume"}
_MOUNT_TEXT = f"source={_SOURCE},target={VOLUME},type=volume"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """The new content, and what is worth saying about it."""

    content: bytes
    notes: tuple[str, ...] = ()


def added(source: bytes, *, name: str) -> Edited:
    """Return the file with our hooks and our mount; the same bytes where they are there already.

    Raises EditRefused for what is no object of JSON with comments, and where taking out again would not restore
    the bytes.
    """
    config = _config(source, name)
    script, notes = script_path(config)
    content = source
    for task in hooks.TASKS:
        content, said = _with_task(content, task, f"sh {script} {task.argument} || true", name)
        notes = (*notes, *said)
    content = _with_mount(content, name)
    if content != source and _is_clean(config) and removed(content, name=name) != source:
        raise EditRefused(
            f"{name} could not be restored exactly afterwards",
            next_step="write its hooks as objects of named commands, then run the command again",
        )
    return Edited(content=content, notes=notes)


def removed(source: bytes, *, name: str) -> bytes:
    """Return the file without anything of ours. Raises EditRefused for what is no JSON with comments."""
    config = _config(source, name)
    content = source
    if (mounts := _mounts(config)) is not None and (mount := _our_mount(mounts)) is not None:
        brought = len(mounts) == 1 and isinstance(mounts[mount], dict)
        path: jsonc.Path = ("mounts",) if brought else ("mounts", mount)
        content = jsonc.apply_edits(content, [Remove(path=path)], name=name)
    for task in reversed(hooks.TASKS):
        found = hooks.place(config, task)
        if found is None:
            continue
        hook = config[found[0]]
        if isinstance(hook, dict) and list(hook) == [hooks.KEPT, hooks.KEY]:
            content = wrapping.unwrapped(content, _config(content, name), found[0], keep=hooks.KEPT)
        else:
            content = jsonc.apply_edits(content, [Remove(path=found)], name=name)
    return content


def _with_task(source: bytes, task: Task, command: str, name: str) -> tuple[bytes, tuple[str, ...]]:
    config = _config(source, name)
    found = hooks.place(config, task)
    if found is not None:
        return jsonc.apply_edits(source, [SetValue(path=found, value=command)], name=name), ()
    choice = hooks.choose(config, task)
    match choice.way:
        case Way.NEW:
            edit = InsertKey(path=(choice.hook,), value=command)
        case Way.BESIDE:
            edit = InsertKey(path=(choice.hook, hooks.KEY), value=command)
        case Way.WRAP:
            content = wrapping.wrapped(
                source, config, choice.hook, ours=(hooks.KEY, command), keep=hooks.KEPT
            )
            note = f"{name}: {choice.hook} becomes an object, your command in it runs beside ours"
            return content, (note,)
    said = (
        ()
        if choice.hook == task.hooks[0]
        else (f"{name}: {task.hooks[0]} is yours, so ours is {choice.hook}",)
    )
    return jsonc.apply_edits(source, [edit], name=name), said


def _with_mount(source: bytes, name: str) -> bytes:
    config = _config(source, name)
    if "mounts" not in config:
        edit: jsonc.Edit = InsertKey(path=("mounts",), value=[_MOUNT])
        return jsonc.apply_edits(source, [edit], name=name)
    mounts = _mounts(config)
    if mounts is None:
        raise EditRefused(
            f"`mounts` in {name} is not a list",
            next_step="correct it, then run the command again",
        )
    if _our_mount(mounts) is not None:
        return source
    edit = InsertItem(path=("mounts",), index=len(mounts), value=_MOUNT_TEXT)
    return jsonc.apply_edits(source, [edit], name=name)


def _mounts(config: Mapping[str, Value]) -> list[Value] | None:
    mounts = config.get("mounts")
    return mounts if isinstance(mounts, list) else None


def _our_mount(mounts: list[Value]) -> int | None:
    return next((i for i, mount in enumerate(mounts) if mount in (_MOUNT, _MOUNT_TEXT)), None)


def _is_clean(config: Mapping[str, Value]) -> bool:
    """Whether nothing of ours is there yet."""
    mounts = _mounts(config) or []
    return _our_mount(mounts) is None and not any(hooks.place(config, task) for task in hooks.TASKS)


def _config(source: bytes, name: str) -> dict[str, Value]:
    config = jsonc.parse(source, name=name)
    if not isinstance(config, dict):
        raise EditRefused(
            f"{name} is not an object", next_step="correct it, then run the command again"
        )
    return config
