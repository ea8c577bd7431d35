"""Which one cache a job gets, and why: never two, they would share a quota and evict each other."""

from dataclasses import dataclass
from enum import StrEnum

from cargo_hone.cache.remote import Kind
from cargo_hone.report import figures

QUOTA_BYTES = 10 * 10**9
"""What all caches of a repository may take before GitHub evicts (GitHub, "Usage limits and eviction policy")."""
_PACKED = 0.33
"""actions/cache packs with zstd: a target directory of 1.41 GB with incremental state became 0.45 GB (measured)."""
_GENERATIONS = 2
"""After a change of the lock file the old entry lives on beside the new one, until it is pruned or evicted."""
_BYTES_A_PACKAGE = 14 * 10**6
"""Guess where nothing was built yet: 10.1 GB for 690 units, 0.35 GB for 34 (measured)."""


class CacheKind(StrEnum):
    """What is kept from one run to the next."""

    TARGET = "target"
    SCCACHE = "sccache"
    REMOTE = "remote"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheChoice:
    """A kind and the sentence that says why."""

    kind: CacheKind
    reason: str


def choose(
    wish: str,
    *,
    remote: str,
    legs: int,
    live_bytes: int | None,
    packages: int,
    present: CacheKind | None = None,
) -> CacheChoice:
    """Decide for a repository. `wish` is `ci.cache` or `--cache`: `auto`, `target`, `sccache` or `none`.

    `legs` is the number of jobs that would each save a target directory, `live_bytes` what the target directory
    holds that is alive (None: not known), `present` what an earlier `ci init` chose: `auto` stays with it, so that
    a second run changes nothing.
    """
    match wish:
        case "none":
            return CacheChoice(kind=CacheKind.NONE, reason="you asked for none")
        case "target":
            return CacheChoice(kind=CacheKind.TARGET, reason="you asked for it")
        case "sccache":
            return _sccache(remote, "you asked for it")
        case _:
            pass
    if remote:
        return _sccache(remote, "`cache.remote` is set")
    if present is not None and present is not CacheKind.REMOTE:
        return CacheChoice(kind=present, reason="an earlier `ci init` chose it; --cache changes it")
    live = live_bytes or packages * _BYTES_A_PACKAGE
    needed = int(live * _PACKED * _GENERATIONS * max(legs, 1))
    source = (
        "is alive in your target directory" if live_bytes else f"guessed from {packages} packages"
    )
    said = (
        f"{figures.size(live)} ({source}), about a third of it when packed, {figures.count(max(legs, 1), 'job')},"
        f" two generations: {figures.size(needed)} of the {figures.size(QUOTA_BYTES)} a repository has"
    )
    if needed <= QUOTA_BYTES:
        return CacheChoice(kind=CacheKind.TARGET, reason=said)
    return CacheChoice(kind=CacheKind.SCCACHE, reason=f"target directories would not fit: {said}")


def _sccache(remote: str, reason: str) -> CacheChoice:
    kind = CacheKind.REMOTE if remote not in {"", Kind.GHA} else CacheKind.SCCACHE
    return CacheChoice(kind=kind, reason=reason)
