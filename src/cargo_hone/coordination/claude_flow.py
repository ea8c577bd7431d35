"""claude-flow as a sink: `npx claude-flow@alpha hooks …` for the work, `memory store` for what is known of it.

Read in claude-flow 3.43: the hooks take `--memory-key` and `--export-metrics` but do nothing with them, hence
`memory store`. That one refuses until there is a database, which `memory init` makes; one that is there stays as it is.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from cargo_hone.coordination import keys
from cargo_hone.coordination.interface import Call, Program, Remedy
from cargo_hone.coordination.records import Began, Ended, Happened, Record, Stored
from cargo_hone.events import EventKind
from cargo_hone.settings.model import Coordination


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaudeFlow:
    """The calls of one run. `remembered` gives what our own memory has under a key, as JSON."""

    settings: Coordination
    root: Path
    remembered: Callable[[str], str]

    @property
    def name(self) -> str:
        """What messages call it."""
        return "claude-flow"

    @property
    def first_patience(self) -> int:
        """`npx` installs the package at its first call: hundreds of packages, minutes, more on a busy machine."""
        return 15

    def calls(self, record: Record, *, index: int) -> Iterator[Call]:
        """Yield the calls for a record. PROGRESS, MEASURED, NOTED and STARTED are not for it."""
        del index
        settings = self.settings
        match record:
            case Began():
                yield self._hook("pre-task", "--description", settings.description)
                yield self._hook("session-restore", "--session-id", settings.session_id)
                yield self._store(keys.status(settings.memory_prefix))
            case Happened():
                yield from self._event(record)
            case Stored():
                yield self._store(record.key, record.value)
            case Ended():
                for key in keys.every(settings.memory_prefix):
                    yield self._store(key)
                yield self._hook("post-task", "--task-id", settings.task_id)
                yield self._hook("session-end", "--export-metrics", "true")
            case _:
                assert_never(record)

    def _event(self, event: Happened) -> Iterator[Call]:
        settings = self.settings
        match event.kind:
            case EventKind.EDITED:
                file = _within(Path(str(event.data.get("path", event.message))), self.root)
                key = f"{settings.memory_prefix}/{event.step}"
                yield self._hook("post-edit", "--file", file, "--memory-key", key)
            case EventKind.FINISHED | EventKind.BLOCKED:
                message = _one_line(f"{settings.notify_prefix}{event.message}")
                yield self._hook("notify", "--message", message)
            case EventKind.STARTED | EventKind.PROGRESS | EventKind.NOTED | EventKind.MEASURED:
                return
            case _:
                assert_never(event.kind)

    def _hook(self, hook: str, *words: str) -> Program:
        return self._program(f"hooks {hook}", "hooks", hook, *words)

    def _store(self, key: str, value: str | None = None) -> Program:
        value = self.remembered(key) if value is None else value
        return self._program("memory store", "memory", "store", "--key", key, "--value", value)

    def _program(self, name: str, *words: str) -> Program:
        package = self.settings.package
        return Program(
            name=name,
            argv=("npx", package, *words),
            remedy=Remedy(said="claude-flow memory init", argv=("npx", package, "memory", "init")),
            advice=(
                (
                    "No matching version found for",
                    'the registry has no such version: set `package = "claude-flow@latest"` in [coordination]',
                ),
            ),
        )


def environment(env: Mapping[str, str], *, offline: bool) -> dict[str, str]:
    """Return the environment for npx: no questions, no daemon that stays, no network where that is forbidden.

    npx asks before it installs a package, and takes npm's settings from the environment in any case of letters.
    An installation whose lock file leaves out where packages came from is checked anew at each call, for 6 s of
    CPU time (npm 11.19). claude-flow 3.43 starts a background daemon on any command in its projects unless
    RUFLO_DAEMON_AUTOSTART is 0.
    """
    ours = {
        "npm_config_yes": "true",
        "npm_config_update_notifier": "false",
        "npm_config_omit_lockfile_registry_resolved": "false",
    }
    if offline:
        ours["npm_config_offline"] = "true"
    kept = {name: value for name, value in env.items() if name.lower() not in ours}
    return {"RUFLO_DAEMON_AUTOSTART": "0", **kept, **ours}


def _within(path: Path, root: Path) -> str:
    """The path as seen from the workspace, where npx runs; absolute for what lies outside."""
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


def _one_line(message: str) -> str:
    """An argument holds no NUL, and line breaks would only break somebody's lists."""
    return re.sub(r"[\x00-\x1f\x7f]+", " ", message)
