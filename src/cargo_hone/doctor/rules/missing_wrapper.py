"""A compiler wrapper that is not there, or not everywhere: without it every cargo command fails."""

from collections.abc import Iterator
from pathlib import Path

from cargo_hone.cache import shim
from cargo_hone.cache.scope import WINDOWS_RUNNER, is_sccache
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
    WholeFile,
)
from cargo_hone.doctor.toml_file import TomlFile
from cargo_hone.doctor.wrappers import WRAPPER_KEYS
from cargo_hone.workspace.configuration import Setting

_WHY = "cargo runs the wrapper for each call of rustc, and fails where it cannot"
_COST = "no build, no `cargo metadata`, and so no rust-analyzer, where the wrapper is missing"


def _check(facts: Facts) -> Iterator[Finding]:
    for keys in WRAPPER_KEYS:
        setting = facts.configuration.setting(*keys)
        if setting is None or not isinstance(setting.value, str) or not setting.value:
            continue
        file = next(
            (f for f in facts.documents.cargo if str(f.path) == setting.origin),
            None,
        )
        # A wrapper that a fix has just written is not looked for again: it is not on the disk yet.
        is_shim = setting.value == shim.RELATIVE_PATH and facts.documents.contents.get(
            facts.root / shim.RELATIVE_PATH
        )
        if is_shim:
            continue
        if facts.machine.programs.get(setting.value) is None:
            yield _missing(facts, keys, setting, file)
        elif file in facts.committed and _differs_elsewhere(setting.value):
            yield _elsewhere(facts, keys, setting.value, file)


def _missing(
    facts: Facts, keys: tuple[str, str], setting: Setting, file: TomlFile | None
) -> Finding:
    place = file.place(*keys) if file is not None else Elsewhere(name=f"variable {setting.origin}")
    return _finding(
        Severity.ERROR,
        Confidence.CERTAIN,
        place,
        f"the wrapper `{setting.value}` is not there, or cannot be executed",
        _fix(facts, keys, setting.value, file) if file is not None else None,
    )


def _elsewhere(facts: Facts, keys: tuple[str, str], wrapper: str, file: TomlFile) -> Finding:
    return _finding(
        Severity.WARNING,
        Confidence.LIKELY,
        file.place(*keys),
        f"whoever has no `{wrapper}` cannot build this repository",
        _fix(facts, keys, wrapper, file),
    )


def _finding(
    severity: Severity,
    confidence: Confidence,
    place: Place | Elsewhere,
    message: str,
    fix: Fix | None,
) -> Finding:
    return Finding(
        rule=RULE,
        severity=severity,
        confidence=confidence,
        place=place,
        message=message,
        why=_WHY,
        cost=_COST,
        help=fix.title if fix is not None else "unset the variable",
        fix=fix,
    )


def _differs_elsewhere(wrapper: str) -> bool:
    """A path inside the repository is wherever the repository is; a name or an absolute path is not."""
    return "/" not in wrapper or Path(wrapper).is_absolute()


def _fix(facts: Facts, keys: tuple[str, str], wrapper: str, file: TomlFile) -> Fix:
    is_ours_to_write = file.path.parent == facts.root / ".cargo" and keys == WRAPPER_KEYS[0]
    if is_sccache(wrapper) and is_ours_to_write and not _windows(facts):
        return Fix(
            title=f"wrap by {shim.RELATIVE_PATH}, which uses sccache where it is and works, else plain rustc",
            is_safe=True,
            edits=(
                WholeFile(
                    path=facts.root / shim.RELATIVE_PATH,
                    content=shim.text(facts.wishes.capacity),
                    executable=True,
                ),
                file.edited(Set(way=keys, value=shim.RELATIVE_PATH)),
            ),
        )
    return Fix(
        title=f"take {'.'.join(keys)} out; each developer may set it in ~/.cargo/config.toml",
        is_safe=False,
        edits=(file.edited(Remove(way=keys)),),
    )


def _windows(facts: Facts) -> bool:
    """Whether a workflow builds on Windows, where the shim (an sh script) cannot run."""
    return any(
        WINDOWS_RUNNER.search(workflow.file.source.text) for workflow in facts.documents.workflows
    )


RULE = Rule(
    id="HONE001",
    name="missing-wrapper",
    title="a compiler wrapper that is missing, or may be on other machines",
    check=_check,
)
