"""What is in effect around the workspace and not around a copy that lies somewhere else (`--scratch-dir`).

Beside the original everything above it and beside it holds for the copy as well, and nothing is to be said.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

_INHERITED = (
    ".cargo/config.toml",
    ".cargo/config",
    "rust-toolchain.toml",
    "rust-toolchain",
    "clippy.toml",
    ".clippy.toml",
)


def not_in_effect(
    original_top: Path, copy_home: Path, *, manifests: Sequence[Path]
) -> tuple[str, ...]:
    """Say, in sentences, what does not hold in a copy of `original_top` that lies in `copy_home`.

    `manifests` are those of all path dependencies of the original.
    """
    original, home = original_top.resolve(), copy_home.resolve()
    if home == original.parent:
        return ()
    shared = {home, *home.parents}
    found = [
        f"{path} is not in effect in the scratch copy, which does not lie below {path.parent}"
        for path in _inherited_files(original)
        if _holder(path) not in shared
    ]
    found += [
        f"the path dependency {manifest.parent} lies beside the workspace, and not beside the scratch copy"
        for manifest in manifests
        if not manifest.resolve().is_relative_to(original)
    ]
    return tuple(found)


def _inherited_files(original: Path) -> Iterator[Path]:
    for directory in original.parents:
        for name in _INHERITED:
            if (directory / name).is_file():
                yield directory / name


def _holder(path: Path) -> Path:
    return path.parent.parent if path.parent.name == ".cargo" else path.parent
