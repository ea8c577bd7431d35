"""Whether the checkout that a target directory was built from is gone.

The dep-info that cargo writes beside the final names (`target/debug/app.d`) names sources by absolute paths (1.95;
`build.dep-info-basedir` makes them relative, and then nothing is known). Where all of them lay beside the target
directory, and none is there any more, nobody builds here; sources elsewhere may only be out of sight (a disk that is
not mounted), and another workspace may build into the same directory.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from cargo_hone.files.regular import NotRegular, read_regular
from cargo_hone.target.layout import Layout

_BLANK = re.compile(r"(?<!\\) ")


def gone(layout: Layout) -> str:
    """Say which checkout is gone; "" where it is there, or where nothing says which one it was. Raises OSError."""
    home = layout.root.parent
    if (home / "Cargo.toml").exists():
        return ""
    notes = list(_notes(layout))
    if not notes or not all(_is_of_gone(note, home, layout.root) for note in notes):
        return ""
    return f"the checkout that it was built from, {home}, is gone"


def _is_of_gone(note: Path, home: Path, target_dir: Path) -> bool:
    """Whether a program was built from `home`, and nothing of its sources there is left."""
    sources = [path for path in _sources(note) if path.is_relative_to(home)]
    own = [path for path in sources if not path.is_relative_to(target_dir)]
    return bool(own) and not any(os.path.lexists(path) for path in own)


def _notes(layout: Layout) -> Iterator[Path]:
    for profile in layout.profiles:
        for directory in (profile.final_path, profile.final_path / "examples"):
            if not directory.is_symlink() and directory.is_dir():
                yield from sorted(
                    path
                    for path in directory.iterdir()
                    # In examples/ rustc's own lie as well, with a hash in their names and relative paths.
                    if path.suffix == ".d" and _names_final(path)
                )


def _names_final(note: Path) -> bool:
    return not re.fullmatch(r".+-[0-9a-f]{16}\.d", note.name)


def _sources(note: Path) -> list[Path]:
    """The prerequisites of a make rule `OUTPUT: SOURCE SOURCE`, blanks in them escaped."""
    try:
        text = read_regular(note).decode("utf-8", "surrogateescape")
    except (NotRegular, FileNotFoundError):
        return []
    _, _, rest = text.partition(": ")
    words = (word.strip().replace("\\ ", " ") for word in _BLANK.split(rest))
    return [Path(word) for word in words if word]
