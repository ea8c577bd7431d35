"""A plan is applied whole or not at all, on exactly the files it was made for."""

import os
from pathlib import Path

import pytest

from cargo_hone.edit.apply import apply
from cargo_hone.edit.undo import undo
from cargo_hone.errors import Busy, Unavailable, UsageProblem
from cargo_hone.files import operation
from cargo_hone.files.lock import locked
from cargo_hone.model import FileChange, Plan

from .conftest import Place, change, everything


def test_everything_is_applied(place: Place) -> None:
    done = apply(everything(place), journal=place.journal, root=place.root)
    run = place.root / "ci" / "deep" / "run"
    assert run.read_bytes() == b"#!/bin/sh\nexit 0\n"
    assert os.access(run, os.X_OK)
    assert not os.access(place.root / "ci" / "note.md", os.X_OK)
    assert (place.root / "Cargo.toml").stat().st_mode & 0o777 == 0o640
    assert (place.root / ".cargo" / "config.toml").is_symlink()
    assert (place.home / "dotfiles.toml").read_bytes() == b"[build]\r\njobs = 8\r\n"
    assert not (place.root / "old-hook").exists()
    assert done.id == done.group == "1"
    assert len(done.paths) == 6


def test_a_file_that_changed_since_the_plan_stops_it_all(place: Place) -> None:
    plan = everything(place)
    (place.home / "dotfiles.toml").write_bytes(b"edited\n")
    before = place.view()
    with pytest.raises(Busy, match=r"\.cargo/config\.toml has changed since"):
        apply(plan, journal=place.journal, root=place.root)
    assert place.view() == before
    assert place.journal.records() == ()


def test_a_file_that_appeared_since_the_plan_stops_it_all(place: Place) -> None:
    plan = everything(place)
    (place.root / "ci").mkdir()
    (place.root / "ci" / "note.md").write_bytes(b"mine\n")
    with pytest.raises(Busy, match=r"ci/note\.md"):
        apply(plan, journal=place.journal, root=place.root)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_what_is_raised_in_the_middle_goes_on_after_everything_is_back(
    place: Place, error: BaseException
) -> None:
    before = place.view()
    seen = 0

    def interrupt(name: str, path: Path) -> None:
        nonlocal seen
        if name == "rename" and path.is_relative_to(place.root):
            seen += 1
            if seen == 3:
                raise error

    plan = everything(place)
    expected = KeyboardInterrupt if isinstance(error, KeyboardInterrupt) else Unavailable
    with pytest.raises(expected), operation.observed(interrupt):
        apply(plan, journal=place.journal, root=place.root)
    assert seen >= 3
    assert place.view() == before
    assert place.journal.records() == ()


def test_nothing_to_do_leaves_no_transaction(place: Place) -> None:
    path = place.root / "Cargo.toml"
    plan = Plan(title="no-op", changes=(change(path, path.read_bytes()),))
    assert apply(plan, journal=place.journal, root=place.root).paths == ()
    assert place.journal.records() == ()


def test_two_ways_to_one_file_are_refused(place: Place) -> None:
    plan = Plan(
        title="twice",
        changes=(
            change(place.root / ".cargo" / "config.toml", b"1"),
            change(place.home / "dotfiles.toml", b"2"),
        ),
    )
    with pytest.raises(UsageProblem, match="same file"):
        apply(plan, journal=place.journal, root=place.root)


def test_a_journal_at_work_elsewhere_is_busy(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cargo_hone.edit.journal._WAIT_S", 0.1)
    lock = tmp_path / "one" / "state" / "journal" / "lock"
    with locked(lock, wait_s=0), pytest.raises(Busy):
        apply(everything(place), journal=place.journal, root=place.root)


def test_a_new_file_behind_a_dangling_link_is_undone_behind_it(place: Place) -> None:
    link = place.root / "link"
    link.symlink_to(place.home / "not-yet")
    plan = Plan(
        title="link",
        changes=(FileChange(path=link, before=None, after=b"x", why="test", step="test"),),
    )
    before = place.view()
    apply(plan, journal=place.journal, root=place.root)
    assert (place.home / "not-yet").read_bytes() == b"x"
    undo(place.journal)
    assert place.view() == before


def test_what_is_kept_can_be_read_by_nobody_else(place: Place, tmp_path: Path) -> None:
    apply(everything(place), journal=place.journal, root=place.root)
    blobs = list((tmp_path / "one" / "state" / "journal" / "blobs").iterdir())
    assert len(blobs) == 8
    assert {blob.stat().st_mode & 0o777 for blob in blobs} == {0o600}
