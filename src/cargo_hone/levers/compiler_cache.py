"""sccache as the compiler cache, through a shim that the repository commits."""

from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from cargo_hone.cache import setup, shim
from cargo_hone.cache.cautions import stepping_aside
from cargo_hone.cache.scope import KEY, built_on_windows, config_file, is_sccache
from cargo_hone.cache.wanted import Key, Wanted, Whole
from cargo_hone.levers import wrapper
from cargo_hone.levers.interface import (
    Applicability,
    Applies,
    Context,
    Intent,
    Need,
    NotHere,
    TomlValue,
    Trial,
    WholeFile,
)
from cargo_hone.model import Scenario
from cargo_hone.workspace.facts import WorkspaceFacts


@dataclass(frozen=True, slots=True)
class CompilerCache:
    """`build.rustc-wrapper`, the shim, and the cap in sccache's own configuration."""

    name: str = "sccache"
    title: str = "sccache as the compiler cache"
    step: str = "sccache"
    gives_up: str = ""
    group: str = "compiler-cache"
    moves: tuple[Scenario, ...] = (Scenario.CLEAN_WARM,)
    needs: tuple[Need, ...] = (Need.SCCACHE,)

    def applicability(self, context: Context) -> Applicability:
        """A wrapper that is there already stays; without sccache there is nothing to try."""
        found = wrapper.in_the_way(context.facts, is_wanted=is_sccache)
        if found is not None:
            return found
        windows = built_on_windows(context.facts.pipeline.workflows)
        if windows:
            return NotHere(
                reason=f"{windows} builds on Windows, where the shim (an sh script) cannot run"
            )
        if context.engine is None:
            return NotHere(reason="sccache is not installed")
        return Applies(cautions=stepping_aside(context.facts.env))

    def trial(self, context: Context) -> Trial:
        """The wrapper's path depends on the scratch copy, so `trial_wrapper` gives the setting."""
        del context
        return Trial(engine="sccache")

    def intents(self, context: Context) -> tuple[Intent, ...]:
        """The shim, the setting that points at it, the cap, and where this machine keeps sccache."""
        facts = context.facts
        intents: list[Intent] = [
            WholeFile(
                path=facts.root / shim.RELATIVE_PATH,
                content=shim.text(context.capacity),
                executable=True,
            ),
            TomlValue(
                path=config_path(facts),
                keys=KEY,
                value=shim.RELATIVE_PATH,
                comment="sccache where it is installed and healthy, plain rustc where not",
            ),
        ]
        if context.engine is not None:
            intents += map(_intent, setup.machine(facts.env, context.capacity, context.engine))
        return tuple(intents)


def _intent(wanted: Wanted) -> Intent:
    match wanted:
        case Key():
            return TomlValue(
                path=wanted.path, keys=wanted.keys, value=wanted.value, comment=wanted.comment
            )
        case Whole():
            return WholeFile(path=wanted.path, content=wanted.content, executable=wanted.executable)
        case _:
            assert_never(wanted)


def trial_wrapper(shim_path: Path) -> str:
    """The `--config` value that makes cargo use a shim at an absolute path."""
    return f'build.rustc-wrapper="{shim_path}"'


def config_path(facts: WorkspaceFacts) -> Path:
    """The repository's own cargo configuration file (`config` without extension where that is what it has)."""
    return config_file(facts.root / ".cargo")
