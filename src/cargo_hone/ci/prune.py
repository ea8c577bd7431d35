"""Which caches of GitHub Actions go: a pure decision over what the API says of them.

A repository has 10 GB of caches by default; past that GitHub evicts the least recently used, whoever they belong
to. So what nobody can restore any more goes first: a cache is visible to its own ref, and the default branch's to
all (GitHub, "Restrictions for accessing a cache").
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

_UNIQUE_TAIL = re.compile(r"(?:[-_.][0-9]+|[-_.][0-9a-fA-F]{7,}|/[0-9a-fA-F]+)+\Z")
"""The part of a key that differs from save to save: hashes, dates and run numbers at its end."""
_PULL = re.compile(r"refs/pull/(\d+)/")


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheEntry:
    """One cache as the API lists it. `ref` is a full one: `refs/heads/main`, `refs/pull/12/merge`."""

    id: int
    key: str
    ref: str
    size_bytes: int
    created_at: datetime
    last_used_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Refs:
    """What the repository has now. `branches` is None where that was not asked."""

    default_branch: str
    open_pulls: frozenset[int]
    branches: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long a cache may be unused, and how much all of them may take."""

    older_than: timedelta
    max_bytes: int


class PruneReason(StrEnum):
    """Why a cache goes."""

    PULL_CLOSED = "its pull request is closed"
    BRANCH_GONE = "its branch is gone"
    UNUSED = "unused for too long"
    SIZE = "the least recently used, and all are too large"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """A cache that goes, and why."""

    entry: CacheEntry
    reason: PruneReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruning:
    """What goes, in the order of deleting, and what that leaves."""

    deletions: tuple[Deletion, ...]
    before_bytes: int
    after_bytes: int
    kept: int


def judge(entries: Sequence[CacheEntry], *, refs: Refs, limits: Limits, now: datetime) -> Pruning:
    """Say which caches go.

    First those of closed pull requests (and of gone branches where `refs.branches` is known), then those unused
    for longer than the limit, then the least recently used until the sum is within `max_bytes`. The newest of
    each family on the default branch is never among them: the next run of every branch starts from it.
    """
    before_bytes = sum(entry.size_bytes for entry in entries)
    left_bytes = before_bytes
    protected = _protected(entries, refs.default_branch)
    free = sorted(
        (entry for entry in entries if entry.id not in protected),
        key=lambda entry: (entry.last_used_at, entry.id),
    )
    reasons: dict[int, PruneReason] = {}
    for entry in free:
        reason = _reason(entry, refs=refs, limits=limits, now=now)
        if reason is not None:
            reasons[entry.id] = reason
            left_bytes -= entry.size_bytes
    for entry in free:
        if left_bytes <= limits.max_bytes:
            break
        if entry.id not in reasons:
            reasons[entry.id] = PruneReason.SIZE
            left_bytes -= entry.size_bytes
    return Pruning(
        deletions=_in_order(free, reasons),
        before_bytes=before_bytes,
        after_bytes=left_bytes,
        kept=len(entries) - len(reasons),
    )


def family(key: str) -> str:
    """The prefix that keys of the same job share: the key without the hashes, dates and numbers at its end."""
    return _UNIQUE_TAIL.sub("", key)


def _protected(entries: Iterable[CacheEntry], default_branch: str) -> frozenset[int]:
    newest: dict[str, CacheEntry] = {}
    for entry in entries:
        if entry.ref == f"refs/heads/{default_branch}":
            known = newest.get(family(entry.key))
            if known is None or (entry.created_at, entry.id) > (known.created_at, known.id):
                newest[family(entry.key)] = entry
    return frozenset(entry.id for entry in newest.values())


def _reason(entry: CacheEntry, *, refs: Refs, limits: Limits, now: datetime) -> PruneReason | None:
    pull = _PULL.match(entry.ref)
    if pull is not None and int(pull[1]) not in refs.open_pulls:
        return PruneReason.PULL_CLOSED
    branch = entry.ref.removeprefix("refs/heads/")
    if refs.branches is not None and branch != entry.ref and branch not in refs.branches:
        return PruneReason.BRANCH_GONE
    if now - entry.last_used_at > limits.older_than:
        return PruneReason.UNUSED
    return None


def _in_order(
    entries: Iterable[CacheEntry], reasons: Mapping[int, PruneReason]
) -> tuple[Deletion, ...]:
    """Those that nobody can restore come first: the API may stop us in the middle."""
    deletions = [
        Deletion(entry=entry, reason=reasons[entry.id]) for entry in entries if entry.id in reasons
    ]
    order = list(PruneReason)
    return tuple(sorted(deletions, key=lambda deletion: order.index(deletion.reason)))
