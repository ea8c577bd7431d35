"""What several workspaces of one machine use goes with the last of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cache.wiring.machine import Machine


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path)
    yield made
    made.close()


def test_a_machine_wide_file_stays_while_another_workspace_uses_it(machine: Machine) -> None:
    first, second = machine.workspace("first"), machine.workspace("second")
    before = machine.files()
    for root in (first, second):
        done = machine.hone("cache", "setup", "--scope", "repo", "--yes", cwd=root)
        assert done.returncode == 0, done.stderr
    assert machine.config.is_file()
    undone = machine.hone("undo", "--yes", cwd=first)
    assert undone.returncode == 1
    assert f"{second} uses it as well (undo there first)" in undone.stderr
    assert machine.config.is_file()
    assert not (first / ".cargo").exists()
    assert machine.hone("undo", "--yes", cwd=second).returncode == 0
    again = machine.hone("undo", "--yes", cwd=first)
    assert again.returncode == 0, again.stderr
    assert machine.files() == before


def test_a_setup_outside_of_a_workspace_is_undone_there(machine: Machine, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    before = machine.files()
    assert machine.hone("cache", "setup", "--yes", cwd=elsewhere).returncode == 0
    assert machine.files() != before
    undone = machine.hone("undo", "--yes", cwd=elsewhere)
    assert undone.returncode == 0, undone.stderr
    assert machine.files() == before


def test_what_this_users_shim_needs_stays(machine: Machine, tmp_path: Path) -> None:
    """Wherever the cargo home is."""
    first, second = machine.workspace("first"), machine.workspace("second")
    home = str(tmp_path / "cargo-home")
    for root, scope in ((first, "repo"), (second, "user")):
        words = ["cache", "setup", "--scope", scope, "--yes"]
        done = machine.hone(*words, cwd=root, CARGO_HOME=home)
        assert done.returncode == 0, done.stderr
    undone = machine.hone("undo", "--yes", cwd=first, CARGO_HOME=home)
    assert undone.returncode == 1
    assert f"{second} uses it as well" in undone.stderr
    assert machine.config.is_file()
    assert machine.pointer.is_file()
