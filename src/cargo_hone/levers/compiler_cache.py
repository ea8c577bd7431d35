"""sccache as the compiler cache, through a shim that the repository commits."""

from dataclasses import dataclass
from pathlib import Path

from cargo_hone.cache import configuration as sccache_configuration
from cargo_hone.cache import shim
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
    WholeFile,
)
from cargo_hone.model import Scenario
from cargo_hone.workspace.facts import WorkspaceFacts

_KEY = ("build", "rustc-wrapper")


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
        setting = context.facts.configuration.setting(*_KEY)
        if setting is not None and setting.value:
            where = f"build.rustc-wrapper is `{setting.value}` ({setting.origin})"
            return Already(evidence=where) if is_sccache(setting.value) else NotHere(reason=where)
        windows = _built_on_windows(context.facts)
        if windows:
            return NotHere(
                reason=f"{windows} builds on Windows, where the shim (an sh script) cannot run"
            )
        override = context.facts.configuration.environment_override(*_KEY)
        if override is not None:
            return NotHere(reason=f"{override} is set to nothing, which switches every wrapper off")
        if context.engine is None:
            return NotHere(reason="sccache is not installed")
        cautions = []
        if "CARGO_INCREMENTAL" in context.facts.env:
            cautions.append(
                "CARGO_INCREMENTAL is set in your environment: where it is 1 the shim steps aside,"
                " because sccache refuses to run"
            )
        return Applies(cautions=tuple(cautions))

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
                keys=_KEY,
                value=shim.RELATIVE_PATH,
                comment="sccache where it is installed and healthy, plain rustc where not",
            ),
            TomlValue(
                path=sccache_configuration.path(facts.env),
                keys=sccache_configuration.KEYS,
                value=context.capacity.size_bytes,
                comment=f"{context.capacity}, whoever starts the server",
            ),
        ]
        if context.engine is not None and context.engine.origin == "came with cargo-hone":
            intents.append(
                WholeFile(
                    path=sccache_configuration.pointer_path(facts.env),
                    content=f"{context.engine.path}\n".encode(),
                )
            )
        return tuple(intents)


def is_sccache(wrapper: object) -> bool:
    """Whether a `rustc-wrapper` is sccache, or our shim (whose name is the same)."""
    return Path(str(wrapper)).stem == "sccache"


def _built_on_windows(facts: WorkspaceFacts) -> str:
    """The first workflow that names a Windows runner; empty for none."""
    for workflow in facts.pipeline.workflows:
        if "windows-" in workflow.read_text("utf-8", "replace"):
            return workflow.name
    return ""


def trial_wrapper(shim_path: Path) -> str:
    """The `--config` value that makes cargo use a shim at an absolute path."""
    return f'build.rustc-wrapper="{shim_path}"'


def config_path(facts: WorkspaceFacts) -> Path:
    """The repository's own cargo configuration file (`config` without extension where that is what it has)."""
    directory = facts.root / ".cargo"
    old = directory / "config"
    return old if old.is_file() else directory / "config.toml"
