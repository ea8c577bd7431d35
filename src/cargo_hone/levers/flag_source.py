"""Who has the say about rustc's flags here: the sources exclude each other, they do not add up.

`CARGO_ENCODED_RUSTFLAGS` > `RUSTFLAGS` > `target.*` > `build.rustflags` (the Cargo book, "Configuration"). Within one
source the lists of several files are joined, the nearer file's last; a string and a list cannot be joined.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.edit.toml_value import render_key
from cargo_hone.levers.compiler_cache import config_path
from cargo_hone.workspace.configuration import environment_names
from cargo_hone.workspace.facts import WorkspaceFacts

_STRONGEST = ("CARGO_ENCODED_RUSTFLAGS", "RUSTFLAGS")
_NAMED = re.compile(r"^[^#\n]*\b((?:CARGO_ENCODED_)?RUSTFLAGS)\b[\"']?\s*[:=]", re.MULTILINE)
# Its input `rustflags` is "-D warnings" where nobody gives it (version 1, action.yml).
_SETTING_ACTION = "actions-rust-lang/setup-rust-toolchain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Writable:
    """Flags written at `keys` of `path` are in effect, together with what is there: `written`, in that file's form.

    `joined` are all words at `keys`, those of other files included, as cargo joins them.
    """

    path: Path
    keys: tuple[str, ...]
    written: str | tuple[str, ...] | None
    joined: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """What a file of the repository would say has no effect, or cannot be said; and why."""

    reason: str


def place(facts: WorkspaceFacts) -> Writable | Cancelled:
    """Where flags for the host must be written to be in effect."""
    for name in _STRONGEST:
        if name in facts.env:
            return Cancelled(
                reason=f"{name} is set in the environment: cargo then reads no rustflags from its files"
            )
    by_triple = ("target", facts.toolchain.host, "rustflags")
    build = ("build", "rustflags")
    by_cfg = _by_cfg(facts)
    has_build = _is_set(facts, build)
    if by_cfg and has_build and not _is_set(facts, by_triple):
        return Cancelled(
            reason=f"both {by_cfg} and build.rustflags are set, and which one holds here depends on the first"
        )
    keys = build if has_build and not _is_set(facts, by_triple) else by_triple
    return _writable(facts, keys)


def cancelled_in_pipeline(facts: WorkspaceFacts) -> tuple[str, ...]:
    """The workflows in which a variable cancels the flags of files, as sentences."""
    said = []
    for workflow in facts.pipeline.workflows:
        text = workflow.read_text("utf-8", "replace")
        found = _NAMED.search(text)
        if found is not None:
            said.append(
                f"{workflow.name} sets {found[1]}: there cargo reads no rustflags from its files"
            )
        elif _SETTING_ACTION in text:
            said.append(
                f"{workflow.name} uses {_SETTING_ACTION}, which sets RUSTFLAGS unless its input `rustflags` is"
                ' "": there cargo reads none from its files'
            )
    return tuple(said)


def _by_cfg(facts: WorkspaceFacts) -> str:
    for layer in facts.configuration.layers:
        tables = layer.value("target")
        for key, table in tables.items() if isinstance(tables, Mapping) else ():
            if key.startswith("cfg(") and isinstance(table, Mapping) and "rustflags" in table:
                return render_key(("target", key, "rustflags"))
    return ""


def _is_set(facts: WorkspaceFacts, keys: tuple[str, ...]) -> bool:
    return facts.configuration.setting(*keys) is not None


def _writable(facts: WorkspaceFacts, keys: tuple[str, ...]) -> Writable | Cancelled:
    variable = next((name for name in environment_names(keys)[-1:] if name in facts.env), None)
    if variable is not None:
        return Cancelled(
            reason=f"{variable} is set in the environment, above what a file would say"
        )
    path = config_path(facts)
    own: str | tuple[str, ...] | None = None
    words: list[str] = []
    for layer in reversed(facts.configuration.layers):
        value = layer.value(*keys)
        if value is None:
            continue
        if layer.path != path and isinstance(value, str):
            return Cancelled(
                reason=f"{layer.path} has {render_key(keys)} as one string, which no other file can add to:"
                " make it a list"
            )
        if layer.path == path:
            own = value if isinstance(value, str) else tuple(map(str, value))
        words += value.split() if isinstance(value, str) else map(str, value)
    return Writable(path=path, keys=keys, written=own, joined=tuple(words))
