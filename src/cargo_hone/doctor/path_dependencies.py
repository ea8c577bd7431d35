"""Which packages are dependencies by path: cargo builds these with the workspace, although they are no members."""

import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from cargo_hone.workspace.excluded import ExcludedPackage

_TABLES = ("dependencies", "dev-dependencies", "build-dependencies")
_OLD_NAMES = ("dev_dependencies", "build_dependencies")


def without(
    outside: Iterable[ExcludedPackage], *, root: Path, manifests: Iterable[Path]
) -> tuple[ExcludedPackage, ...]:
    """Return the packages that no manifest of the workspace leads to, over as many packages as it takes.

    `root` is the workspace's, `manifests` its members'. A manifest that cannot be read leads nowhere: cargo has its
    own word on it.
    """
    left = {package.root: package for package in outside}
    waiting = [root / "Cargo.toml", *manifests] if left else []
    while waiting and left:
        for directory in tuple(_named(waiting.pop())):
            package = left.pop(directory, None)
            if package is not None:
                waiting.append(package.manifest)
    return tuple(left.values())


def _named(manifest: Path) -> Iterator[Path]:
    """Yield the directories that a manifest names as paths of dependencies, patches and replacements."""
    try:
        content = manifest.read_bytes()
        data = tomllib.loads(content.decode("utf-8-sig")) if b"path" in content else {}
    except (OSError, ValueError):
        return
    for table in _tables(data):
        for entry in table.values():
            path = entry.get("path") if isinstance(entry, Mapping) else None
            if isinstance(path, str):
                yield Path(os.path.normpath(manifest.parent / path))


def _tables(data: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    holders = [data, *_inner(data.get("target")), data.get("workspace")]
    for holder in holders:
        if isinstance(holder, Mapping):
            yield from (_table(holder.get(name)) for name in (*_TABLES, *_OLD_NAMES))
    yield _table(data.get("replace"))
    yield from _inner(data.get("patch"))


def _inner(table: object) -> list[Mapping[str, Any]]:
    return [_table(inner) for inner in _table(table).values()]


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
