"""The spool and its cursor: order, the end of a run, and what a crash leaves."""

from pathlib import Path

import pytest

from cargo_hone.coordination import spool
from cargo_hone.coordination.records import Ended, Header, Outcome, Record, Stored
from cargo_hone.settings.model import Coordination

HEADER = Header(run="r", root="/ws", settings=Coordination(), claude_flow="", offline=False)
RECORDS: tuple[Record, ...] = (
    Stored(at="1", key="k", value="ü"),
    Ended(at="2", outcome=Outcome.FAILED),
)


def written(state: Path, *, closed: bool = True) -> spool.Writer:
    writer = spool.Writer(state, HEADER)
    for record in RECORDS:
        writer.append(record)
    if closed:
        writer.close()
    return writer


def test_what_was_written_is_read_and_the_end_is_seen(tmp_path: Path) -> None:
    written(tmp_path)
    (path,) = spool.pending(tmp_path)
    with spool.Reader(path) as reader:
        assert list(reader.records()) == [HEADER, *RECORDS]
    spool.Cursor(path).take(0)
    spool.remove(path)
    assert list(spool.directory(tmp_path).iterdir()) == []


def test_a_run_is_live_until_it_closes(tmp_path: Path) -> None:
    writer = written(tmp_path, closed=False)
    with spool.Reader(spool.pending(tmp_path)[0]) as reader:
        assert reader.is_live()
        records = reader.records()
        assert [next(records) for _ in range(3)] == [HEADER, *RECORDS]
        writer.append(RECORDS[0])
        assert next(records) == RECORDS[0]
        writer.close()
        assert not reader.is_live()
        assert list(records) == []


def test_half_a_line_at_the_end_is_left_out(tmp_path: Path) -> None:
    written(tmp_path)
    (path,) = spool.pending(tmp_path)
    path.write_bytes(path.read_bytes()[:-5])
    with spool.Reader(path) as reader:
        assert list(reader.records()) == [HEADER, RECORDS[0]]


@pytest.mark.parametrize("line", [b"{}\n", b"half\n", b'{"record": "unheard of"}\n'])
def test_what_is_no_record_is_said(tmp_path: Path, line: bytes) -> None:
    written(tmp_path)
    (path,) = spool.pending(tmp_path)
    path.write_bytes(path.read_bytes() + line)
    with spool.Reader(path) as reader, pytest.raises(ValueError):  # noqa: PT011 - whatever it is
        list(reader.records())


def test_the_oldest_comes_first(tmp_path: Path) -> None:
    for _ in range(3):
        written(tmp_path)
    found = spool.pending(tmp_path)
    assert [path.stat().st_mtime_ns for path in found] == sorted(
        path.stat().st_mtime_ns for path in found
    )


def test_a_cursor_goes_on_where_a_drain_was_killed_but_not_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    first = spool.Cursor(path)
    assert first.take(0)
    assert first.take(1)
    second = spool.Cursor(path)
    assert not second.take(0)
    assert second.take(1)
    third = spool.Cursor(path)
    assert not third.take(1)
    assert third.take(2)


def test_a_broken_cursor_begins_anew(tmp_path: Path) -> None:
    (tmp_path / "x.cursor").write_text("[3")
    assert spool.Cursor(tmp_path / "x.jsonl").take(0)
