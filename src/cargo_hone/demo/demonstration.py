"""The demonstration: the workspace of 24 crates as somebody has it on a Monday, and a compiler cache of its own."""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.cache.sccache import Sccache
from cargo_hone.demo.assembly import DemoWorkspace, assemble, is_ours
from cargo_hone.demo.older import build_older_target
from cargo_hone.edit.journal import Journal
from cargo_hone.edit.undo import NothingToUndo, undo

# Where git does not look, and nobody else's files are.
_CACHE = Path(".git") / "cargo-hone-cache"

# What would make the baseline something else than cargo's defaults.
_DROPPED = frozenset(
    {
        "CARGO_BUILD_RUSTC_WRAPPER",
        "CARGO_BUILD_RUSTFLAGS",
        "CARGO_BUILD_TARGET_DIR",
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_INCREMENTAL",
        "CARGO_TARGET_DIR",
        "RUSTC_WORKSPACE_WRAPPER",
        "RUSTC_WRAPPER",
        "RUSTFLAGS",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Demonstration:
    """Where it is, and the environment in which everything there is run."""

    workspace: DemoWorkspace
    env: Mapping[str, str]

    @property
    def root(self) -> Path:
        """The workspace's root."""
        return self.workspace.root


@contextmanager
def demonstration(
    wanted: Path | None,
    *,
    env: Mapping[str, str],
    state_dir: Callable[[Path], Path],
    progress: Callable[[str], None],
) -> Iterator[Demonstration]:
    """Assemble the workspace (or put one that is there back), and build its older commit.

    An earlier demonstration is undone, and its target directory thrown away, so that each one begins alike.
    sccache gets a directory, a configuration file and a server of its own; the server ends with the block. Errors
    as those of `assemble` and `build_older_target`.
    """
    root = (wanted or _default_place()).absolute()
    with tempfile.TemporaryDirectory(prefix="hone-demo-") as sockets:
        own = {
            **{name: value for name, value in env.items() if not _changes_builds(name)},
            "SCCACHE_CONF": str(root / _CACHE / "sccache.toml"),
            "SCCACHE_SERVER_UDS": str(Path(sockets) / "s"),
        }
        if is_ours(root):
            _take_back(Journal(state_dir(root)))
        workspace = assemble(root, env=own, progress=progress, fresh=True)
        _throw_away_builds(root)
        (root / _CACHE).mkdir()
        (root / _CACHE / "sccache.toml").write_text(
            f"# the demonstration's own cache\n[cache.disk]\ndir = '{root / _CACHE / 'entries'}'\n"
        )
        build_older_target(workspace, env=own, progress=progress)
        cache = Sccache()
        try:
            yield Demonstration(workspace=workspace, env=own)
        finally:
            if cache.locate(own) is not None:
                cache.stop(own)


def _changes_builds(variable: str) -> bool:
    return variable in _DROPPED or variable.startswith("SCCACHE_")


def _default_place() -> Path:
    import platformdirs  # noqa: PLC0415 - only the demonstration needs it here

    return platformdirs.user_cache_path("cargo-hone") / "demo" / "workspace"


def _take_back(journal: Journal) -> None:
    """Undo all there is; what somebody has edited since is not ours to keep, and goes with the next reset."""
    while True:
        try:
            result = undo(journal)
        except NothingToUndo:
            return
        if not result.restored and not result.merged:
            return


def _throw_away_builds(root: Path) -> None:
    """The workspace was proven to be ours by `assemble`, and all of this lies in it."""
    for made in (root / "target", root / "xtask" / "target", root / _CACHE):
        if made.is_dir() and not made.is_symlink():
            shutil.rmtree(made)
