"""The page of a job's summary."""

import json
from pathlib import Path

import pytest

from cargo_hone.ci.summary import (
    JobCache,
    JobSummary,
    SweepResult,
    look,
    markdown,
    read_sweep,
)
from cargo_hone.model import CacheCounts
from cargo_hone.settings.model import CiThresholds


def summary(
    *,
    target_bytes: int = 10**9,
    free_bytes: int = 50 * 10**9,
    cache: JobCache = JobCache.TARGET,
    key: str = "",
    is_hit: bool = False,
    sweep: SweepResult | None = None,
    counts: CacheCounts | None = None,
) -> JobSummary:
    return JobSummary(
        target_dir=Path("/work/target"),
        target_bytes=target_bytes,
        free_bytes=free_bytes,
        disk_bytes=100 * 10**9,
        cache=cache,
        key=key,
        is_hit=is_hit,
        sweep=sweep,
        counts=counts,
        thresholds=CiThresholds(),
    )


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (summary(), "| cache | target directory, miss |"),
        (summary(key="k-1", is_hit=True), "| cache | target directory, hit: `k-1` |"),
        (summary(key="k-0"), "| cache | target directory, an older one: `k-0` |"),
        (summary(cache=JobCache.THEIRS), "| cache | the workflow's own |"),
        (summary(cache=JobCache.NONE), "| cache | none |"),
        (summary(), "| target directory | 1.0 GB (1,000,000,000 bytes) |"),
        (summary(), "| disk free | 50.0 GB of 100.0 GB |"),
        (summary(key="a|b`c"), "`a b c`"),
    ],
)
def test_rows(found: JobSummary, said: str) -> None:
    assert said in markdown(found)


def test_a_sweep_is_told_with_what_it_left() -> None:
    swept = SweepResult(before_bytes=6 * 10**9, after_bytes=2 * 10**9, deleted_units=31)
    assert "| swept | 6.0 GB to 2.0 GB, 31 units deleted |" in markdown(summary(sweep=swept))
    skipped = SweepResult(before_bytes=1, after_bytes=1, deleted_units=0, skipped="a | b")
    assert "| swept | nothing: a   b |" in markdown(summary(sweep=skipped))
    assert "| swept | nothing" in markdown(summary())


def test_the_compiler_cache_is_told_where_it_is_the_cache() -> None:
    counts = CacheCounts(hits=690, misses=10, not_cacheable=4, errors=0)
    page = markdown(summary(cache=JobCache.SCCACHE, counts=counts))
    assert "| sccache | 690 of 700 requests hit (98.5 %), 4 not cacheable |" in page
    assert "| sccache |" not in markdown(summary())
    idle = CacheCounts(hits=0, misses=0, not_cacheable=0, errors=2)
    assert "0 of 0 requests hit, 0 not cacheable, 2 errors" in markdown(
        summary(cache=JobCache.SCCACHE, counts=idle)
    )


def test_thresholds_that_were_passed_are_warnings() -> None:
    assert summary().warnings == ()
    assert "WARNING" not in markdown(summary())
    [warned] = summary(target_bytes=4 * 10**9).warnings
    assert "disk.ci.warn" in warned
    [swept] = summary(target_bytes=6 * 10**9).warnings
    assert "disk.ci.sweep" in swept
    [full] = summary(free_bytes=10**9).warnings
    assert "99% full" in full
    assert "> [!WARNING]\n> The disk" in markdown(summary(free_bytes=10**9))


def test_the_result_of_a_sweep_is_read_or_left_out(tmp_path: Path) -> None:
    file = tmp_path / "sweep.json"
    assert read_sweep(None) is None
    assert read_sweep(file) is None
    file.write_text("")
    assert read_sweep(file) is None
    known = {"before_bytes": 3, "after_bytes": 2, "deleted_units": 1, "skipped": None}
    file.write_text(json.dumps({"schema": "cargo-hone/sweep/v1", **known, "removals": [{}]}))
    assert read_sweep(file) == SweepResult(before_bytes=3, after_bytes=2, deleted_units=1)


def test_a_job_without_a_target_directory_and_without_sccache(tmp_path: Path) -> None:
    env = {"PATH": str(tmp_path), "HOME": str(tmp_path), "SCCACHE_DIR": str(tmp_path / "cache")}
    found = look(
        tmp_path / "no" / "target",
        thresholds=CiThresholds(),
        cache=JobCache.SCCACHE,
        key="",
        is_hit=False,
        sweep=None,
        env=env,
    )
    assert found.target_bytes == 0
    assert found.counts is None
    assert found.disk_bytes > found.free_bytes > 0
