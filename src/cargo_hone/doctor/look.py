"""Gathering the facts: one call of `cargo metadata`, files, and what this machine says without being asked long."""

import shutil
import statistics
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from cargo_hone.cargo import metadata
from cargo_hone.doctor import documents, toml_file
from cargo_hone.doctor.asking import programs
from cargo_hone.doctor.facts import DiskForecast, Excluded, Facts, Machine
from cargo_hone.errors import HoneError
from cargo_hone.history.course import course, measured_runs
from cargo_hone.history.database import open_existing_history
from cargo_hone.model import Scenario
from cargo_hone.proc import run
from cargo_hone.settings.model import Settings
from cargo_hone.target.mounts import Mount, read_mounts
from cargo_hone.workspace import configuration, excluded, git_files
from cargo_hone.workspace.configuration import Configuration
from cargo_hone.workspace.excluded import ExcludedPackage

_CLEAN = (Scenario.CLEAN_COLD, Scenario.CLEAN_WARM, Scenario.FRESH_CHECKOUT)


def look(
    workspace: metadata.Metadata, settings: Settings, *, env: Mapping[str, str], state_dir: Path
) -> Facts:
    """Gather what the rules need of this workspace. Raises as `configuration.read` and `documents.read` do."""
    root = workspace.workspace_root
    layers = configuration.read(root, env=env)
    with ThreadPoolExecutor() as pool:
        others = pool.submit(excluded.find, workspace, env=env)
        host = pool.submit(_host, root, env) if _names_target(layers) else None
        paths = documents.find(root, tuple(layer.path for layer in layers.layers), env)
        machine = Machine(
            env=env,
            excluded=(),
            platform=sys.platform,
            host=None,
            mounts=_mounts(),
            worktrees=git_files.worktrees(root),
            disk=_disk(workspace.target_directory, state_dir),
            programs=programs(layers),
        )
        read = documents.read(paths)
    found = tuple(map(_excluded, others.result()))
    machine = replace(machine, excluded=found, host=host.result() if host is not None else None)
    return Facts(metadata=workspace, settings=settings, machine=machine, documents=read)


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


def _disk(target: Path, state_dir: Path) -> DiskForecast | None:
    """The forecast from the newest run that measured clean builds; None where there is none."""
    with open_existing_history(state_dir) as database:
        points = course(database, measured_runs(database)) if database is not None else ()
    clean = [point for point in points if point.scenario in _CLEAN and point.target_bytes]
    there = next((p for p in (target, *target.parents) if p.is_dir()), None)
    if not clean or there is None:
        return None
    newest = [b for p in clean if p.run.id == clean[-1].run.id for b in p.target_bytes]
    return DiskForecast(
        free_bytes=shutil.disk_usage(there).free,
        clean_build_bytes=round(statistics.median(newest)),
        builds_measured=len(newest),
    )


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
