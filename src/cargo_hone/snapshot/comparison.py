"""What has changed between a snapshot's sources and those of a checkout, and which units that spoils."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cargo_hone.files.shown import shown_path
from cargo_hone.snapshot.inputs import Scan
from cargo_hone.snapshot.manifest import ABSENT, Input, Manifest, Unit

_CARGO_SEES = (b"Cargo.lock",)
_NEVER_READ = (b".github/", b".git")


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Paths as manifests have them.

    `untold` are those whose times are not ours to set, so that cargo cannot see it: links, and what lies elsewhere.
    """

    changed: frozenset[bytes]
    deleted: frozenset[bytes]
    new: frozenset[bytes]
    untold: frozenset[bytes] = frozenset()

    @property
    def all(self) -> frozenset[bytes]:
        """Whatever is not as it was."""
        return self.changed | self.deleted | self.new


def compare(manifest: Manifest, now: Scan) -> Changes:
    """Compare contents; times do not count."""
    before = {one.path: one.digest for one in manifest.inputs}
    changed = frozenset(
        path
        for path, digest in before.items()
        if path in now.files and now.files[path].digest != digest
    )
    new = frozenset(path for path in now.files if path not in before)
    return Changes(
        changed=changed,
        deleted=frozenset(
            path for path, digest in before.items() if path not in now.files and digest != ABSENT
        ),
        new=new,
        untold=frozenset(path for path in changed | new if path not in now.ours),
    )


def spoiled(manifest: Manifest, changes: Changes) -> dict[int, str]:
    """Return the units that cargo would take for fresh although something that they may have read has changed.

    cargo sees what dep-info and rerun-if lines name, where the times are ours to set. `Readers` has the rest.
    """
    found: dict[int, str] = {}
    readers = Readers(manifest.units, manifest.inputs, manifest.packages)
    watched = [(number, d) for number, unit in enumerate(manifest.units) for d in unit.watched]
    for path in sorted(changes.all):
        shown = shown_path(path)
        if path in changes.untold or path.startswith(b"/"):
            for number in readers.listed[path]:
                found.setdefault(number, f"{shown} has changed")
        for number, directory in watched:
            if _is_below(path, directory):
                found.setdefault(number, f"{shown} has changed, which its build script watches")
        for number in (*readers.in_secret(path), *readers.at_home(path)):
            found.setdefault(number, f"{shown} has changed, which it may have read")
    return found


class Readers:
    """Who may have read a file without that cargo knows."""

    def __init__(
        self, units: Sequence[Unit], inputs: Sequence[Input], packages: Mapping[str, bytes]
    ) -> None:
        self.listed: defaultdict[bytes, set[int]] = defaultdict(set)
        for number, unit in enumerate(units):
            for index in unit.inputs:
                self.listed[inputs[index].path].add(number)
        self._packages = packages
        self._local = [(number, unit) for number, unit in enumerate(units) if unit.is_local]

    def in_secret(self, path: bytes) -> Iterator[int]:
        """Units with a proc macro that reads files, and build scripts that said nothing, wherever the file lies.

        What another unit names may be read by such a macro too, unless it is Rust: a module of that other unit.
        """
        if path.startswith(b"/") or _is_harmless(path):
            return
        package = package_of(path, self._packages)
        named_by = self.listed.get(path, set[int]())
        is_module = bool(named_by) and path.endswith(b".rs")
        for number, unit in self._local:
            reads = unit.reads_files and not is_module
            watches = unit.watches_package and (unit.package == package or not named_by)
            if number not in named_by and (reads or watches):
                yield number

    def at_home(self, path: bytes) -> Iterator[int]:
        """All units of the package that a file lies in, where none names it."""
        if not path.startswith(b"/") and not _is_harmless(path) and not self.listed.get(path):
            package = package_of(path, self._packages)
            yield from (number for number, unit in self._local if unit.package == package)


def doubts(
    units: Sequence[Unit],
    started_ns: Sequence[int],
    *,
    scanned: Scan,
    packages: Mapping[str, bytes],
) -> dict[int, str]:
    """Return the units that may have been compiled from other contents than lie there now, without that cargo knows.

    `started_ns` is when each was compiled. A directory's time tells that something in it was added or deleted.
    """
    readers = Readers(units, tuple(scanned.files.values()), packages)
    oldest_ns = min((started_ns[n] for n, u in enumerate(units) if u.is_local), default=0)
    times = {path: one.mtime_ns for path, one in scanned.files.items()}
    times |= {path + b"/.": one.mtime_ns for path, one in scanned.directories.items() if path}
    found: dict[int, str] = {}
    for path, mtime_ns in times.items():
        if mtime_ns > oldest_ns:
            for number in readers.in_secret(path):
                if mtime_ns > started_ns[number]:
                    shown = shown_path(path.removesuffix(b"/."))
                    found.setdefault(number, f"{shown} was changed after it had been compiled")
    return found


def _is_below(path: bytes, directory: bytes) -> bool:
    if directory == b".":
        return not path.startswith((b"../", b"/"))
    return path.startswith(directory + b"/")


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
                found.setdefault(number, f"{shown_path(path)} {gone}")
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
