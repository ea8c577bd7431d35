"""The workspace that is saved or restored, and what ranks snapshots for it."""

import hashlib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.cargo.metadata import Metadata
from cargo_hone.cargo.toolchain import Toolchain

_OF_ONE_REPOSITORY = frozenset(
    f"GIT_{name}"
    for name in (
        *("DIR", "WORK_TREE", "INDEX_FILE", "PREFIX", "COMMON_DIR", "NAMESPACE"),
        *("OBJECT_DIRECTORY", "ALTERNATE_OBJECT_DIRECTORIES"),
    )
)
"""What git tells its hooks: there it would answer for that repository, whichever one is asked about."""
_FLAGS = ("RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET", "CARGO_INCREMENTAL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A checkout with its target directory. `packages` are the local ones, members or not, by name.

    `target_dir` is where cargo compiles, `final_dir` where final artifacts go: another one where the build-dir
    is split. Those are links to what lies in the first, and each build makes them again, so they are not kept then.
    """

    metadata: Metadata
    root: Path
    target_dir: Path
    final_dir: Path
    packages: Mapping[str, Path]
    toolchain: Toolchain
    env: Mapping[str, str]

    @property
    def lock_digest(self) -> str:
        """The lock file's content, as a hash; "" without one."""
        path = self.root / "Cargo.lock"
        return _digest(path.read_bytes()) if path.is_file() else ""

    @property
    def flags_digest(self) -> str:
        """What changes most units' flags: profiles, cargo's configuration, the environment."""
        parts = [f"{name}={self.env[name]}".encode() for name in _FLAGS if name in self.env]
        for name in (".cargo/config.toml", ".cargo/config"):
            path = self.root / name
            if path.is_file():
                parts.append(path.read_bytes())
        manifest = tomllib.loads((self.root / "Cargo.toml").read_bytes().decode("utf-8-sig"))
        parts.append(repr(manifest.get("profile")).encode())
        return _digest(b"\0".join(parts))

    def relative(self, path: bytes) -> bytes:
        """Write an absolute path as manifests do: relative to the workspace where it lies in it or in a package."""
        base = os.fsencode(self.root)
        if path == base:
            return b"."
        if path.startswith(base + b"/"):
            return path[len(base) + 1 :]
        for package in self.packages.values():
            if (path + b"/").startswith(os.fsencode(package) + b"/"):
                return os.path.relpath(path, base)
        return path


def place_of(metadata: Metadata, *, toolchain: Toolchain, env: Mapping[str, str]) -> Place:
    """Describe a workspace that cargo told about."""
    local = [package for package in metadata.packages.values() if package.source is None]
    return Place(
        metadata=metadata,
        root=metadata.workspace_root,
        target_dir=metadata.build_directory,
        final_dir=metadata.target_directory,
        packages={package.name: package.root for package in local},
        toolchain=toolchain,
        env={name: value for name, value in env.items() if name not in _OF_ONE_REPOSITORY}
        | {"GIT_OPTIONAL_LOCKS": "0"},
    )


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()
