"""A small repository with a plan that does everything a plan can do, and a view of all its bytes and modes."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from cargo_hone.edit.journal import Journal
from cargo_hone.model import FileChange, Plan

View = dict[str, tuple[bytes | str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A repository and a home directory, both of which the plan changes."""

    root: Path
    home: Path
    journal: Journal

    def view(self) -> View:
        """Every file, link and directory with content and mode; the journal is not in it."""
        seen: View = {}
        for top in (self.root, self.home):
            for path in sorted(top.rglob("*")):
                name = str(path.relative_to(top.parent))
                mode = path.lstat().st_mode
                if path.is_symlink():
                    seen[name] = (str(path.readlink()), mode)
                else:
                    seen[name] = (b"" if path.is_dir() else path.read_bytes(), mode)
        return seen


def change(path: Path, after: bytes | None, *, executable: bool = False) -> FileChange:
    before = path.read_bytes() if path.exists() else None
    return FileChange(
        path=path, before=before, after=after, why="test", step="test", executable=executable
    )


@pytest.fixture
def make_place(tmp_path: Path) -> Callable[[str], Place]:
    def make(name: str) -> Place:
        root, home = tmp_path / name / "repo", tmp_path / name / "home"
        (root / ".cargo").mkdir(parents=True)
        home.mkdir()
        (root / "Cargo.toml").write_bytes(b"[package]\nname = 'x'\n")
        (root / "Cargo.toml").chmod(0o640)
        (root / "old-hook").write_bytes(b"#!/bin/sh\n")
        (root / "old-hook").chmod(0o755)
        (home / "dotfiles.toml").write_bytes(b"[build]\r\njobs = 4\r\n")
        (root / ".cargo" / "config.toml").symlink_to(home / "dotfiles.toml")
        return Place(root=root, home=home, journal=Journal(tmp_path / name / "state"))

    return make


@pytest.fixture
def place(make_place: Callable[[str], Place]) -> Place:
    return make_place("one")


def everything(place: Place) -> Plan:
    """Change, change through a link, create, create an executable, delete, and two files outside."""
    root = place.root
    return Plan(
        title="everything",
        changes=(
            change(root / "Cargo.toml", b"[package]\nname = 'x'\n\n[profile.dev]\ndebug = 1\n"),
            change(root / ".cargo" / "config.toml", b"[build]\r\njobs = 8\r\n"),
            change(root / "ci" / "deep" / "run", b"#!/bin/sh\nexit 0\n", executable=True),
            change(root / "ci" / "note.md", b"hello\n"),
            change(root / "old-hook", None),
            change(place.home / ".config" / "sccache" / "config", b"cache = 1\n"),
        ),
    )
