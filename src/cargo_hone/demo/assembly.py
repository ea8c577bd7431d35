"""Assembling the demonstration workspace: 24 published crates as members of one workspace that we never ship."""

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.demo import manifest, recipe, repository, sources
from cargo_hone.errors import Unavailable, UsageProblem

_STAMP = Path(".git") / "cargo-hone-demo.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoWorkspace:
    """An assembled workspace. `reused`: it was there already, from the same recipe."""

    root: Path
    members: int
    older_commit: str
    head_commit: str
    reused: bool


def assemble(
    dest: Path,
    *,
    env: Mapping[str, str],
    progress: Callable[[str], None],
    fresh: bool = False,
) -> DemoWorkspace:
    """Assemble the demonstration workspace at `dest`, or reuse the one that is there.

    With `fresh`, one that is there is put back to its newest commit first: changes and untracked files go,
    what git ignores (the target directory) stays; one that another version of this program made is replaced whole.
    Without, one that was changed, or made by another version, is refused. The directory appears complete or not at
    all. Raises UsageProblem when `dest` is something else, Unavailable when git, cargo or the
    network is missing.
    """
    dest = dest.absolute()
    found = _read_stamp(dest)
    outdated = found is not None and found["recipe"] != recipe.identity()
    taken = dest.is_symlink() or (dest.exists() and not _is_empty_directory(dest))
    if taken and not (outdated and fresh):
        return _reuse(dest, found, env=env, fresh=fresh)
    with _staging(dest) as staging:
        root = staging / "workspace"
        progress("fetching the sources of 24 crates from the registry")
        registry = sources.registry_sources(staging / "seed", env=env)
        progress("unpacking them as members of one workspace")
        older, head = _build_history(root, registry, env=env)
        stamp = {"recipe": recipe.identity(), "older": older, "head": head}
        (root / _STAMP).write_text(json.dumps(stamp))
        if dest.exists():
            dest.rename(staging / "replaced")
        root.rename(dest)
    return _workspace(dest, stamp, reused=False)


def _build_history(root: Path, registry: Path, *, env: Mapping[str, str]) -> tuple[str, str]:
    """Write the work tree, commit by commit; return the first and the last commit's hash."""
    root.mkdir()
    repository.create(root, env=env)
    later = {"README.md", ".devcontainer/devcontainer.json"}
    ours = dict(recipe.template())
    _write(root, {path: content for path, content in ours.items() if path not in later})
    sources.copy_members(registry, root / "crates", recipe.MEMBERS)
    lock = recipe.text("workspace.lock")
    _write_text(root / "xtask" / "Cargo.lock", recipe.text("xtask.lock"))
    sources.fetch(root / "xtask", env=env)

    _write_text(root / "Cargo.toml", manifest.root_manifest(recipe.MEMBERS, older=True))
    _write_text(root / "Cargo.lock", manifest.older_lock(lock, recipe.DOWNGRADE))
    sources.fetch(root, env=env)
    older = repository.commit(
        root, "Develop the book tools in one workspace", date="2026-01-12T09:30:00+00:00", env=env
    )

    _write_text(root / "Cargo.toml", manifest.root_manifest(recipe.MEMBERS, older=False))
    _write_text(root / "Cargo.lock", lock)
    sources.fetch(root, env=env)
    downgrade = recipe.DOWNGRADE
    repository.commit(
        root,
        f"Update {downgrade.name} to {downgrade.version}, and go back to cargo's own debug information",
        date="2026-02-03T14:05:00+00:00",
        env=env,
    )

    _write(root, {path: content for path, content in ours.items() if path in later})
    head = repository.commit(
        root, "Describe the workspace and its container", date="2026-02-17T11:20:00+00:00", env=env
    )
    return older, head


def _reuse(
    dest: Path, stamp: Mapping[str, str] | None, *, env: Mapping[str, str], fresh: bool
) -> DemoWorkspace:
    if stamp is None:
        raise UsageProblem(
            f"{dest} exists and is not a demonstration workspace; it is left as it is",
            next_step="give another place for the demonstration, or move that directory away",
        )
    if stamp["recipe"] != recipe.identity():
        raise UsageProblem(
            f"{dest} is a demonstration workspace of another version of cargo-hone",
            next_step=f"remove it (rm -r {dest}) and run the command again",
        )
    if fresh:
        repository.return_to_main(dest, stamp["head"], env=env)
    elif repository.head(dest, env=env) != stamp["head"] or not repository.is_clean(dest, env=env):
        raise UsageProblem(
            f"the demonstration workspace {dest} was changed",
            next_step="keep those changes elsewhere, then put it back: "
            f"git -C {dest} checkout --force -B main {stamp['head'][:12]} && git -C {dest} clean -fd",
        )
    return _workspace(dest, stamp, reused=True)


def _workspace(root: Path, stamp: Mapping[str, str], *, reused: bool) -> DemoWorkspace:
    return DemoWorkspace(
        root=root,
        members=len(recipe.MEMBERS),
        older_commit=stamp["older"],
        head_commit=stamp["head"],
        reused=reused,
    )


def _read_stamp(dest: Path) -> dict[str, str] | None:
    """Return what the assembly noted about itself; None where there is nothing of ours."""
    try:
        stamp = json.loads((dest / _STAMP).read_text())
    except (OSError, ValueError):
        return None
    keys = ("recipe", "older", "head")
    if not isinstance(stamp, dict) or not all(isinstance(stamp.get(key), str) for key in keys):
        return None
    return {key: stamp[key] for key in keys}


def is_ours(dest: Path) -> bool:
    """Whether a demonstration workspace was assembled at `dest` (by any recipe)."""
    return not dest.is_symlink() and (dest / _STAMP).is_file()


@contextmanager
def _staging(dest: Path) -> Iterator[Path]:
    """A directory beside `dest` (so that a rename is atomic) that is gone afterwards, whatever happens."""
    prefix = f".{dest.name}.assembling-"
    staging = dest.parent / f"{prefix}{os.getpid()}"
    try:
        dest.parent.mkdir(parents=True, exist_ok=True)
        for left_over in dest.parent.glob(f"{prefix}*"):
            if not _is_running(left_over.name.removeprefix(prefix)):
                shutil.rmtree(left_over, ignore_errors=True)
        staging.mkdir()
    except OSError as error:
        raise Unavailable(
            f"cannot write beside {dest}: {error.strerror}",
            next_step="give a place that you may write to, with about 3 GB of free space",
        ) from error
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _is_running(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True


def _is_empty_directory(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())


def _write(root: Path, tree: Mapping[str, bytes]) -> None:
    for path, content in tree.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
