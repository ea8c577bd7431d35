"""Which cache is chosen, and the reason that is given for it."""

import pytest

from cargo_hone.ci.cache_choice import CacheChoice, CacheKind, choose


def chosen(
    wish: str = "auto",
    *,
    remote: str = "",
    legs: int = 1,
    live_bytes: int | None = None,
    present: CacheKind | None = None,
) -> CacheChoice:
    return choose(
        wish, remote=remote, legs=legs, live_bytes=live_bytes, packages=100, present=present
    )


@pytest.mark.parametrize(
    ("wish", "remote", "kind"),
    [
        ("target", "", CacheKind.TARGET),
        ("sccache", "", CacheKind.SCCACHE),
        ("none", "", CacheKind.NONE),
        ("target", "s3://bucket", CacheKind.TARGET),
        ("sccache", "s3://bucket", CacheKind.REMOTE),
        ("auto", "s3://bucket", CacheKind.REMOTE),
        ("auto", "gha", CacheKind.SCCACHE),
    ],
)
def test_what_was_asked_for(wish: str, remote: str, kind: CacheKind) -> None:
    assert chosen(wish, remote=remote).kind is kind


@pytest.mark.parametrize(
    ("live_bytes", "legs", "kind"),
    [
        (3 * 10**9, 1, CacheKind.TARGET),
        (3 * 10**9, 6, CacheKind.SCCACHE),
        (20 * 10**9, 1, CacheKind.SCCACHE),
        (500 * 10**6, 12, CacheKind.TARGET),
    ],
)
def test_a_target_directory_is_kept_where_all_of_them_fit(
    live_bytes: int, legs: int, kind: CacheKind
) -> None:
    choice = chosen(live_bytes=live_bytes, legs=legs)
    assert choice.kind is kind
    assert "10.0 GB" in choice.reason


def test_without_a_build_it_is_guessed_and_that_is_said() -> None:
    assert "guessed from 100 packages" in chosen().reason
    assert "guessed" not in chosen(live_bytes=10**9).reason


def test_an_earlier_choice_stays() -> None:
    assert chosen(present=CacheKind.SCCACHE, live_bytes=1).kind is CacheKind.SCCACHE
    assert chosen("target", present=CacheKind.SCCACHE).kind is CacheKind.TARGET
