"""One look at a workspace, before anything is decided."""

import tomllib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cargo_hone.cargo import metadata, toolchain
from cargo_hone.cargo.metadata import Metadata
from cargo_hone.cargo.toolchain import Toolchain
from cargo_hone.workspace import configuration, excluded, installed, pipeline
from cargo_hone.workspace.configuration import Configuration
from cargo_hone.workspace.excluded import ExcludedPackage
from cargo_hone.workspace.pipeline import PipelineFiles


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceFacts:
    """All that later rooms need to know of a workspace. `env` is the one that cargo is run with."""

    metadata: Metadata
    toolchain: Toolchain
    configuration: Configuration
    excluded: tuple[ExcludedPackage, ...]
    pipeline: PipelineFiles
    tools: Mapping[str, Path]
    root_manifest: Mapping[str, Any]
    """The root manifest as parsed TOML."""
    env: Mapping[str, str]
    flags: tuple[str, ...]
    """`--locked` and `--offline` as the user gave them."""

    @property
    def root(self) -> Path:
        """The workspace's root directory."""
        return self.metadata.workspace_root

    @property
    def manifest(self) -> Path:
        """The root manifest, which holds the profiles."""
        return self.root / "Cargo.toml"

    @property
    def target_dir(self) -> Path:
        """Where the workspace builds."""
        return self.metadata.target_directory

    def dev_profile(self, key: str) -> Any:
        """A key of the dev profile as files have it (configuration wins over the manifest); None for the default."""
        setting = self.configuration.setting("profile", "dev", key)
        if setting is not None:
            return setting.value
        return self.root_manifest.get("profile", {}).get("dev", {}).get(key)


def look(manifest: Path, *, env: Mapping[str, str], flags: Sequence[str] = ()) -> WorkspaceFacts:
    """Look at the workspace of `manifest`. Errors as those of `cargo.metadata.read` and `cargo.toolchain.read`."""
    known = metadata.read(manifest, env=env, flags=flags)
    root = known.workspace_root
    # Each of these waits for other programs: at the same time, so that `cargo hone` answers at once.
    with ThreadPoolExecutor() as pool:
        compiler = pool.submit(toolchain.read, root, env=env)
        others = pool.submit(excluded.find, known, env=env)
    return WorkspaceFacts(
        metadata=known,
        toolchain=compiler.result(),
        configuration=configuration.read(root, env=env),
        excluded=others.result(),
        pipeline=pipeline.find(root),
        tools=installed.find(env),
        root_manifest=tomllib.loads((root / "Cargo.toml").read_bytes().decode("utf-8-sig")),
        env=env,
        flags=tuple(flags),
    )
