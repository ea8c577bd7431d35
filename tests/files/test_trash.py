"""The trash takes only what lies inside its root, in one step, and never follows a link."""

import errno
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cargo_hone.errors import UsageProblem
from cargo_hone.files import operation
from cargo_hone.files.trash import DIRECTORY_NAME, Trash, empty_leftovers


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "target"
    (root / "debug" / "deps").mkdir(parents=True)
    (root / "debug" / "deps" / "a.o").touch()
    (root / "kept").touch()
    return root


def test_what_is_taken_is_gone_and_nothing_else(root: Path) -> None:
    with Trash(root / DIRECTORY_NAME) as trash:
        assert trash.take(root / "debug")
        assert not (root / "debug").exists()
        assert not trash.take(root / "missing")
    assert [p.name for p in root.iterdir()] == ["kept"]


def test_a_link_dies_and_what_it_leads_to_lives(root: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").touch()
    (root / "debug" / "link").symlink_to(precious)
    (root / "link").symlink_to(precious)
    with Trash(root / DIRECTORY_NAME) as trash:
        trash.take(root / "debug")
        trash.take(root / "link")
    assert (precious / "file").exists()
    assert not (root / "link").is_symlink()


def test_what_lies_outside_is_refused(root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").touch()
    (root / "way-out").symlink_to(outside)
    with Trash(root / DIRECTORY_NAME) as trash:
        for path in (
            outside,
            root / ".." / "outside",
            root / "way-out" / "file",
            root,
            root / "debug" / "..",
            root / DIRECTORY_NAME,
        ):
            with pytest.raises(UsageProblem):
                trash.take(path)
    assert (outside / "file").exists()
    assert (root / "kept").exists()


def test_the_trash_itself_must_not_be_a_link(root: Path, tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").touch()
    (root / DIRECTORY_NAME).symlink_to(tmp_path / "precious")
    with pytest.raises(UsageProblem), Trash(root / DIRECTORY_NAME):
        pass
    with pytest.raises(UsageProblem):
        empty_leftovers(root)
    assert (tmp_path / "precious" / "file").exists()


def test_another_file_system_means_deletion_in_place(root: Path) -> None:
    def refuse(name: str, _: Path) -> None:
        if name == "rename":
            raise OSError(errno.EXDEV, "Invalid cross-device link")

    with Trash(root / DIRECTORY_NAME) as trash, operation.observed(refuse):
        assert trash.take(root / "debug")
        assert not (root / "debug").exists()


def test_a_killed_run_leaves_whole_things_and_the_next_start_empties_the_trash(root: Path) -> None:
    def run() -> None:
        with Trash(root / DIRECTORY_NAME) as trash:
            trash.take(root / "debug")

    with operation.interrupting(after=1_000) as count:
        run()
    assert count.started == 6
    for after in range(count.started):
        (root / "debug" / "deps").mkdir(parents=True)
        (root / "debug" / "deps" / "a.o").touch()
        with pytest.raises(operation.Stopped), operation.interrupting(after=after):
            run()
        if (root / "debug").exists():
            assert (root / "debug" / "deps" / "a.o").exists()
            with Trash(root / DIRECTORY_NAME) as trash:
                trash.take(root / "debug")
        empty_leftovers(root)
        assert [p.name for p in root.iterdir()] == ["kept"]
    assert not empty_leftovers(root)


@pytest.fixture
def few_calls() -> Iterator[None]:
    """Let calls be nested only a little deeper than they are."""
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 120)
    yield
    sys.setrecursionlimit(usual)


@pytest.mark.usefixtures("few_calls")
def test_a_tree_may_be_deeper_than_calls_may_be(root: Path) -> None:
    deep = root / "debug" / "deep"
    at = deep
    at.mkdir()
    for _ in range(300):
        at = at / "d"
        at.mkdir()
    with Trash(root / DIRECTORY_NAME) as trash:
        trash.take(deep)
    assert not (root / DIRECTORY_NAME).exists()
