"""A target directory, or a flat build-dir, that several working trees of one repository share."""

import os
from collections.abc import Iterator
from pathlib import Path

from cargo_hone.doctor.facts import Facts
from cargo_hone.doctor.finding import (
    Confidence,
    Elsewhere,
    Finding,
    Fix,
    Place,
    Remove,
    Rule,
    Set,
    Severity,
)
from cargo_hone.workspace.configuration import Setting

_TARGET = ("build", "target-dir")
_BUILD = ("build", "build-dir")
_OWN = ("{workspace-path-hash}", "{workspace-root}")


def _check(facts: Facts) -> Iterator[Finding]:
    if len(facts.machine.worktrees) < 2:
        return
    build, target = facts.configuration.setting(*_BUILD), facts.configuration.setting(*_TARGET)
    # Intermediate artifacts lie in build-dir where there is one, else in target-dir.
    keys, setting = (_BUILD, build) if build is not None else (_TARGET, target)
    if setting is None or not isinstance(setting.value, str) or not setting.value:
        return
    if not any(own in setting.value for own in _OWN) and _is_shared(facts, setting):
        yield _finding(facts, keys, setting)


def _is_shared(facts: Facts, setting: Setting) -> bool:
    """Whether another working tree comes to the same directory."""
    here = next((t for t in facts.machine.worktrees if facts.root.is_relative_to(t)), None)
    value = str(setting.value)
    if here is None or setting.layer is None:
        return Path(value).is_absolute()
    base = setting.layer.base
    if Path(value).is_absolute() or not base.is_relative_to(here):
        return not _inside(base / value, here)
    others = (t / base.relative_to(here) for t in facts.machine.worktrees if t != here)
    return any(_normal(other / value) == _normal(base / value) for other in others)


def _inside(path: Path, tree: Path) -> bool:
    return Path(_normal(path)).is_relative_to(tree)


def _normal(path: Path) -> str:
    return os.path.normpath(path)


def _finding(facts: Facts, keys: tuple[str, str], setting: Setting) -> Finding:
    file = next((f for f in facts.documents.cargo if str(f.path) == setting.origin), None)
    place: Place | Elsewhere = Elsewhere(name=f"variable {setting.origin}")
    fix = None
    if file is not None:
        place = file.place(*keys)
        edit: Set | Remove = Remove(way=keys)
        if keys == _BUILD:
            edit = Set(way=keys, value=f"{str(setting.value).rstrip('/')}/{_OWN[0]}")
        fix = Fix(
            title="give each working tree its own: add /{workspace-path-hash}"
            if keys == _BUILD
            else "take target-dir out; `cargo hone snapshot` makes new working trees fast",
            is_safe=keys == _BUILD,
            edits=(file.edited(edit),),
        )
    count = len(facts.machine.worktrees)
    return Finding(
        rule=RULE,
        severity=Severity.ERROR,
        confidence=Confidence.LIKELY,
        place=place,
        message=f"{count} working trees of this repository build into {setting.value}",
        why="cargo names a workspace's units by their paths relative to it, which are the same in each tree: one tree"
        " can silently get another's libraries",
        cost="wrong builds; else each switch rebuilds the workspace's own crates",
        help=fix.title if fix is not None else f"unset {setting.origin}, or give each tree its own",
        fix=fix,
    )


RULE = Rule(
    id="HONE009",
    name="shared-by-worktrees",
    title="a target directory or a flat build-dir shared by working trees",
    check=_check,
)
