"""What cargo compiles on another file system than the sources: in memory, or on a disk that the user names.

`build.build-dir` is stable since cargo 1.91; final programs stay in the target directory. `{workspace-path-hash}`
keeps checkouts apart: in a flat directory they would silently get each other's libraries.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.cache.scope import config_file
from cargo_hone.levers.interface import (
    Already,
    Applicability,
    Applies,
    Context,
    Intent,
    Need,
    NotHere,
    TomlValue,
    Trial,
)
from cargo_hone.levers.moves import CLEAN, EDITS
from cargo_hone.levers.versions import version
from cargo_hone.model import Scenario
from cargo_hone.target.entry import allocated_bytes
from cargo_hone.target.layout import LayoutKind, read_layout
from cargo_hone.workspace.configuration import cargo_home
from cargo_hone.workspace.facts import WorkspaceFacts

_KEY = ("build", "build-dir")
_SINCE = (1, 91)
_TIMES = 2
"""So many times what lies there now must be free: a target directory grows."""
_MEMORY = Path("/dev/shm")  # noqa: S108 - not a file of ours, the file system is what is wanted
_MEMINFO = Path("/proc/meminfo")
_LEFT_FOR_BUILDING = 4 * 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildDir:
    """`build.build-dir` in the user's own configuration: which disks there are is no business of the team's."""

    in_memory: bool
    name: str
    title: str
    gives_up: str
    step: str = "target_dir"
    group: str = "build-dir"
    moves: tuple[Scenario, ...] = (*CLEAN, *EDITS)
    needs: tuple[Need, ...] = (Need.ROOM,)

    def applicability(self, context: Context) -> Applicability:
        """Where there is another file system with room for twice of what lies there now."""
        facts = context.facts
        override = facts.configuration.environment_override(*_KEY)
        if override is not None:
            return NotHere(reason=f"{override} in the environment overrides what a file would say")
        setting = facts.configuration.setting(*_KEY)
        if setting is not None:
            return Already(evidence=f"build.build-dir is {setting.value} ({setting.origin})")
        if version(facts.toolchain.cargo) < _SINCE:
            return NotHere(reason=f"it needs cargo 1.91, and this is {facts.toolchain.cargo}")
        place = self._place(context)
        if place is None:
            return NotHere(
                reason="there is no file system in memory here"
                if self.in_memory
                else "name a directory on another disk (--build-dir-on DIR)"
            )
        reason = _unfit(place, facts, in_memory=self.in_memory)
        if reason:
            return NotHere(reason=reason)
        return Applies(cautions=("it holds for every workspace that you build on this machine",))

    def trial(self, context: Context) -> Trial:
        """Where the caller makes the directory."""
        return Trial(build_parent=self._place(context))

    def intents(self, context: Context) -> tuple[Intent, ...]:
        """The key, in the cargo home."""
        place = self._place(context)
        if place is None:
            return ()
        return (
            TomlValue(
                path=user_config(context.facts),
                keys=_KEY,
                value=f"{place}/cargo-hone/{{workspace-path-hash}}",
            ),
        )

    def _place(self, context: Context) -> Path | None:
        if not self.in_memory:
            return context.build_place
        return _MEMORY if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) else None


IN_MEMORY = BuildDir(
    in_memory=True,
    name="build-dir-memory",
    title="what is compiled lies in memory",
    gives_up="as much memory as builds take on disk, and all of it when the machine is switched off",
)
ELSEWHERE = BuildDir(
    in_memory=False,
    name="build-dir-disk",
    title="what is compiled lies on another disk",
    gives_up="one place to look for what builds leave behind",
)


def user_config(facts: WorkspaceFacts) -> Path:
    """The user's own configuration file, in the cargo home."""
    return config_file(cargo_home(facts.env))


def _unfit(place: Path, facts: WorkspaceFacts, *, in_memory: bool) -> str:
    """Why a directory is no place for what is compiled; empty where it is one."""
    build_dir = facts.metadata.build_directory
    standing = next((p for p in (build_dir, *build_dir.parents) if p.is_dir()), facts.root)
    if not place.is_dir():
        return f"{place} is no directory"
    if place.stat().st_dev == standing.stat().st_dev:
        return f"{place} is on the file system that builds use already"
    layout = read_layout(build_dir.resolve())
    if layout.kind is LayoutKind.EMPTY:
        return "nobody knows yet how much room it takes: build once first"
    needed_bytes = _TIMES * allocated_bytes(layout)
    free_bytes = shutil.disk_usage(place).free
    if in_memory:
        free_bytes = min(free_bytes, _available_memory_bytes() - _LEFT_FOR_BUILDING)
    if free_bytes < needed_bytes:
        return (
            f"{place} has room for {max(free_bytes, 0) / 1e9:.1f} GB, and builds may need"
            f" {needed_bytes / 1e9:.1f} GB"
        )
    return ""


def _available_memory_bytes() -> int:
    """What may be used without swapping (man 5 proc: MemAvailable, in KiB); 0 where nobody says."""
    try:
        text = _MEMINFO.read_text("ascii")
    except OSError:
        return 0
    found = next((line for line in text.splitlines() if line.startswith("MemAvailable:")), "")
    return int(found.split()[1]) * 1024 if found else 0
