"""rustdoc's output for crates that are not there any more: `doc/<crate>` and `doc/src/<crate>`."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

from cargo_hone.target.inventory import Entry
from cargo_hone.target.layout import ProfileDir
from cargo_hone.target.premises import Premises
from cargo_hone.target.state import TargetState

_STANDARD = frozenset({"alloc", "core", "proc_macro", "std", "test"})
_INDEX = "sidebar-items.js"
"""rustdoc 1.95 to 1.99 writes one for each crate; a book or somebody's own page has none."""
_OF_ALL = frozenset(
    {
        *("static.files", "search.index", "search.desc", "search-index.js", "src-files.js"),
        *("crates.js", "help.html", "settings.html", "trait.impl", "type.impl", "implementors"),
    }
)
"""What rustdoc (1.95) writes beside the crates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoneDocs:
    """One directory with documentation that nobody needs, and why; `tree` begins with it (or is one file)."""

    crate: str
    path: str
    tree: tuple[Entry, ...]
    reason: str


def gone_docs(state: TargetState, premises: Premises) -> tuple[GoneDocs, ...]:
    """Return what rustdoc wrote for crates that no package of the workspace, nor any it needs, has.

    rustdoc never deletes it, and `cargo doc` goes on showing it. Where the crates are not known nothing is
    concluded. Sources (`doc/src/CRATE`) go with their crate's pages alone.
    """
    if not premises.crates:
        return ()
    return tuple(_gone(state, premises))


def docs_of(profile: ProfileDir) -> str:
    """Return the real path that rustdoc writes to for what cargo compiles there: all profiles of a triple have one."""
    return os.path.realpath(profile.final_path.parent / "doc")


def unused_docs(
    state: TargetState, *, used: frozenset[tuple[str, str]], reason: str
) -> tuple[GoneDocs, ...]:
    """Return what rustdoc wrote for other crates than those `used`, and what it wrote for all, if none is.

    A crate's documentation is known by the directory (as `docs_of` says) and the crate's name.
    """
    places = {place for place, _ in used}
    found: list[GoneDocs] = []
    trees = {path: tuple(tree) for path, tree in state.inventory.documents.items()}
    for path, tree in sorted(trees.items()):
        directory, _, name = path.rpartition("/")
        above = directory.removesuffix("/src")
        place = os.path.realpath(above)
        pages = trees.get(f"{above}/{name}", ())
        is_crate = any(entry.path.endswith(f"/{name}/{_INDEX}") for entry in pages)
        is_unused = is_crate and (place, name) not in used
        if is_unused or (name in _OF_ALL and place not in places):
            found.append(GoneDocs(crate=name, path=path, tree=tree, reason=reason))
    return tuple(found)


def _gone(state: TargetState, premises: Premises) -> Iterator[GoneDocs]:
    pages = {
        path: tree
        for path, tree in state.inventory.documents.items()
        if tree[0].is_directory and any(entry.path == f"{path}/{_INDEX}" for entry in tree)
    }
    for path, tree in sorted(pages.items()):
        directory, _, crate = path.rpartition("/")
        if crate in premises.crates | _STANDARD:
            continue
        for part in (tree, state.inventory.documents.get(f"{directory}/src/{crate}", [])):
            if part and part[0].is_directory:
                yield GoneDocs(
                    crate=crate,
                    path=part[0].path,
                    tree=tuple(part),
                    reason=f"documentation: no package has a crate {crate} any more",
                )
