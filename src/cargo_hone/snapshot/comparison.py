"""What has changed between a snapshot's sources and those of a checkout, and which units that spoils."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cargo_hone.snapshot.inputs import Scan
from cargo_hone.snapshot.manifest import Manifest

_CARGO_SEES = (b"Cargo.lock",)
_NEVER_READ = (b".github/", b".git")


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Paths as manifests have them. `outside` lie in no package: their times are not ours to set."""

    changed: frozenset[bytes]
    deleted: frozenset[bytes]
    new: frozenset[bytes]

    @property
    def all(self) -> frozenset[bytes]:
        """Whatever is not as it was."""
        return self.changed | self.deleted | self.new


def compare(manifest: Manifest, now: Scan) -> Changes:
    """Compare contents; times do not count."""
    before = {one.path: one.digest for one in manifest.inputs}
    return Changes(
        changed=frozenset(
            path
            for path, digest in before.items()
            if path in now.files and now.files[path].digest != digest
        ),
        deleted=frozenset(path for path in before if path not in now.files),
        new=frozenset(path for path in now.files if path not in before),
    )


def spoiled(manifest: Manifest, changes: Changes) -> dict[int, str]:
    """Return the units that cargo would take for fresh although something that they may have read has changed.

    cargo sees what dep-info and rerun-if lines name; a file of a package that none of them names (a proc macro may
    have read it) spoils the package. Files outside of the workspace keep their times, so cargo cannot be told.
    """
    found: dict[int, str] = {}
    listed: dict[bytes, set[int]] = defaultdict(set)
    for number, unit in enumerate(manifest.units):
        for index in unit.inputs:
            listed[manifest.inputs[index].path].add(number)
    of_package: dict[str, list[int]] = defaultdict(list)
    for number, unit in enumerate(manifest.units):
        if unit.is_local:
            of_package[unit.package].append(number)
    for path in sorted(changes.all):
        if path.startswith(b"/"):
            for number in listed[path]:
                found.setdefault(number, f"{_shown(path)} has changed")
        elif path not in listed and not _is_harmless(path):
            package = package_of(path, manifest.packages)
            for number in of_package[package] if package is not None else ():
                found.setdefault(number, f"{_shown(path)} has changed, which it may have read")
    return found


def dirty_by_times(manifest: Manifest, changes: Changes) -> dict[int, str]:
    """Return the units that cargo will find dirty by itself, with the first reason."""
    found: dict[int, str] = {}
    packages = {package_of(path, manifest.packages) for path in changes.all}
    for number, unit in enumerate(manifest.units):
        if unit.watches_package and unit.is_local and unit.package in packages:
            found[number] = "its build script watches the whole package, and that has changed"
        for index in unit.inputs:
            path = manifest.inputs[index].path
            if path in changes.changed or path in changes.deleted:
                gone = "is gone" if path in changes.deleted else "has changed"
                found.setdefault(number, f"{_shown(path)} {gone}")
    return found


def with_dependents(manifest: Manifest, units: Mapping[int, str]) -> dict[int, str]:
    """Add all that was built against these units."""
    needed_by: dict[int, list[int]] = defaultdict(list)
    for number, unit in enumerate(manifest.units):
        for other in unit.needs:
            needed_by[other].append(number)
    found = dict(units)
    pending = list(units)
    while pending:
        number = pending.pop()
        for other in needed_by[number]:
            if other not in found:
                found[other] = f"{manifest.units[number].package} is compiled again"
                pending.append(other)
    return found


def package_of(path: bytes, packages: Mapping[str, bytes]) -> str | None:
    """Return the local package that a relative path lies in; the innermost of several."""
    best: tuple[int, str] | None = None
    for name, directory in packages.items():
        start = b"" if directory == b"." else directory + b"/"
        if path.startswith(start) and (best is None or len(start) > best[0]):
            best = len(start), name
    return best[1] if best is not None and not (path.startswith(b"../") and best[0] == 0) else None


def labels(manifest: Manifest, units: Iterable[int]) -> tuple[str, ...]:
    """Name units for people."""
    return tuple(manifest.units[number].label for number in units)


def _is_harmless(path: bytes) -> bool:
    return path in _CARGO_SEES or path.startswith(_NEVER_READ)


def _shown(path: bytes) -> str:
    return path.decode(errors="backslashreplace")
