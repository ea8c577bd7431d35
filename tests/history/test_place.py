from pathlib import Path

import pytest

from cargo_hone.history.place import state_dir


def test_each_checkout_has_its_own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    one = state_dir(tmp_path / "a" / "shop")
    two = state_dir(tmp_path / "b" / "shop")
    assert one != two
    assert one.name.startswith("shop-")
    assert state_dir(tmp_path / "a" / "shop") == one


def test_a_link_to_a_checkout_is_the_same_place(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "shop")
    assert state_dir(tmp_path / "link") == state_dir(tmp_path / "shop")


def test_an_odd_name_makes_an_ordinary_directory_name(tmp_path: Path) -> None:
    name = state_dir(tmp_path / " my shop: ü\n").name
    assert name.isascii()
    assert not set(name) & set(" :\n/")
