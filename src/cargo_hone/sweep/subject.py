"""What is to be swept: a target directory, and the workspace that it belongs to where that is known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.cargo import metadata
from cargo_hone.cargo.metadata import Metadata
from cargo_hone.errors import UsageProblem
from cargo_hone.target.premises import Premises, read_premises, unknown_premises
from cargo_hone.workspace import excluded


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One target directory. `known` is its workspace; None where it was named by itself and nobody owns it.

    `gone` says that the checkout it was built from is gone, and `doubt` why no workspace could be found, if so.
    """

    target_dir: Path
    known: Metadata | None
    gone: str = ""
    doubt: str = ""

    @property
    def root(self) -> Path:
        """Whose settings and history are meant: the workspace, else the directory itself."""
        return self.known.workspace_root if self.known is not None else self.target_dir

    @property
    def build_dir(self) -> Path | None:
        """Where cargo compiles, if that is not the target directory (`build.build-dir`)."""
        known = self.known
        if known is None or known.build_directory == known.target_directory:
            return None
        return known.build_directory

    def premises(self, env: Mapping[str, str]) -> Premises:
        """Look at the workspace as it is now. Raises as `read_premises` does."""
        if self.known is None:
            return unknown_premises(self.target_dir)
        return read_premises(self.known, excluded=excluded.find(self.known, env=env))


def of_manifest(manifest: Path, *, env: Mapping[str, str], flags: Sequence[str] = ()) -> Subject:
    """Return where the workspace of `manifest` builds. Raises as `metadata.read` does."""
    known = metadata.read(manifest, env=env, flags=flags)
    return Subject(target_dir=known.target_directory, known=known)


def of_path(path: Path, *, env: Mapping[str, str], flags: Sequence[str] = ()) -> Subject:
    """Return what is meant by a directory that holds a manifest, or by a target directory.

    A target directory belongs to the workspace above it that builds there, if there is one; to find that out
    asks cargo. Raises UsageProblem where `path` is a file, and as `metadata.read` does.
    """
    path = path.absolute()
    if path.is_file():
        raise UsageProblem(
            f"{path} is a file",
            next_step="name a workspace's directory or a target directory: cargo hone sweep DIR",
        )
    if (path / "Cargo.toml").is_file():
        return of_manifest(path / "Cargo.toml", env=env, flags=flags)
    for directory in path.parents:
        manifest = directory / "Cargo.toml"
        if manifest.is_file():
            found = of_manifest(manifest, env=env, flags=flags)
            if found.target_dir.resolve() == path.resolve() and not path.is_symlink():
                return found
            break
    return Subject(
        target_dir=path,
        known=None,
        doubt="no workspace is known to build there, so none of its units is taken for dead",
    )
