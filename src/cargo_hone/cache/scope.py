"""Where the wrapper is set: in the repository for all who build it, or in the cargo home for this user alone."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import assert_never

from cargo_hone.cache import shim
from cargo_hone.errors import UsageProblem
from cargo_hone.proc import run
from cargo_hone.workspace import configuration, pipeline
from cargo_hone.workspace.configuration import Configuration, Layer, Setting
from cargo_hone.workspace.pipeline import PipelineFiles

KEY = ("build", "rustc-wrapper")
WINDOWS_RUNNER = re.compile(r"(?<![\w-])windows-(?:latest|\d)")
"""A runner's name (windows-latest, windows-2025), not a target triple."""
_OTHER_PIPELINES = ("appveyor.yml", ".appveyor.yml", "azure-pipelines.yml")
_GIT_LIMIT_S = 20.0


class Scope(StrEnum):
    """`--scope`."""

    REPO = "repo"
    USER = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a setup must know of the place: `root` is the workspace's, None outside of one."""

    root: Path | None
    configuration: Configuration
    pipeline: PipelineFiles
    env: Mapping[str, str]

    @property
    def user_config(self) -> Path:
        """The user's own cargo configuration file."""
        return config_file(configuration.cargo_home(self.env))

    @property
    def user_shim(self) -> Path:
        """The shim of this user, beside that file: whoever deletes the one has deleted the other."""
        return configuration.cargo_home(self.env) / "hone" / "sccache"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A scope, and why it is the one."""

    scope: Scope
    why: str
    cautions: tuple[str, ...] = ()


def look(root: Path | None, *, here: Path, env: Mapping[str, str]) -> Surroundings:
    """Look around; `here` is the directory that counts outside of a workspace. Raises UsageProblem as cargo would."""
    return Surroundings(
        root=root,
        configuration=configuration.read(root or here, env=env),
        pipeline=pipeline.find(root)
        if root is not None
        else PipelineFiles(workflows=(), devcontainers=()),
        env=env,
    )


def config_file(directory: Path) -> Path:
    """The configuration file in a `.cargo` or a cargo home (`config` without extension where that is what it has)."""
    old = directory / "config"
    return old if old.is_file() else directory / "config.toml"


def is_sccache(wrapper: object) -> bool:
    """Whether a `rustc-wrapper` is sccache, or our shim (whose name is the same)."""
    return Path(str(wrapper)).stem == "sccache"


def choose(surroundings: Surroundings, asked: Scope | None) -> Choice:
    """Choose, or check what was asked for.

    Raises UsageProblem where a wrapper of the user's is in the way, and where the repository's wrapper would break
    builds on Windows.
    """
    _refuse_override(surroundings)
    if asked is None:
        _refuse_foreign(surroundings)
        return _fitting(surroundings)
    match asked:
        case Scope.REPO:
            return _repo(surroundings)
        case Scope.USER:
            return Choice(scope=asked, why="as you asked", cautions=_cautions_of_user(surroundings))
        case _:
            assert_never(asked)


def windows(surroundings: Surroundings) -> str:
    """The first pipeline file that builds on Windows; "" for none."""
    if found := built_on_windows(surroundings.pipeline.workflows):
        return found
    if surroundings.root is not None:
        for name in _OTHER_PIPELINES:
            path = pipeline.root_of(surroundings.root) / name
            if path.is_file() and (
                "appveyor" in name or WINDOWS_RUNNER.search(path.read_text("utf-8", "replace"))
            ):
                return name
    return ""


def built_on_windows(workflows: Iterable[Path]) -> str:
    """The first workflow with a Windows runner; "" for none."""
    for workflow in workflows:
        if WINDOWS_RUNNER.search(workflow.read_text("utf-8", "replace")):
            return workflow.name
    return ""


def is_ignored(path: Path, *, root: Path, env: Mapping[str, str]) -> bool:
    """Whether git would not commit `path`; False outside of a repository and without git."""
    if not (pipeline.root_of(root) / ".git").exists():
        return False
    own = {name: value for name, value in env.items() if not name.startswith("GIT_")}
    words = ["git", "-C", str(root), "check-ignore", "-q", "--", str(path)]
    return run(words, env=own, timeout_s=_GIT_LIMIT_S).ok


def in_repository(surroundings: Surroundings, layer: Layer) -> bool:
    """Whether a configuration file is the repository's: the workspace's own, or one above it in the checkout."""
    root = surroundings.root
    if root is None or layer.path == surroundings.user_config:
        return False
    return layer.path.is_relative_to(pipeline.root_of(root))


def _refuse_override(surroundings: Surroundings) -> None:
    for name in configuration.environment_names(KEY):
        value = surroundings.env.get(name)
        if value and not is_sccache(value):
            raise UsageProblem(
                f"{name} is `{value}` in your environment: it wins over whatever a file says",
                next_step=f"unset {name} where it is set (your shell's profile), then run this again",
            )


def _refuse_foreign(surroundings: Surroundings) -> None:
    setting = _standing(surroundings)
    if setting is not None and not is_sccache(setting.value):
        raise UsageProblem(
            f"`{setting.value}` is the wrapper already ({setting.origin})",
            next_step="remove that line first, or decide where sccache is to be used instead: --scope repo|user",
        )


def _standing(surroundings: Surroundings) -> Setting | None:
    """The wrapper of the files (an empty one is none)."""
    for layer in surroundings.configuration.layers:
        value = layer.value(*KEY)
        if value:
            return Setting(value=value, origin=str(layer.path), layer=layer)
    return None


def _fitting(surroundings: Surroundings) -> Choice:
    root = surroundings.root
    cautions = _cautions_of_user(surroundings)
    if root is None:
        return Choice(scope=Scope.USER, why="there is no workspace here", cautions=cautions)
    standing = _standing(surroundings)
    if standing is not None and standing.layer is not None:
        why = f"that is where the wrapper is set already ({standing.origin})"
        if in_repository(surroundings, standing.layer):
            return _repo(surroundings, why)
        return Choice(scope=Scope.USER, why=why, cautions=cautions)
    where = windows(surroundings)
    if where:
        why = f"{where} builds on Windows, where cargo cannot run the shim (an sh script)"
        return Choice(scope=Scope.USER, why=why, cautions=cautions)
    directory = root / ".cargo"
    link = _linked_away(root)
    if link is not None:
        why = f"{link} leads to a file outside of this workspace, which others may share"
        return Choice(scope=Scope.USER, why=why, cautions=cautions)
    for path in (config_file(directory), root / shim.RELATIVE_PATH):
        if is_ignored(path, root=root, env=surroundings.env):
            why = f"git ignores {path.relative_to(root)}: nobody else would get it"
            return Choice(scope=Scope.USER, why=why, cautions=cautions)
    return Choice(
        scope=Scope.REPO,
        why="nothing builds on Windows here: with the commit everybody who builds it has it, CI too",
        cautions=_cautions_of_repo(surroundings),
    )


def _repo(surroundings: Surroundings, why: str = "as you asked") -> Choice:
    if surroundings.root is None:
        raise UsageProblem(
            "there is no workspace here that could be set up",
            next_step="run it inside a Cargo workspace, or with --scope user for all that you build",
        )
    where = windows(surroundings)
    if where:
        raise UsageProblem(
            f"{where} builds on Windows, where cargo cannot run the shim (an sh script): those builds would break",
            next_step="run `cargo hone cache setup --scope user`",
        )
    link = _linked_away(surroundings.root)
    if link is not None:
        raise UsageProblem(
            f"{link} leads to a file outside of this workspace: whoever shares it would miss the shim",
            next_step="run `cargo hone cache setup --scope user`",
        )
    return Choice(scope=Scope.REPO, why=why, cautions=_cautions_of_repo(surroundings))


def _linked_away(root: Path) -> Path | None:
    """The part of `.cargo/config.toml` that is a link to somewhere outside of the workspace."""
    file = config_file(root / ".cargo")
    for path in (file.parent, file):
        if path.is_symlink() and not path.resolve().is_relative_to(root.resolve()):
            return path
    return None


def _cautions_of_repo(surroundings: Surroundings) -> tuple[str, ...]:
    return _empty_override(surroundings)


def _cautions_of_user(surroundings: Surroundings) -> tuple[str, ...]:
    found = list(_empty_override(surroundings))
    for layer in surroundings.configuration.layers:
        value = layer.value(*KEY)
        if value is not None and layer.path != surroundings.user_config:
            found.append(
                f"{layer.path} sets the wrapper `{value}`, which wins over your cargo home's"
            )
            break
    root = surroundings.root
    if root is not None and (pipeline.root_of(root) / "Cross.toml").is_file():
        found.append(
            "there is a Cross.toml: cross mounts your cargo home into a container in which the wrapper's path does"
            " not exist; build there with RUSTC_WRAPPER= (empty)"
        )
    return tuple(found)


def _empty_override(surroundings: Surroundings) -> tuple[str, ...]:
    for name in configuration.environment_names(KEY):
        if surroundings.env.get(name) == "":
            return (
                f"{name} is set to nothing in your environment, which switches every wrapper off",
            )
    return ()
