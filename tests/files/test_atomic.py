"""Files change as a whole, keep their mode and their links, and refusals name the next step."""

import errno
import os
from pathlib import Path

import pytest

from cargo_hone.errors import Unavailable
from cargo_hone.files import atomic, operation


def mode_of(path: Path) -> int:
    return path.stat().st_mode & 0o7777


def test_the_mode_stays_unless_one_is_given(tmp_path: Path) -> None:
    path = tmp_path / "hook"
    path.write_bytes(b"old")
    path.chmod(0o750)
    atomic.replace(path, b"new")
    assert mode_of(path) == 0o750
    atomic.replace(path, b"newer", mode=0o600)
    assert mode_of(path) == 0o600


def test_who_has_the_old_file_open_keeps_reading_it(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    with path.open("rb") as reader:
        atomic.replace(path, b"new")
        assert reader.read() == b"old"


def test_a_new_file_takes_the_umask(tmp_path: Path) -> None:
    mask = os.umask(0o027)
    try:
        atomic.replace(tmp_path / "new", b"")
    finally:
        os.umask(mask)
    assert mode_of(tmp_path / "new") == 0o640


def test_a_secret_is_never_readable_by_others(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_bytes(b"token")
    path.chmod(0o600)
    seen: set[int] = set()

    def look(_: str, changed: Path) -> None:
        if changed.is_file():
            seen.add(mode_of(changed) & 0o077)

    with operation.observed(look):
        atomic.replace(path, b"other token")
    assert seen == {0}


def test_a_linked_configuration_stays_a_link(tmp_path: Path) -> None:
    real = tmp_path / "dotfiles" / "config.toml"
    real.parent.mkdir()
    real.write_bytes(b"old")
    link = tmp_path / "config.toml"
    link.symlink_to("dotfiles/config.toml")
    atomic.replace(link, b"new")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_the_owner_stays(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    os.chown(path, 12345, 23456)
    atomic.replace(path, b"new")
    assert (path.stat().st_uid, path.stat().st_gid) == (12345, 23456)


@pytest.mark.parametrize(
    ("number", "hint"),
    [
        (errno.EACCES, "permission"),
        (errno.EROFS, "read-only"),
        (errno.ENOSPC, "cargo hone sweep"),
    ],
)
def test_a_refusal_names_the_next_step(tmp_path: Path, number: int, hint: str) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")

    def refuse(name: str, _: Path) -> None:
        if name == "write":
            raise OSError(number, os.strerror(number))

    with operation.observed(refuse), pytest.raises(Unavailable) as refused:
        atomic.replace(path, b"new")
    assert hint in refused.value.next_step
    assert str(path) in refused.value.message
    assert path.read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_directory_or_a_circle_of_links_is_refused(tmp_path: Path) -> None:
    (tmp_path / "dir").mkdir()
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    for name in ("dir", "one"):
        with pytest.raises(Unavailable):
            atomic.replace(tmp_path / name, b"")
    with pytest.raises(Unavailable):
        atomic.read(tmp_path / "dir")


def test_parents_are_made_and_named_outermost_first(tmp_path: Path) -> None:
    made = atomic.create_parents(tmp_path / "a" / "b" / "file")
    assert made == [tmp_path / "a", tmp_path / "a" / "b"]
    assert atomic.create_parents(tmp_path / "a" / "b" / "file") == []


def test_only_an_empty_directory_is_removed(tmp_path: Path) -> None:
    full = tmp_path / "full"
    full.mkdir()
    (full / "x").touch()
    assert not atomic.remove_if_empty(full)
    (full / "x").unlink()
    assert atomic.remove_if_empty(full)
    assert atomic.remove_if_empty(full)
    assert not full.exists()


def test_removing_says_whether_there_was_anything(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    assert atomic.remove(tmp_path / "a")
    assert not atomic.remove(tmp_path / "a")
