"""Gathering the facts: what cargo has answered, files, and what this machine says without being asked long."""

import sys
from collections.abc import Mapping
from pathlib import Path

from cargo_hone.doctor import disk, documents, path_dependencies, toml_file, wishes, wrappers
from cargo_hone.doctor.asking import Answer
from cargo_hone.doctor.facts import Excluded, Facts, Machine
from cargo_hone.errors import HoneError
from cargo_hone.proc import run
from cargo_hone.target.mounts import Mount, read_mounts
from cargo_hone.workspace import configuration, git_files
from cargo_hone.workspace.configuration import Configuration
from cargo_hone.workspace.excluded import ExcludedPackage


def look(answer: Answer, *, env: Mapping[str, str], state_dir: Path) -> Facts:
    """Gather what the rules need. Raises as `wishes.read`, `configuration.read` and `documents.read` do."""
    workspace = answer.workspace
    root = workspace.workspace_root
    wished = wishes.read(root, env)
    layers = configuration.read(root, env=env)
    paths = documents.find(root, tuple(layer.path for layer in layers.layers), env)
    members = (package.manifest_path for package in workspace.member_packages)
    apart = path_dependencies.without(answer.outside, root=root, manifests=members)
    machine = Machine(
        env=env,
        platform=sys.platform,
        host=_host(root, env) if _names_target(layers) else None,
        excluded=tuple(map(_excluded, apart)),
        mounts=_mounts(),
        worktrees=git_files.worktrees(root),
        disk=disk.forecast(workspace.target_directory, state_dir),
        programs=wrappers.programs(layers),
    )
    return Facts(
        metadata=workspace, wishes=wished, machine=machine, documents=documents.read(paths)
    )


def _names_target(layers: Configuration) -> bool:
    return any(layer.value("build", "target") is not None for layer in layers.layers)


def _host(root: Path, env: Mapping[str, str]) -> str | None:
    try:
        asked = run([env.get("RUSTC", "rustc"), "-vV"], cwd=root, env=env, timeout_s=30)
    except HoneError:
        return None
    lines = [line for line in asked.text.splitlines() if line.startswith("host: ")]
    return lines[0].removeprefix("host: ") if asked.ok and lines else None


def _mounts() -> tuple[Mount, ...]:
    try:
        return read_mounts()
    except OSError:
        return ()  # Not Linux: then nothing is said of file systems.


def _excluded(package: ExcludedPackage) -> Excluded:
    own = (".cargo/config.toml", ".cargo/config", "rust-toolchain.toml", "rust-toolchain")
    try:
        manifest = toml_file.parsed(package.manifest, package.manifest.read_bytes())
    except (OSError, ValueError):
        manifest = None  # Then `package.problem` says what cargo thinks of it.
    return Excluded(
        package=package,
        manifest=manifest,
        is_apart=any((package.root / name).is_file() for name in own),
    )
