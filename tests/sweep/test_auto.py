"""The thresholds of a place, and what they want."""

from pathlib import Path

import pytest

from cargo_hone.settings.model import CiThresholds, Disk
from cargo_hone.settings.read import read
from cargo_hone.sweep.auto import Marks, Place, marks_of, place_of, wanted
from cargo_hone.sweep.budget import Budget
from cargo_hone.sweep.space import Space, read_space

MARKS = Marks(warn_bytes=100, sweep_bytes=200, fail_share=0.9)
ROOMY = Space(used_bytes=10, free_bytes=90)
FULL = Space(used_bytes=91, free_bytes=9)
DOWN = Budget(max_bytes=100, spares_if_futile=True)


@pytest.mark.parametrize(
    ("env", "place"),
    [
        ({}, Place.MACHINE),
        ({"CODESPACES": "true"}, Place.CODESPACE),
        ({"CODESPACES": "true", "CI": "true"}, Place.CODESPACE),
        ({"GITHUB_ACTIONS": "true"}, Place.CI),
        ({"CI": "1"}, Place.CI),
        ({"CI": "True"}, Place.CI),
        ({"CI": "false"}, Place.MACHINE),
        ({"CODESPACES": "false"}, Place.MACHINE),
    ],
)
def test_the_place_is_known_by_its_variables(env: dict[str, str], place: Place) -> None:
    assert place_of(env) is place


def test_each_place_has_its_table(tmp_path: Path) -> None:
    (tmp_path / ".config").mkdir()
    (tmp_path / ".config/hone.toml").write_text(
        '[disk]\nwarn = "1G"\nsweep = "2G"\nfail = "50%"\n[disk.ci]\nwarn = "3M"\n'
    )
    disk = read(tmp_path, {"HONE_DISK_CODESPACE_SWEEP": "7GiB"}).disk
    assert marks_of(disk, Place.MACHINE) == Marks(
        warn_bytes=10**9, sweep_bytes=2 * 10**9, fail_share=0.5
    )
    assert marks_of(disk, Place.CI) == Marks(
        warn_bytes=3 * 10**6, sweep_bytes=5 * 10**9, fail_share=0.95
    )
    assert marks_of(disk, Place.CODESPACE).sweep_bytes == 7 * 2**30


def test_a_sweep_mark_below_the_warning_mark_is_the_warning_mark() -> None:
    marks = marks_of(Disk(ci=CiThresholds(warn="9G")), Place.CI)
    assert marks.sweep_bytes == marks.warn_bytes == 9 * 10**9


@pytest.mark.parametrize(
    ("place", "size_bytes", "space", "budget"),
    [
        (Place.MACHINE, 100, ROOMY, None),
        (Place.MACHINE, 200, ROOMY, None),
        (Place.MACHINE, 201, ROOMY, DOWN),
        (Place.CODESPACE, 201, ROOMY, DOWN),
        (Place.MACHINE, 100, FULL, Budget()),
        (Place.MACHINE, 101, FULL, DOWN),
        (Place.CI, 1, ROOMY, Budget()),
        (Place.CI, 200, ROOMY, Budget()),
        (Place.CI, 201, ROOMY, DOWN),
    ],
)
def test_what_the_marks_want(
    place: Place, size_bytes: int, space: Space, budget: Budget | None
) -> None:
    assert wanted(place, MARKS, size_bytes=size_bytes, space=space) == budget


def test_a_disk_is_as_full_as_df_says(tmp_path: Path) -> None:
    space = read_space(tmp_path)
    assert 0 < space.used_share < 1
    assert Space(used_bytes=30, free_bytes=10).used_share == 0.75
    assert Space(used_bytes=0, free_bytes=0).used_share == 1.0


def test_needs_add_up_to_the_greater_one() -> None:
    assert Budget().need_bytes(total_bytes=10, free_bytes=0) == 0
    both = Budget(max_bytes=60, min_free_bytes=50)
    assert both.need_bytes(total_bytes=100, free_bytes=45) == 40
    assert both.need_bytes(total_bytes=61, free_bytes=20) == 30
    assert both.need_bytes(total_bytes=60, free_bytes=50) == 0
