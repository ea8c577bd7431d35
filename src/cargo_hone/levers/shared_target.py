"""One target directory for the workspace and for the packages that are excluded from it."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.levers.compiler_cache import config_path
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
from cargo_hone.model import Scenario
from cargo_hone.workspace.excluded import ExcludedPackage
from cargo_hone.workspace.facts import WorkspaceFacts

_KEY = ("build", "target-dir")


@dataclass(frozen=True, slots=True)
class SharedTarget:
    """`build.target-dir` in the repository's configuration, which also holds below the root."""

    name: str = "shared-target"
    title: str = "one target directory for the workspace and its excluded packages"
    step: str = "target_dir"
    gives_up: str = (
        "building an excluded package at the same time as the workspace (they wait for one lock);"
        " `--target-dir DIR` still separates them"
    )
    group: str = ""
    moves: tuple[Scenario, ...] = ()
    needs: tuple[Need, ...] = ()

    def applicability(self, context: Context) -> Applicability:
        """Shared already where nothing is excluded, or all of it builds into the same directory."""
        facts = context.facts
        usable = [package for package in facts.excluded if not package.problem]
        if not usable:
            members = len(facts.metadata.members)
            return Already(
                evidence=f"all {members} crates are members of one workspace and build into"
                f" {_shown(facts.target_dir, facts.root)}; no package is excluded from it"
            )
        apart = separate(facts)
        if not apart:
            names = ", ".join(package.name for package in usable)
            return Already(
                evidence=f"{names} and the workspace build into {_shown(facts.target_dir, facts.root)}"
            )
        override = facts.configuration.environment_override(*_KEY)
        if override is not None:
            return NotHere(reason=f"{override} in the environment overrides what a file would say")
        own = next((p for p in apart if _nearer_setting(p, facts)), None)
        if own is not None:
            return NotHere(reason=f"{own.name} has a target-dir of its own in {own.root}/.cargo")
        return Applies(cautions=same_names(facts))

    def trial(self, context: Context) -> Trial:
        """Sharing does not change how the workspace itself builds; its saving is measured in bytes."""
        del context
        return Trial()

    def intents(self, context: Context) -> tuple[Intent, ...]:
        """`build.target-dir`, relative to the directory that holds `.cargo`."""
        facts = context.facts
        return (
            TomlValue(
                path=config_path(facts),
                keys=_KEY,
                value=_shown(facts.target_dir, facts.root),
                comment="shared with " + ", ".join(package.name for package in separate(facts)),
            ),
        )


def separate(facts: WorkspaceFacts) -> tuple[ExcludedPackage, ...]:
    """The excluded packages that build somewhere else than the workspace."""
    return tuple(
        package
        for package in facts.excluded
        if not package.problem and package.target_dir != facts.target_dir
    )


def same_names(facts: WorkspaceFacts) -> tuple[str, ...]:
    """Warnings for binaries of the same name: in one directory they overwrite each other."""
    counted: Counter[str] = Counter()
    owners: dict[str, list[str]] = {}
    for member in facts.metadata.member_packages:
        for target in member.targets:
            if "bin" in target.kinds:
                counted[target.name] += 1
                owners.setdefault(target.name, []).append(member.name)
    for package in separate(facts):
        for binary in package.binaries:
            counted[binary] += 1
            owners.setdefault(binary, []).append(package.name)
    return tuple(
        f"the binary `{name}` is built by {' and '.join(owners[name])}: in a shared target directory"
        " the later build overwrites the earlier one"
        for name, count in sorted(counted.items())
        if count > 1
    )


def _nearer_setting(package: ExcludedPackage, facts: WorkspaceFacts) -> bool:
    directory = package.root
    while directory != facts.root and directory.is_relative_to(facts.root):
        for name in ("config", "config.toml"):
            path = directory / ".cargo" / name
            if path.is_file() and "target-dir" in path.read_text("utf-8", "replace"):
                return True
        directory = directory.parent
    return False


def _shown(path: Path, root: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
