"""Our lines are taken out of an edited file only where the lines around them are untouched."""

from hypothesis import given
from hypothesis import strategies as st

from cargo_hone.edit.three_way import without_ours

LINES = st.lists(st.sampled_from([b"a\n", b"b\n", b"c\n", b"\n"]), max_size=8).map(b"".join)


@given(before=LINES, after=LINES)
def test_an_unedited_file_goes_back_to_its_bytes(before: bytes, after: bytes) -> None:
    assert without_ours(after, before=before, after=after) == before


@given(before=LINES, current=LINES)
def test_where_we_changed_nothing_nothing_is_taken_back(before: bytes, current: bytes) -> None:
    assert without_ours(current, before=before, after=before) == current


@given(before=LINES, after=LINES, head=LINES, tail=LINES)
def test_edits_well_away_are_kept(before: bytes, after: bytes, head: bytes, tail: bytes) -> None:
    fence = b"".join(b"fence %d\n" % number for number in range(4))
    result = without_ours(
        head + fence + after + fence + tail,
        before=fence + before + fence,
        after=fence + after + fence,
    )
    if head == tail == b"":
        assert result == fence + before + fence
    elif result is not None:
        assert result == head + fence + before + fence + tail


def test_a_line_between_header_and_key_is_a_conflict() -> None:
    before, after = b"a = 1\n", b"a = 1\n\n[profile.dev]\ndebug = 1\n"
    # Taking the header away would move the user's key into another table.
    edited = after + b"lto = true\n"
    assert without_ours(edited, before=before, after=after) is None
    edited = after.replace(b"debug", b"lto = true\ndebug")
    assert without_ours(edited, before=before, after=after) is None
    assert without_ours(b"# top\n" + after, before=before, after=after) == b"# top\n" + before


def test_binary_content_is_not_merged() -> None:
    assert without_ours(b"\0x\n", before=b"a\n", after=b"b\n") is None
