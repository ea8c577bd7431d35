"""The source files of a crate: a walk along `mod name;` from the crate root, as rustc finds them.

The rules are those of the Rust Reference, "Modules: Module source filenames".
"""

from dataclasses import dataclass
from pathlib import Path

from cargo_hone.measure.rust_items import Items, ModuleFile, read_items
from cargo_hone.measure.rust_lexer import NotLexed


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """A module's file: its text as it is on disk (line ends kept) and the items in it."""

    path: Path
    text: str
    items: Items


def walk_modules(crate_root: Path) -> tuple[SourceFile, ...]:
    """Return the files that are always part of the crate, the root first.

    Modules under `#[cfg]`, in macros, and files that cannot be read as Rust are left out (rustc decides about
    those, not we): the list is of files that are safe to edit, not of all files.
    """
    found: dict[Path, SourceFile] = {}
    waiting = [(crate_root, crate_root.parent)]
    while waiting:
        path, children_dir = waiting.pop(0)
        source = None if path in found else _read(path)
        if source is None:
            continue
        found[path] = source
        for module in source.items.modules:
            child = _locate(module, path, children_dir)
            if child is not None:
                waiting.append(child)
    return tuple(found.values())


def _read(path: Path) -> SourceFile | None:
    try:
        text = path.read_bytes().decode()
    except (FileNotFoundError, IsADirectoryError, UnicodeDecodeError):
        return None
    items = read_items(text)
    return None if isinstance(items, NotLexed) else SourceFile(path=path, text=text, items=items)


def _locate(module: ModuleFile, parent: Path, children_dir: Path) -> tuple[Path, Path] | None:
    """Return the module's file and the directory in which its own modules are."""
    if module.path is not None:
        # A `#[path]` inside an inline module counts from another directory: not worth the rules.
        path = parent.parent / module.path
        return None if module.inside else (path, path.parent)
    directory = children_dir.joinpath(*module.inside)
    flat, nested = directory / f"{module.name}.rs", directory / module.name / "mod.rs"
    if flat.is_file():
        return flat, directory / module.name
    return (nested, nested.parent) if nested.is_file() else None
