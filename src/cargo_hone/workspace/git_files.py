"""What git's own files say (gitrepository-layout(5)), read without running git: it would cost a process."""

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class _Repository:
    """`tree` is the working tree, `own` its git directory, `common` what all working trees share."""

    tree: Path
    own: Path
    common: Path


def worktrees(root: Path) -> tuple[Path, ...]:
    """Return the working trees of the repository that `root` lies in, the main one first; empty outside of one.

    Trees that were deleted without `git worktree prune` are left out.
    """
    repository = _repository(root)
    if repository is None:
        return ()
    common = repository.common
    trees = [common.parent] if common.name == ".git" else []
    for entry in sorted((common / "worktrees").glob("*/gitdir")):
        # `worktree.useRelativePaths` (git 2.48) writes it relative to the directory that it stands in.
        tree = (entry.parent / _text(entry).strip()).parent
        if tree.is_dir():
            trees.append(tree.resolve())
    return tuple(trees)


def is_tracked(path: Path) -> bool | None:
    """Whether git tracks a file; None outside of a repository.

    The index is searched for the path's bytes: an index that shortens paths (version 4) or is split may hide it, and
    then the answer is no.
    """
    repository = _repository(path.parent)
    if repository is None:
        return None
    name = path.relative_to(repository.tree).as_posix().encode(errors="surrogateescape")
    try:
        index = (repository.own / "index").read_bytes()
    except FileNotFoundError:
        return False
    # A path ends in NUL, and the twelve bits before it are its length (gitformat-index(5)).
    found = index.find(name + b"\0")
    while found >= 0:
        if int.from_bytes(index[found - 2 : found]) & 0xFFF == len(name):
            return True
        found = index.find(name + b"\0", found + 1)
    return False


def _repository(root: Path) -> _Repository | None:
    tree = next((p for p in (root, *root.parents) if (p / ".git").exists()), None)
    if tree is None:
        return None
    own = tree / ".git"
    if own.is_dir():
        return _Repository(tree=tree, own=own, common=own)
    named = re.match(r"gitdir: (.+)", _text(own))
    if named is None or not (tree / named[1]).is_dir():
        return None
    own = (tree / named[1]).resolve()
    common = own / "commondir"
    return _Repository(
        tree=tree,
        own=own,
        common=(own / _text(common).strip()).resolve() if common.is_file() else own,
    )


def _text(path: Path) -> str:
    return path.read_text("utf-8", "surrogateescape")
