"""What hyperfine and github-action-benchmark read; their formats as their sources have them."""

import re
from pathlib import Path

import msgspec
import pytest

from cargo_hone.history.course import Point, course, measured_runs
from cargo_hone.history.database import open_history
from cargo_hone.history.portable import PortableRun
from cargo_hone.history.query import load_run
from cargo_hone.history.run import RunRecord
from cargo_hone.report import exports
from tests.history.measured import commit, measured, put


class HyperfineResult(msgspec.Struct, forbid_unknown_fields=True):
    """`BenchmarkResult` of hyperfine 1.20: what its own scripts read."""

    command: str
    mean: float
    stddev: float | None
    median: float
    user: float
    system: float
    min: float
    max: float
    times: list[float]
    exit_codes: list[int | None]
    memory_usage_byte: list[int] | msgspec.UnsetType = msgspec.UNSET
    parameters: dict[str, str] | msgspec.UnsetType = msgspec.UNSET


class HyperfineSummary(msgspec.Struct, forbid_unknown_fields=True):
    results: list[HyperfineResult]


class Benchmark(msgspec.Struct, forbid_unknown_fields=True):
    """`BenchmarkResult` of github-action-benchmark 1.22."""

    name: str
    value: float
    unit: str
    range: str | None = None
    extra: str | None = None


TIMES = {
    ("clean-cold", "baseline"): [60.0, 64.0, 61.0],
    ("edit-root", "baseline"): [5.0],
    ("edit-root", "slim"): [4.0, -1.0, 4.5],
    ("noop", "slim"): [0.0],
}


def stored(base: Path, *runs: PortableRun) -> tuple[tuple[Point, ...], list[RunRecord]]:
    with open_history(base) as database:
        put(database, *runs)
        found = measured_runs(database)
        return course(database, found), [load_run(database, run.id) for run in found]


def test_hyperfine(tmp_path: Path) -> None:
    run = measured(TIMES, at=commit(1), label="monday")
    text = exports.hyperfine(*stored(tmp_path, run))
    results = msgspec.json.decode(text, type=HyperfineSummary).results
    # A build of no time is none.
    assert [one.command for one in results] == [
        "clean-cold, baseline",
        "edit-root, baseline",
        "edit-root, slim",
    ]
    clean, single, slim = results
    assert (clean.min, clean.max, clean.median) == (60.0, 64.0, 61.0)
    assert clean.mean == pytest.approx(185 / 3)
    assert clean.stddev == pytest.approx(2.0816659994661)
    assert clean.user == pytest.approx(1.5 * 185 / 3)
    assert single.stddev is None
    assert slim.times == [4.0, 4.5]
    assert slim.exit_codes == [0, 0]
    assert isinstance(clean.parameters, dict)
    assert clean.parameters["commit"] == commit(1)
    assert clean.memory_usage_byte is msgspec.UNSET


def test_several_runs_have_several_names(tmp_path: Path) -> None:
    runs = [measured(TIMES, at=commit(day), day=day) for day in (1, 2)]
    text = exports.hyperfine(*stored(tmp_path, *runs))
    names = [one.command for one in msgspec.json.decode(text, type=HyperfineSummary).results]
    assert len(set(names)) == len(names) == 6
    assert f"clean-cold, baseline ({commit(1)[:12]}, run 1)" in names


def test_github_action_benchmark(tmp_path: Path) -> None:
    points, _ = stored(tmp_path, measured(TIMES, at=commit(1), target_bytes=123_456))
    found = msgspec.json.decode(exports.github_action_benchmark(points), type=list[Benchmark])
    by_name = {one.name: one for one in found}
    assert len(by_name) == len(found) == 4
    clean = by_name["clean-cold, baseline"]
    assert (clean.value, clean.unit) == (61.0, "s")
    # src/extractRangeInfo.ts
    match = re.search(r"(?P<prefix>(\+-|±)\s*)(?P<value>\d.*)", clean.range or "")
    assert match is not None
    assert float(match["value"]) == 2.0
    assert commit(1) in (clean.extra or "")
    size = by_name["clean-cold, baseline: target directory"]
    assert (size.value, size.unit, size.range) == (123_456, "bytes", None)
