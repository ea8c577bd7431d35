"""Packages below the workspace root that are not its members: they build into target directories of their own.

Typical are `xtask`, `fuzz` (cargo-fuzz makes it a workspace of its own) and examples with other dependencies.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.cargo.metadata import Metadata
from cargo_hone.proc import run

# Never looked into: versions of other people's packages, and what builds leave behind.
_SKIPPED = frozenset({"target", "node_modules", "vendor", "third_party", "testdata", "fixtures"})
_MAX_DEPTH = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcludedPackage:
    """A package (or a workspace of its own) inside the tree but outside the workspace.

    `problem` says why cargo could not tell about it; then `target_dir` is a guess that nothing is based on.
    """

    name: str
    manifest: Path
    target_dir: Path
    binaries: tuple[str, ...]
    problem: str = ""

    @property
    def root(self) -> Path:
        """The directory of its manifest."""
        return self.manifest.parent

    @property
    def is_locked(self) -> bool:
        """Whether it has a lock file; without one a build in the user's tree would write one."""
        return (self.root / "Cargo.lock").is_file()


def find(metadata: Metadata, *, env: Mapping[str, str]) -> tuple[ExcludedPackage, ...]:
    """Find them, and ask cargo where each one builds."""
    # Path dependencies are built with the workspace, wherever they lie.
    members = {package.root for package in metadata.packages.values() if package.source is None}
    known_roots: set[Path] = set()
    found: list[ExcludedPackage] = []
    for manifest in sorted(_manifests(metadata.workspace_root, metadata.target_directory)):
        directory = manifest.parent
        if directory in members or directory == metadata.workspace_root:
            continue
        if any(directory.is_relative_to(root) for root in known_roots):
            continue
        package = _ask(manifest, metadata.workspace_root, env)
        if package is not None:
            known_roots.add(directory)
            found.append(package)
    return tuple(found)


def _manifests(root: Path, target_dir: Path) -> Iterator[Path]:
    """Manifests below `root`, without following links and without looking into members' own `target`."""
    stack = [(root, 0)]
    while stack:
        directory, depth = stack.pop()
        try:
            entries = list(directory.iterdir())
        except OSError:
            continue  # An unreadable directory holds nothing that could be built either.
        for entry in entries:
            if entry.name == "Cargo.toml" and entry.is_file():
                yield entry
            elif (
                depth < _MAX_DEPTH
                and not entry.name.startswith(".")
                and entry.name not in _SKIPPED
                and entry != target_dir
                and entry.is_dir()
                and not entry.is_symlink()
            ):
                stack.append((entry, depth + 1))


def _ask(manifest: Path, workspace_root: Path, env: Mapping[str, str]) -> ExcludedPackage | None:
    argv = [
        "cargo",
        "metadata",
        "--no-deps",
        "--format-version",
        "1",
        "--manifest-path",
        str(manifest),
    ]
    finished = run(argv, cwd=manifest.parent, env=env, timeout_s=60)
    if not finished.ok:
        said = finished.errors.strip().splitlines()
        return ExcludedPackage(
            name=manifest.parent.name,
            manifest=manifest,
            target_dir=manifest.parent / "target",
            binaries=(),
            problem=said[0] if said else "cargo metadata failed",
        )
    raw = json.loads(finished.stdout)
    if Path(raw["workspace_root"]) == workspace_root:
        return None
    return ExcludedPackage(
        name=raw["packages"][0]["name"] if len(raw["packages"]) == 1 else manifest.parent.name,
        manifest=manifest,
        target_dir=Path(raw["target_directory"]),
        binaries=tuple(
            target["name"]
            for package in raw["packages"]
            for target in package["targets"]
            if "bin" in target["kind"]
        ),
    )
