"""Which lifecycle hooks of a development container ours go to, so that the user's commands stay as they are.

A hook's command is a string (run by `/bin/sh`), an array (run without a shell) or an object of named commands that
run side by side (containers.dev, "Lifecycle scripts"). A failing hook stops the hooks after it, and a failing
`onCreateCommand` makes GitHub replace the codespace by a recovery container: so ours end in `|| true`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from cargo_hone.edit.jsonc import Value

KEY = "cargo-hone"
"""The name of our command in a hook's object."""
KEPT = "kept by cargo-hone"
"""The name that a user's single command gets where ours has to stand beside it."""


class Way(StrEnum):
    """How our command gets into a hook."""

    NEW = "a hook that was not used"
    BESIDE = "one more name in the hook's object"
    WRAP = "the hook's command becomes an object"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Something the script does, and the hooks that may start it, the best first; `fallback` may be wrapped."""

    argument: str
    hooks: tuple[str, ...]
    fallback: str


# Earliest first: onCreate and updateContent are part of a codespace's prebuild.
CREATE = Task(
    argument="create",
    hooks=("onCreateCommand", "updateContentCommand", "postCreateCommand"),
    fallback="postCreateCommand",
)
START = Task(
    argument="start", hooks=("postStartCommand", "postAttachCommand"), fallback="postStartCommand"
)
TASKS = (CREATE, START)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Where a task goes."""

    hook: str
    way: Way


def choose(config: Mapping[str, Value], task: Task) -> Choice:
    """Return the first hook that is free or an object; where all hold a single command, the fallback is wrapped."""
    for hook in task.hooks:
        if hook not in config:
            return Choice(hook=hook, way=Way.NEW)
        if isinstance(config[hook], dict):
            return Choice(hook=hook, way=Way.BESIDE)
    return Choice(hook=task.fallback, way=Way.WRAP)


def place(config: Mapping[str, Value], task: Task) -> tuple[str, ...] | None:
    """Return the path of our command for this task, whatever version wrote it; None where it is not there."""
    for hook in task.hooks:
        value = config.get(hook)
        if is_ours(value, task):
            return (hook,)
        if isinstance(value, dict) and is_ours(value.get(KEY), task):
            return (hook, KEY)
    return None


def is_ours(value: Value, task: Task) -> bool:
    """Whether a command is our script's call for this task."""
    return isinstance(value, str) and f".devcontainer/hone.sh {task.argument}" in value
