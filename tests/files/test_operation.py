"""A test can stop the program before each of its operations on files."""

from pathlib import Path

import pytest

from cargo_hone.files import atomic, operation


def test_nobody_watches_by_default(tmp_path: Path) -> None:
    atomic.replace(tmp_path / "a", b"x")
    assert (tmp_path / "a").read_bytes() == b"x"


@pytest.mark.parametrize("after", range(6))
def test_a_replaced_file_is_old_or_new_wherever_it_stops(tmp_path: Path, after: int) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"old")
    with operation.interrupting(after=after) as count:
        try:
            atomic.replace(path, b"new")
        except operation.Stopped:
            pass
        else:
            assert after >= count.started
    assert path.read_bytes() in {b"old", b"new"}
    atomic.remove_leftovers(path)
    assert [p.name for p in tmp_path.iterdir()] == ["config.toml"]


def test_once_stops_one_operation_and_lets_the_cleaning_up_work(tmp_path: Path) -> None:
    path = tmp_path / "a"
    with pytest.raises(operation.Stopped), operation.interrupting(after=2, once=True):
        atomic.replace(path, b"new")
    assert list(tmp_path.iterdir()) == []


def test_an_observer_sees_what_happens_and_where(tmp_path: Path) -> None:
    seen: list[tuple[str, Path]] = []
    with operation.observed(lambda name, path: seen.append((name, path))):
        atomic.create_parents(tmp_path / "a" / "f")
        atomic.remove(tmp_path / "a" / "f")
    assert ("mkdir", tmp_path / "a") in seen
    assert ("unlink", tmp_path / "a" / "f") in seen


def test_a_link_gets_a_second_name_and_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nowhere")
    operation.link(tmp_path / "link", tmp_path / "second")
    assert (tmp_path / "second").readlink() == Path("nowhere")
