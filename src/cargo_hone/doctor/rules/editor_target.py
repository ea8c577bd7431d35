"""rust-analyzer checking into the target directory that the shell builds into."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from cargo_hone.doctor.facts import Facts
from cargo_hone.doctor.finding import Confidence, Finding, Fix, Rule, Set, Severity

if TYPE_CHECKING:
    from cargo_hone.doctor.jsonc_file import JsoncFile
    from cargo_hone.edit.jsonc_data import Value

_KEY = "rust-analyzer.cargo.targetDir"
_SWITCHES = ("checkOnSave", "checkOnSave.enable")
"""With the name that it had until 2023."""
_ARGUMENTS = (
    *("check.extraArgs", "check.overrideCommand", "cargo.extraArgs"),
    *("checkOnSave.extraArgs", "checkOnSave.overrideCommand"),
)
_VSCODE = ("customizations", "vscode", "settings")


def _check(facts: Facts) -> Iterator[Finding]:
    for file in facts.documents.editors:
        yield from _judged(file, ())
    for file in facts.documents.devcontainers:
        yield from _judged(file, _VSCODE)


def _judged(file: "JsoncFile", way: tuple[str, ...]) -> Iterator[Finding]:
    settings = file.table(*way)
    first = next((key for key in settings if key.startswith("rust-analyzer.")), None)
    if first is None or _is_decided(settings):
        return
    fix = Fix(
        title=f'set "{_KEY}" to true: rust-analyzer gets target/rust-analyzer (and takes disk space there)',
        is_safe=True,
        edits=(file.edited(Set(way=(*way, _KEY), value=True)),),
    )
    yield Finding(
        rule=RULE,
        severity=Severity.NOTE,
        confidence=Confidence.POSSIBLE,
        place=file.place(*way, first),
        message="rust-analyzer checks into the target directory that you build into",
        why="cargo locks a target directory while it builds, so the one waits for the other",
        cost="`cargo build` waits for the editor's check after each save",
        help=fix.title,
        fix=fix,
    )


def _is_decided(settings: "Mapping[str, Value]") -> bool:
    """Whether somebody has said where rust-analyzer builds, or that it does not."""
    envs = [settings.get(f"rust-analyzer.{part}.extraEnv") for part in ("cargo", "check", "server")]
    arguments = " ".join(str(settings.get(f"rust-analyzer.{key}")) for key in _ARGUMENTS)
    return (
        _KEY in settings
        or any(settings.get(f"rust-analyzer.{key}") is False for key in _SWITCHES)
        or "--target-dir" in arguments
        or any(isinstance(env, dict) and "CARGO_TARGET_DIR" in env for env in envs)
    )


RULE = Rule(
    id="HONE013",
    name="editor-target",
    title="rust-analyzer sharing the target directory",
    check=_check,
)
