"""All target directories below some paths: worktrees, excluded packages, projects that nobody works on any more."""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from cargo_hone.cargo import metadata
from cargo_hone.cargo.metadata import Metadata
from cargo_hone.errors import HoneError
from cargo_hone.sweep import checkout
from cargo_hone.sweep.subject import Subject
from cargo_hone.target import mounts, proof
from cargo_hone.target.layout import LOCK_NAMES, Layout, read_layout

_MARKS = frozenset({".rustc_info.json", "CACHEDIR.TAG"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """A directory that could not be looked into, and why."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Many:
    """What was found, by path, and what there is to say of it."""

    subjects: tuple[Subject, ...]
    passed: tuple[Passed, ...]


def find(paths: Sequence[Path], *, env: Mapping[str, str], flags: Sequence[str] = ()) -> Many:
    """Look below `paths`, following no link and entering no other file system, and ask cargo whose each one is.

    Whose target directory it is, a manifest says that lies above it (or anywhere below `paths`, for one that lies
    elsewhere). Nothing of the workspaces is written: a lock file that is missing stays missing, and a toolchain that
    is not installed is not fetched.
    """
    walk = _Walk()
    for path in paths:
        walk.look_below(Path(os.path.realpath(path)))
    asked = _Owners(env=dict(env) | {"RUSTUP_AUTO_INSTALL": "0"}, flags=tuple({*flags, "--locked"}))
    owners = asked.of(walk.found, walk.manifests)
    subjects: list[Subject] = []
    gone: dict[Path, str] = {}
    for root, layout in sorted(walk.found.items()):
        known = owners.get(root)
        if known is not None and _is_final_of_another(root, known, walk.found):
            continue
        if known is None:
            # What lies inside of one that nobody builds into is not built into, either.
            above = (gone[place] for place in root.parents if place in gone)
            gone[root] = next(filter(None, above), "") or checkout.gone(layout)
        reason = gone.get(root, "")
        doubt = "" if known is not None or reason else asked.why(root)
        subjects.append(Subject(target_dir=root, known=known, gone=reason, doubt=doubt))
    return Many(subjects=tuple(subjects), passed=tuple(walk.passed))


def _is_final_of_another(root: Path, known: Metadata, found: Mapping[Path, Layout]) -> bool:
    """Whether units lie in a build-dir instead, which is swept together with its final artifacts."""
    build_dir = Path(os.path.realpath(known.build_directory))
    return root != build_dir and build_dir in found


def _mount_points() -> frozenset[str]:
    try:
        return frozenset(os.fspath(mount.point) for mount in mounts.read_mounts())
    except FileNotFoundError:
        return frozenset()  # Without /proc nothing is swept at all, and that is told.


@dataclass(slots=True)
class _Walk:
    """The walk through directories, and what it has met: target directories, manifests, what it could not enter."""

    found: dict[Path, Layout] = field(default_factory=dict)
    manifests: list[Path] = field(default_factory=list)
    passed: list[Passed] = field(default_factory=list)
    _mounted: frozenset[str] = field(default_factory=_mount_points)

    def look_below(self, start: Path) -> None:
        """Look at `start` and at all that lies below it."""
        try:
            device = start.stat().st_dev
        except OSError as error:
            self.passed.append(Passed(path=start, reason=error.strerror or str(error)))
            return
        pending = [os.fspath(start)]
        while pending:
            directory = Path(pending.pop())
            try:
                with os.scandir(directory) as listed:
                    entries = list(listed)
                names = {entry.name for entry in entries}
                if self._take(directory, names, start):
                    continue
            except OSError as error:
                self.passed.append(Passed(path=directory, reason=error.strerror or str(error)))
                continue
            if "Cargo.toml" in names:
                self.manifests.append(directory / "Cargo.toml")
            pending += [entry.path for entry in entries if self._is_below(entry, device)]

    def _is_below(self, entry: os.DirEntry[str], device: int) -> bool:
        """Whether it is a directory of the same file system; a mount may show a second time what is here."""
        try:
            return (
                entry.is_dir(follow_symlinks=False)
                and entry.path not in self._mounted
                and entry.stat(follow_symlinks=False).st_dev == device
            )
        except FileNotFoundError:
            return False

    def _take(self, directory: Path, names: set[str], start: Path) -> bool:
        """Whether there is nothing more to look for: it is a target directory, or a profile of one."""
        if names.intersection(_MARKS) and self._take_target(directory):
            return True
        # A target directory without any mark of cargo's is known by the lock files in its profiles.
        return (
            bool(names.intersection(LOCK_NAMES))
            and directory != start
            and self._take_target(directory.parent)
        )

    def _take_target(self, root: Path) -> bool:
        if root in self.found:
            return True
        layout = read_layout(root)
        if proof.refusal(root, layout):
            return False
        self.found[root] = layout
        for nested in layout.nested:
            self._take_target(nested)
        return True


@dataclass(slots=True, kw_only=True)
class _Owners:
    """Asks cargo about manifests, each one once."""

    env: Mapping[str, str]
    flags: Sequence[str]
    _refusals: dict[Path, str] = field(default_factory=dict)
    _asked: dict[Path, Metadata | None] = field(default_factory=dict)
    _shared: dict[Path, set[Path]] = field(default_factory=dict)

    def of(self, roots: Mapping[Path, Layout], manifests: Sequence[Path]) -> dict[Path, Metadata]:
        """Find the workspace of each; those that no manifest above claims are looked for among the others."""
        above = {root: _manifest_above(root) for root in roots}
        self._ask({manifest for manifest in above.values() if manifest is not None})
        owners = self._claims(roots)
        left = [root for root in roots if root not in owners and not checkout.gone(roots[root])]
        if left:
            # The root of a workspace has a lock file; members are asked about through it.
            self._ask({m for m in manifests if (m.parent / "Cargo.lock").is_file()})
            owners = self._claims(roots)
        return owners

    def why(self, root: Path) -> str:
        """Say why nobody is known to build there."""
        if root in self._shared:
            names = ", ".join(str(path) for path in sorted(self._shared[root]))
            return f"several workspaces build there, so nothing is taken for dead: {names}"
        manifest = _manifest_above(root)
        if manifest is not None and manifest in self._refusals:
            return f"its workspace cannot be asked, so nothing is taken for dead: {self._refusals[manifest]}"
        return "no workspace is known to build there, so nothing is taken for dead"

    def _ask(self, manifests: set[Path]) -> None:
        new = sorted(manifests - self._asked.keys())
        with ThreadPoolExecutor() as pool:
            for manifest, known in zip(new, pool.map(self._read, new), strict=True):
                self._asked[manifest] = known

    def _read(self, manifest: Path) -> Metadata | None:
        try:
            return metadata.read(manifest, env=self.env, flags=self.flags, timeout_s=60)
        except HoneError as error:
            self._refusals[manifest] = error.message
            return None

    def _claims(self, roots: Mapping[Path, Layout]) -> dict[Path, Metadata]:
        owners: dict[Path, Metadata] = {}
        for known in filter(None, self._asked.values()):
            for place in {known.target_directory, known.build_directory}:
                root = Path(os.path.realpath(place))
                first = owners.setdefault(root, known).workspace_root
                if first != known.workspace_root:
                    self._shared.setdefault(root, set()).update({first, known.workspace_root})
        return {r: known for r, known in owners.items() if r in roots and r not in self._shared}


def _manifest_above(root: Path) -> Path | None:
    return next(
        (m for directory in root.parents if (m := directory / "Cargo.toml").is_file()), None
    )
