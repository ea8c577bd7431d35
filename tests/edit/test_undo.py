"""Undo gives the bytes back, keeps later edits, and says what it left alone."""

from pathlib import Path

import pytest

from cargo_hone.edit.apply import apply
from cargo_hone.edit.undo import NothingToUndo, preview, undo
from cargo_hone.errors import UsageProblem
from cargo_hone.model import Plan

from .conftest import Place, change, everything


def one(path: Path, after: bytes | None) -> Plan:
    return Plan(title="one", changes=(change(path, after),))


def test_every_byte_mode_link_and_directory_comes_back(place: Place) -> None:
    before = place.view()
    apply(everything(place), journal=place.journal, root=place.root)
    assert place.view() != before
    result = undo(place.journal)
    assert place.view() == before
    assert len(result.restored) == 6
    assert (result.merged, result.refused) == ((), ())


def test_undone_twice_says_so(place: Place) -> None:
    with pytest.raises(NothingToUndo):
        undo(place.journal)
    apply(everything(place), journal=place.journal, root=place.root)
    undo(place.journal)
    with pytest.raises(NothingToUndo, match="nothing to undo"):
        undo(place.journal)
    with pytest.raises(NothingToUndo, match="1 is undone already"):
        undo(place.journal, "1")
    with pytest.raises(UsageProblem, match=r"no transaction '7' \(known: 1\)"):
        undo(place.journal, "7")


def test_the_newest_first_then_the_one_before(place: Place) -> None:
    path = place.root / "Cargo.toml"
    original = path.read_bytes()
    apply(one(path, b"1"), journal=place.journal, root=place.root)
    apply(one(path, b"2"), journal=place.journal, root=place.root)
    undo(place.journal)
    assert path.read_bytes() == b"1"
    undo(place.journal)
    assert path.read_bytes() == original


def test_a_group_is_undone_as_one(place: Place) -> None:
    before = place.view()
    first = apply(everything(place), journal=place.journal, root=place.root)
    later = Plan(
        title="docs",
        changes=(
            change(place.root / "ci" / "note.md", b"hello\nmore\n"),
            change(place.root / "ci" / "report" / "page.md", b"page\n"),
            change(place.root / "Cargo.toml", b"other\n"),
        ),
    )
    extended = apply(later, journal=place.journal, root=place.root, extend=first)
    assert extended.group == first.group != extended.id
    undo(place.journal, extended.id)
    assert place.view() == before
    with pytest.raises(UsageProblem, match="was undone"):
        apply(everything(place), journal=place.journal, root=place.root, extend=first)


def test_a_mode_that_the_user_set_since_stays(place: Place) -> None:
    path = place.root / "Cargo.toml"
    apply(one(path, b"new"), journal=place.journal, root=place.root)
    path.chmod(0o600)
    undo(place.journal)
    assert path.stat().st_mode & 0o777 == 0o600


SOURCE = b"".join(b"line %d\n" % number for number in range(12))
OURS = SOURCE.replace(b"line 5\n", b"line five\nand a half\n")


def test_an_edit_elsewhere_in_the_file_is_kept(place: Place) -> None:
    path = place.root / "Cargo.toml"
    path.write_bytes(SOURCE)
    apply(one(path, OURS), journal=place.journal, root=place.root)
    path.write_bytes(b"first\n" + OURS.replace(b"line 9", b"LINE 9"))
    plan, foreseen = preview(place.journal)
    assert foreseen.merged == (path,)
    result = undo(place.journal)
    assert result.merged == (path,)
    assert path.read_bytes() == b"first\n" + SOURCE.replace(b"line 9", b"LINE 9")
    assert plan.changes[0].after == path.read_bytes()


def test_edited_lines_are_left_alone_and_the_rest_is_undone(place: Place) -> None:
    path, other = place.root / "Cargo.toml", place.root / "other"
    path.write_bytes(SOURCE)
    plan = Plan(title="two", changes=(change(path, OURS), change(other, b"made\n")))
    apply(plan, journal=place.journal, root=place.root)
    edited = OURS.replace(b"five", b"V")
    path.write_bytes(edited)
    result = undo(place.journal)
    assert path.read_bytes() == edited
    assert not other.exists()
    assert result.restored == (other,)
    (refused,) = result.refused
    assert refused.path == path
    assert "-line five" in refused.difference
    assert "+line V" in refused.difference
    # Once the edit is out of the way, a second undo does the rest.
    path.write_bytes(OURS)
    assert undo(place.journal).restored == (path,)
    assert path.read_bytes() == SOURCE


@pytest.mark.parametrize("edit", ["delete what was changed", "edit what was made", "remake"])
def test_files_that_came_or_went_since_are_left_alone(place: Place, edit: str) -> None:
    apply(everything(place), journal=place.journal, root=place.root)
    match edit:
        case "delete what was changed":
            path = place.root / "Cargo.toml"
            path.unlink()
        case "edit what was made":
            path = place.root / "ci" / "note.md"
            path.write_bytes(b"mine\n")
        case _:
            path = place.root / "old-hook"
            path.write_bytes(b"mine\n")
    left = path.read_bytes() if path.exists() else None
    result = undo(place.journal)
    assert [refused.path for refused in result.refused] == [path]
    assert (path.read_bytes() if path.exists() else None) == left
    assert len(result.restored) == 5


def test_a_directory_with_something_of_the_users_in_it_stays(place: Place) -> None:
    apply(everything(place), journal=place.journal, root=place.root)
    mine = place.root / "ci" / "mine"
    mine.write_bytes(b"x")
    undo(place.journal)
    assert [p.name for p in (place.root / "ci").iterdir()] == ["mine"]


def test_what_the_user_restored_by_hand_counts_as_undone(place: Place) -> None:
    path = place.root / "Cargo.toml"
    original = path.read_bytes()
    apply(one(path, b"new"), journal=place.journal, root=place.root)
    path.write_bytes(original)
    assert undo(place.journal).restored == (path,)
    with pytest.raises(NothingToUndo):
        undo(place.journal)


def test_the_preview_writes_nothing(place: Place, tmp_path: Path) -> None:
    apply(everything(place), journal=place.journal, root=place.root)
    before = place.view()
    records = place.journal.records()
    plan, result = preview(place.journal)
    assert place.view() == before
    assert place.journal.records() == records
    assert len(plan.changes) == len(result.restored) == 6
