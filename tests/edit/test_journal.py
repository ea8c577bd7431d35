"""What the journal kept reads back, and damage is said, not passed over."""

import os
from pathlib import Path

import pytest

from cargo_hone.edit import journal
from cargo_hone.edit.apply import apply
from cargo_hone.edit.journal import Journal
from cargo_hone.edit.record import from_json, to_json
from cargo_hone.edit.recover import recover
from cargo_hone.edit.undo import undo
from cargo_hone.errors import Unavailable
from cargo_hone.model import FileChange, Plan

from .conftest import Place, change, everything


def test_a_record_reads_back_as_it_was_written(place: Place) -> None:
    apply(everything(place), journal=place.journal, root=place.root)
    undo(place.journal)
    for record in place.journal.records():
        assert from_json(to_json(record)) == record


def test_a_name_that_is_not_utf8_survives(place: Place) -> None:
    path = place.root / os.fsdecode(b"\xff.toml")
    plan = Plan(
        title="odd", changes=(FileChange(path=path, before=None, after=b"x", why="", step=""),)
    )
    apply(plan, journal=place.journal, root=place.root)
    undo(place.journal)
    assert not path.exists()


def test_looking_makes_nothing(tmp_path: Path) -> None:
    assert Journal(tmp_path / "state").records() == ()
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_content_is_not_written_into_a_users_file(place: Place, tmp_path: Path) -> None:
    apply(everything(place), journal=place.journal, root=place.root)
    before = place.view()
    for blob in (tmp_path / "one" / "state" / "journal" / "blobs").iterdir():
        blob.write_bytes(b"garbage")
    with pytest.raises(Unavailable, match="lost"):
        undo(place.journal)
    assert place.view() == before


def test_a_record_that_cannot_be_read_is_named(place: Place, tmp_path: Path) -> None:
    record = tmp_path / "one" / "state" / "journal" / "records" / "000001.json"
    record.parent.mkdir(parents=True)
    record.write_bytes(b"{}")
    with pytest.raises(Unavailable, match=r"000001\.json"):
        undo(place.journal)


def test_the_oldest_changes_are_forgotten_with_their_contents(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "KEPT_GROUPS", 4)
    path = place.root / "counted"
    path.write_bytes(b"0")
    for number in range(1, 8):
        plan = Plan(title=str(number), changes=(change(path, str(number).encode()),))
        apply(plan, journal=place.journal, root=place.root)
    undo(place.journal)  # 7 -> 6; an undo is a change as well
    recover(place.journal)
    assert [record.title for record in place.journal.records()] == ["5", "6", "7", "undo: 7"]
    kept = {blob.read_bytes() for blob in (place.root.parent / "state").glob("journal/blobs/*")}
    assert kept == {b"4", b"5", b"6", b"7"}
    undo(place.journal)
    assert path.read_bytes() == b"5"
