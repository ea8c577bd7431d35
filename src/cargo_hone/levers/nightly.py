"""Levers that only a nightly toolchain has: offered where one is installed and the user says so.

They are tried with that toolchain itself. RUSTC_BOOTSTRAP would make a stable one take the flags, but it reaches
build scripts too, and some of them then compile something else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.edit.toml_value import render, render_key
from cargo_hone.levers import flags
from cargo_hone.levers.compiler_cache import config_path
from cargo_hone.levers.interface import (
    Already,
    Applicability,
    Applies,
    Context,
    Intent,
    Need,
    Nightly,
    NotHere,
    TomlValue,
    Trial,
)
from cargo_hone.levers.profile_keys import alike
from cargo_hone.model import Scenario
from cargo_hone.proc import run
from cargo_hone.workspace.facts import WorkspaceFacts

_LIMIT_S = 30.0
_FILES = ("rust-toolchain.toml", "rust-toolchain")
_GIVES_UP = "the stable compiler (rust-toolchain.toml then names nightly), and the promise that flags stay as they are"


@dataclass(frozen=True, slots=True, kw_only=True)
class NightlySetting:
    """A key of cargo's configuration file, and its value."""

    keys: tuple[str, ...]
    value: str | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NightlyLever:
    """Flags and configuration of a nightly toolchain. `backend` is a part of the compiler that must be installed."""

    name: str
    title: str
    moves: tuple[Scenario, ...]
    flags: tuple[str, ...] = ()
    settings: tuple[NightlySetting, ...] = ()
    backend: str = ""
    needs: tuple[Need, ...] = (Need.NIGHTLY,)
    gives_up: str = _GIVES_UP
    group: str = ""
    step: str = "levers"

    def applicability(self, context: Context) -> Applicability:
        """Where the user lets nightly in, and no file pins another toolchain."""
        reason = _refusal(context) or self._lacks(context)
        if reason:
            return NotHere(reason=reason)
        if self.flags:
            found = flags.applicability(context, self.flags)
            if not isinstance(found, Applies):
                return found
        return self._chosen(context.facts) or Applies()

    def trial(self, context: Context) -> Trial:
        """The same flags and keys, with the nightly toolchain where that is not the one in use."""
        nightly = context.nightly
        switch = nightly is not None and not _is_active(context.facts)
        return Trial(
            config=tuple(f"{render_key(one.keys)}={render(one.value)}" for one in self.settings),
            env={"RUSTUP_TOOLCHAIN": nightly.toolchain} if nightly and switch else {},
            rustflags=self.flags,
        )

    def intents(self, context: Context) -> tuple[Intent, ...]:
        """The toolchain file, and the flags and keys."""
        facts = context.facts
        wanted: list[Intent] = []
        if context.nightly is not None and not _is_active(facts):
            wanted.append(
                TomlValue(
                    path=facts.root / _FILES[0],
                    keys=("toolchain", "channel"),
                    value=channel(context.nightly.toolchain, facts.toolchain.host),
                )
            )
        wanted += [
            TomlValue(path=config_path(facts), keys=one.keys, value=one.value)
            for one in self.settings
        ]
        return (*wanted, *(flags.intents(context, self.flags) if self.flags else ()))

    def _lacks(self, context: Context) -> str:
        if not self.backend or context.nightly is None:
            return ""
        place = context.nightly.sysroot / "lib" / "rustlib" / context.facts.toolchain.host
        if any((place / "codegen-backends").glob(f"*{self.backend}*")):
            return ""
        component = f"rustc-codegen-{self.backend}-preview"
        toolchain = context.nightly.toolchain
        return f"{component} is not installed (rustup component add {component} --toolchain {toolchain})"

    def _chosen(self, facts: WorkspaceFacts) -> Already | None:
        """None where a key is still to be set; one that has another value is somebody's choice."""
        missing = 0
        for one in self.settings:
            setting = facts.configuration.setting(*one.keys)
            if setting is None:
                missing += 1
            elif not alike(setting.value, one.value):
                return Already(
                    evidence=f"{render_key(one.keys)} is {setting.value!r}: somebody has chosen it"
                )
        if missing or not self.settings:
            return None
        return Already(evidence=", ".join(render_key(one.keys) for one in self.settings))


def find(env: Mapping[str, str]) -> Nightly | None:
    """The nightly toolchain that rustup has; None without one, or without rustup. Of several the one without a date."""
    listed = run(["rustup", "toolchain", "list"], env=env, timeout_s=_LIMIT_S)
    names = [line.split()[0] for line in listed.text.splitlines() if line.startswith("nightly")]
    if not listed.ok or not names:
        return None
    toolchain = min(names, key=len)
    asked = run(
        ["rustup", "run", toolchain, "rustc", "--print", "sysroot"], env=env, timeout_s=_LIMIT_S
    )
    return Nightly(toolchain=toolchain, sysroot=Path(asked.text.strip())) if asked.ok else None


def channel(toolchain: str, host: str) -> str:
    """A toolchain's name as a file that others share can have it: without the host."""
    return toolchain.removesuffix(f"-{host}")


def _refusal(context: Context) -> str:
    facts = context.facts
    if context.nightly is None:
        return "it needs a nightly toolchain, and is only offered where you say so (--nightly)"
    if _is_active(facts):
        return ""
    if "RUSTUP_TOOLCHAIN" in facts.env:
        return "RUSTUP_TOOLCHAIN in the environment chooses another toolchain"
    for directory in (facts.root, *facts.root.parents):
        for name in _FILES:
            if (directory / name).is_file():
                return f"{directory / name} chooses the toolchain: name nightly there first"
    return ""


def _is_active(facts: WorkspaceFacts) -> bool:
    return "-nightly" in facts.toolchain.rustc
