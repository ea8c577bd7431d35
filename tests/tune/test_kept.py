"""What is kept for `apply`: written, read, and known to be stale."""

from pathlib import Path

import pytest

from cargo_hone.errors import Unavailable
from cargo_hone.tune import kept
from cargo_hone.tune.kept import KeptPlan, KeptVerdict

PLAN = KeptPlan(
    levers=("debug", "codegen-units-16"),
    when="2026-01-02T03:04:05+00:00",
    commit="0123456789abcdef",
    rustc="rustc 1.95.0",
    cargo="cargo 1.95.0",
    verdicts=(KeptVerdict(name="debug", fate="kept", why="faster by itself: edit-root"),),
    confirmed={"edit-root": 0.7},
)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    assert kept.write(tmp_path / "new", PLAN).is_file()
    assert kept.read(tmp_path / "new") == PLAN


def test_where_nothing_was_tuned_there_is_none(tmp_path: Path) -> None:
    assert kept.read(tmp_path) is None


def test_the_next_search_takes_the_place_of_the_last(tmp_path: Path) -> None:
    kept.write(tmp_path, PLAN)
    nothing = KeptPlan(levers=(), when="2027", commit=None, rustc="r", cargo="c")
    kept.write(tmp_path, nothing)
    assert kept.read(tmp_path) == nothing


@pytest.mark.parametrize("content", [b"{}", b"no json", b'{"levers": 1}'])
def test_what_cannot_be_read_says_what_to_do(tmp_path: Path, content: bytes) -> None:
    (tmp_path / kept.NAME).write_bytes(content)
    with pytest.raises(Unavailable) as raised:
        kept.read(tmp_path)
    assert "cargo hone tune" in raised.value.next_step


def test_the_file_of_another_version_is_refused(tmp_path: Path) -> None:
    path = kept.write(tmp_path, PLAN)
    path.write_bytes(path.read_bytes().replace(b"tuned/v1", b"tuned/v2"))
    with pytest.raises(Unavailable, match="v2"):
        kept.read(tmp_path)


def test_it_is_stale_where_commit_or_toolchain_changed() -> None:
    same = {"commit": PLAN.commit, "rustc": PLAN.rustc, "cargo": PLAN.cargo}
    assert PLAN.stale(**same) == ()
    assert "0123456789ab" in PLAN.stale(**{**same, "commit": "fedc"})[0]
    assert "no commit" in PLAN.stale(**{**same, "commit": None})[0]
    assert "rustc 1.95.0" in PLAN.stale(**{**same, "rustc": "rustc 2"})[0]
    assert len(PLAN.stale(commit="x", rustc="y", cargo="z")) == 3
