"""Which caches go: those that nobody can restore, the old, the least recently used; never what all start from."""

from datetime import UTC, datetime, timedelta

import pytest

from cargo_hone.ci.prune import (
    CacheEntry,
    Limits,
    PruneReason,
    Pruning,
    Refs,
    family,
    judge,
)

NOW = datetime(2026, 5, 1, tzinfo=UTC)
WEEK = Limits(older_than=timedelta(days=7), max_bytes=10_000)


def entry(
    number: int,
    key: str,
    *,
    days: float,
    ref: str = "refs/heads/main",
    size: int = 1,
    born: float = 0,
) -> CacheEntry:
    return CacheEntry(
        id=number,
        key=key,
        ref=ref,
        size_bytes=size,
        created_at=NOW - timedelta(days=born or days),
        last_used_at=NOW - timedelta(days=days),
    )


def pruned(
    *entries: CacheEntry,
    limits: Limits = WEEK,
    pulls: tuple[int, ...] = (),
    branches: frozenset[str] | None = None,
) -> Pruning:
    refs = Refs(default_branch="main", open_pulls=frozenset(pulls), branches=branches)
    return judge(entries, refs=refs, limits=limits, now=NOW)


def gone(pruning: Pruning) -> dict[int, PruneReason]:
    return {deletion.entry.id: deletion.reason for deletion in pruning.deletions}


def test_what_was_not_used_for_longer_than_the_age_goes() -> None:
    result = pruned(
        entry(1, "linux-aaaaaaa1", days=8, ref="refs/heads/x"),
        entry(2, "linux-aaaaaaa2", days=6, ref="refs/heads/x"),
    )
    assert gone(result) == {1: PruneReason.UNUSED}
    assert (result.before_bytes, result.after_bytes, result.kept) == (2, 1, 1)


def test_caches_of_closed_pull_requests_go_however_fresh() -> None:
    result = pruned(
        entry(1, "k-1", days=0.1, ref="refs/pull/7/merge"),
        entry(2, "k-2", days=0.1, ref="refs/pull/8/merge"),
        pulls=(8,),
    )
    assert gone(result) == {1: PruneReason.PULL_CLOSED}


def test_caches_of_gone_branches_go_only_where_branches_were_asked() -> None:
    entries = (
        entry(1, "k-1", days=1, ref="refs/heads/gone"),
        entry(2, "k-2", days=1, ref="refs/heads/feature/there"),
        entry(3, "k-3", days=1, ref="refs/tags/v1"),
    )
    assert gone(pruned(*entries)) == {}
    result = pruned(*entries, branches=frozenset({"main", "feature/there"}))
    assert gone(result) == {1: PruneReason.BRANCH_GONE}


def test_the_least_recently_used_go_until_the_size_is_reached() -> None:
    result = pruned(
        entry(1, "a-1", days=1, ref="refs/heads/x", size=40),
        entry(2, "b-1", days=3, ref="refs/heads/x", size=40),
        entry(3, "c-1", days=2, ref="refs/heads/x", size=40),
        limits=Limits(older_than=timedelta(days=7), max_bytes=80),
    )
    assert gone(result) == {2: PruneReason.SIZE}
    assert result.after_bytes == 80


def test_the_newest_of_each_family_on_the_default_branch_never_goes() -> None:
    result = pruned(
        entry(1, "v0-rust-linux-0badcafe", days=90, size=500),
        entry(2, "v0-rust-linux-deadbeef", days=91, size=500),
        entry(3, "v0-rust-macos-deadbeef", days=92, size=500),
        limits=Limits(older_than=timedelta(days=7), max_bytes=0),
    )
    assert gone(result) == {2: PruneReason.UNUSED}
    assert result.after_bytes == 1000


@pytest.mark.parametrize("order", [1, -1])
def test_newest_is_the_one_saved_last_not_the_one_read_last(order: int) -> None:
    entries = [
        entry(1, "k-1111111", days=1, born=30),
        entry(2, "k-2222222", days=9, born=10),
    ]
    limits = Limits(older_than=timedelta(days=7), max_bytes=0)
    assert gone(pruned(*entries[::order], limits=limits)) == {1: PruneReason.SIZE}


def test_what_nobody_can_restore_is_deleted_first() -> None:
    result = pruned(
        entry(1, "a-1", days=60, ref="refs/heads/x"),
        entry(2, "b-1", days=1, ref="refs/pull/1/merge"),
        entry(3, "c-1", days=50, ref="refs/heads/gone"),
        branches=frozenset({"main", "x"}),
    )
    assert [deletion.entry.id for deletion in result.deletions] == [2, 3, 1]


def test_nothing_there_is_nothing_to_do() -> None:
    assert pruned() == Pruning(deletions=(), before_bytes=0, after_bytes=0, kept=0)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("v0-rust-test-Linux-x64-1f2e3d4c-0a1b2c3d", "v0-rust-test-Linux-x64"),
        ("cargo-linux-2026-05-01", "cargo-linux"),
        ("hone-target-linux-4321", "hone-target-linux"),
        ("sccache/3/f/a/3fa9c1d2e3f4", "sccache"),
        ("node-cache-Linux", "node-cache-Linux"),
        ("deadbeef", "deadbeef"),
    ],
)
def test_a_family_is_the_key_without_what_differs_from_save_to_save(
    key: str, expected: str
) -> None:
    assert family(key) == expected
