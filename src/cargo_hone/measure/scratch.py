"""The scratch copy: where trials build, so that the user's tree is never touched.

It lies beside the original: what is above and beside it (`.cargo/config.toml`, `rust-toolchain.toml`,
`../` path dependencies) holds for the copy as well.
"""

import contextlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.errors import Unavailable, UsageProblem
from cargo_hone.files.trash import DIRECTORY_NAME, Trash, empty_leftovers
from cargo_hone.measure import tree_files
from cargo_hone.measure.abandoned import PLACE_VARIABLE, end_processes
from cargo_hone.measure.ownership import MARKER_NAME, mark, owner_of
from cargo_hone.measure.private_git import make_private_git
from cargo_hone.measure.repository import (
    NoRepository,
    Repository,
    find_repository,
    without_git_location,
)
from cargo_hone.measure.source_edit import EditSite, PlainEditor
from cargo_hone.measure.tree_files import LeftOut

_PREFIX = ".hone-scratch-"
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scratch:
    """A scratch copy. `top` is the copy of `original_top` (the repository's root, or the workspace's).

    `repository` says whether the copy has a private git repository, or why not. `environ` is the environment
    for whatever runs in it.
    """

    top: Path
    workspace: Path
    original_top: Path
    repository: Repository | NoRepository
    environ: Mapping[str, str]
    left_out: tuple[LeftOut, ...]

    def target_dir(self, variant: str) -> Path:
        """Return where `variant` builds.

        Below `target`: the one directory name that cargo leaves out when it looks for a package's files.
        """
        return self.workspace / "target" / target_name(variant)

    @property
    def described(self) -> str:
        """The place in a few words."""
        return "the scratch copy"

    def clean_target_dir(self, variant: str) -> Path:
        """Return where `variant` builds from nothing: where it always builds."""
        return self.target_dir(variant)

    @property
    def builds_dir(self) -> Path:
        """Where what builds make, and their caches, may lie."""
        return self.workspace / "target"

    def write(self, contents: Mapping[Path, bytes | None]) -> None:
        """Give files of the copy these contents, with the time of now; None removes the file."""
        PlainEditor().write(contents)

    def restore(self, site: EditSite) -> None:
        """Give the file of `site` its original content and time."""
        site.restore()

    def put_back(self) -> bool:
        """Do nothing: the copy goes at the end."""
        return False

    def delete_target(self, variant: str) -> None:
        """Delete what `variant` has built. Raises Unavailable where the system refuses."""
        target = self.target_dir(variant)
        if target.parent.is_dir():
            with Trash(target.parent / DIRECTORY_NAME) as trash:
                trash.take(target)

    def refuse_ways_back(self, manifests: Sequence[Path]) -> None:
        """Raise UsageProblem if a package of the copy's graph lies in the original tree.

        `manifests` are those of all path dependencies, as `cargo metadata` in the copy names them.
        """
        original = self.original_top.resolve()
        for manifest in manifests:
            if manifest.resolve().is_relative_to(original):
                raise UsageProblem(
                    f"the workspace names its own package {manifest} by a path that does not move with it, "
                    "so a copy of the workspace would build the original's sources",
                    next_step="write that `path = ...` relative to the manifest it is in, then run again",
                )


def target_name(variant: str) -> str:
    """Return the directory name for a variant's builds: like `hone-base`."""
    return f"hone-{_NOT_IN_NAMES.sub('-', variant)}"


@contextlib.contextmanager
def scratch_copy(
    workspace: Path,
    *,
    target_dir: Path,
    environ: Mapping[str, str],
    room_bytes: int = 0,
    parent: Path | None = None,
) -> Iterator[Scratch]:
    """Copy the workspace (with the repository it is part of) and remove the copy at the end, whatever happens.

    `target_dir` is where the workspace builds; `room_bytes` is what the builds in the copy will take;
    `parent` (the user's `--scratch-dir`) replaces the directory beside the original. Removes what killed runs
    left. Raises Unavailable where room or permission is missing, or git fails.
    """
    workspace = workspace.resolve()
    repository = find_repository(workspace, environ)
    top = repository.top.resolve() if isinstance(repository, Repository) else workspace
    home = home_of(workspace, environ=environ, parent=parent)
    remove_leftovers(home)
    selection = tree_files.select(top, repository, target_dir=target_dir)
    check_room(home, selection.size_bytes + room_bytes)
    with own_directory(home, top.name) as place:
        tree_files.copy(selection, place)
        within = workspace.relative_to(top)
        if isinstance(repository, Repository):
            ours = [f"/{MARKER_NAME}", f"/{(within / 'target').as_posix()}/hone-*"]
            make_private_git(repository, place, unseen=ours)
            repository = Repository(top=place, environ=repository.environ)
        yield Scratch(
            top=place,
            workspace=place / within,
            original_top=top,
            repository=repository,
            environ={**without_git_location(environ), PLACE_VARIABLE: str(place)},
            left_out=selection.left_out,
        )


@contextlib.contextmanager
def own_directory(home: Path, name: str) -> Iterator[Path]:
    """Make a directory in `home` that bears our marker, and remove it at the end, whatever happens.

    Should this process be killed, `remove_leftovers(home)` removes it. Raises Unavailable.
    """
    readable = _NOT_IN_NAMES.sub("-", name)
    place = home / f"{_PREFIX}{readable}-{os.getpid()}-{secrets.token_hex(4)}"
    try:
        _make(place)
        yield place
    finally:
        _remove(place)


def home_of(workspace: Path, *, environ: Mapping[str, str], parent: Path | None) -> Path:
    """Return the directory that a scratch copy of `workspace` would lie in.

    Raises UsageProblem for a `parent` that does not exist or lies in what is copied, Unavailable for a place that
    cannot be written.
    """
    repository = find_repository(workspace.resolve(), environ)
    top = repository.top if isinstance(repository, Repository) else workspace
    home = _home(top.resolve(), parent)
    if not os.access(home, os.W_OK | os.X_OK):
        raise Unavailable(
            f"{home} cannot be written, and the scratch copy would lie there",
            next_step="name a directory on a writable disk: --scratch-dir DIR",
        )
    return home


def check_room(directory: Path, needed_bytes: int) -> None:
    """Raise Unavailable unless the disk of `directory` has `needed_bytes` free."""
    free_bytes = shutil.disk_usage(directory).free
    if free_bytes < needed_bytes:
        raise Unavailable(
            f"the scratch copy and its builds need about {needed_bytes / 1e9:.1f} GB in {directory}, "
            f"{free_bytes / 1e9:.1f} GB are free",
            next_step="free some space (`cargo hone sweep`), or name a roomier place: --scratch-dir DIR",
        )


def remove_leftovers(parent: Path) -> tuple[Path, ...]:
    """Remove scratch copies in `parent` whose owners have died; returns what was removed.

    Only directories that bear our marker are touched, and none of a process that lives or cannot be judged. Builds
    that still run in them are ended.
    """
    removed = []
    for place in sorted(parent.glob(f"{_PREFIX}*")):
        owner = None if place.is_symlink() else owner_of(place)
        if owner is not None and owner.is_gone:
            end_processes(place)
            _remove(place)
            removed.append(place)
    empty_leftovers(parent)
    return tuple(removed)


def _home(top: Path, wished: Path | None) -> Path:
    """Return the directory that will hold the copy."""
    home = top.parent if wished is None else wished.resolve()
    if not home.is_dir():
        raise UsageProblem(
            f"the directory for the scratch copy, {home}, does not exist",
            next_step=f"make it (`mkdir -p {home}`) or name another one: --scratch-dir DIR",
        )
    if home.is_relative_to(top):
        raise UsageProblem(
            f"the scratch copy cannot lie in what it copies ({home} is in {top})",
            next_step="name a directory outside of the workspace: --scratch-dir DIR",
        )
    return home


def _make(place: Path) -> None:
    try:
        place.mkdir()
        mark(place)
    except OSError as error:
        raise Unavailable(
            f"cannot make the scratch copy {place}: {error.strerror or error}",
            next_step="name a directory on a writable disk: --scratch-dir DIR",
        ) from error


def _remove(place: Path) -> None:
    if place.is_dir():
        with Trash(place.parent / DIRECTORY_NAME) as trash:
            trash.take(place)
