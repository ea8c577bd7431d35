"""What has the last word over a lever's edit is named before anything is written."""

from pathlib import Path

from cargo_hone.levers.debug_information import DebugInformation
from cargo_hone.levers.overridden import cautions

from .tree import Tree


def workspace(base: Path, **env: str) -> Tree:
    tree = Tree(base, **env)
    tree.write("Cargo.toml", '[workspace]\nmembers = ["near", "far"]\nresolver = "2"\n')
    tree.package("near", "lib.rs", "")
    tree.package("far", "lib.rs", "")
    return tree


def test_nothing_is_said_where_nothing_overrides(tmp_path: Path) -> None:
    tree = workspace(tmp_path)
    tree.write("near/.cargo/config.toml", "[net]\noffline = true\n")
    assert cautions([DebugInformation()], tree.context()) == ()


def test_a_nearer_file_and_a_variable_are_named(tmp_path: Path) -> None:
    tree = workspace(tmp_path, CARGO_PROFILE_DEV_DEBUG="2")
    tree.write("near/.cargo/config.toml", "[profile.dev]\ndebug = 1\n")
    variable, file = cautions([DebugInformation()], tree.context())
    assert "CARGO_PROFILE_DEV_DEBUG" in variable
    assert "near/.cargo/config.toml sets profile.dev.debug" in file
