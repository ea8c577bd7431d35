"""What cargo really compiled after a restore, against what was said beforehand."""

from collections.abc import Iterable
from dataclasses import dataclass

from cargo_hone.cargo.messages import Artifact
from cargo_hone.snapshot.restore import Restored

_LIBRARIES = {"lib", "rlib", "dylib", "cdylib", "staticlib", "proc-macro"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """Units that rustc compiled, and those of them that nobody had said."""

    compiled: int
    fresh: int
    unforeseen: tuple[str, ...]


def check(done: Restored, artifacts: Iterable[Artifact]) -> Checked:
    """Compare by package, target and whether it is a test: cargo's messages carry no unit hash for binaries."""
    foreseen = {(one.package, _target(one.label)) for one in done.to_compile}
    compiled = [one for one in artifacts if not one.fresh]
    fresh = sum(one.fresh for one in artifacts)
    unforeseen: set[str] = set()
    for one in compiled:
        package = _package(one)
        if (package, one.target_name.replace("-", "_")) not in foreseen:
            unforeseen.add(f"{package}: {'/'.join(one.target_kinds)} {one.target_name}")
    return Checked(compiled=len(compiled), fresh=fresh, unforeseen=tuple(sorted(unforeseen)))


def _target(label: str) -> str:
    # A label is: package, kind, target, mode in brackets, hash.
    return label.rpartition(" (")[0].rpartition(" ")[2].replace("-", "_")


def _package(artifact: Artifact) -> str:
    # path+file:///work/a#0.1.0, path+file:///work/x#a@0.1.0, registry+https://…#serde@1.0.0
    place, _, version = artifact.package_id.rpartition("#")
    if "@" in version:
        return version.rpartition("@")[0]
    return place.rstrip("/").rpartition("/")[2]
