"""What was measured, in the files of other programs: hyperfine's `--export-json`, and github-action-benchmark's.

Both formats are read off the programs that own them: hyperfine 1.20 (src/benchmark/benchmark_result.rs,
src/export/json.rs) and github-action-benchmark 1.22 (src/extract.ts, the schema of `customSmallerIsBetter`).
"""

import json
from collections.abc import Sequence
from enum import StrEnum
from statistics import fmean, stdev
from typing import Any

from cargo_hone.history.course import Point
from cargo_hone.history.run import RunRecord
from cargo_hone.measure.statistics import is_possible, summarize
from cargo_hone.model import Sample
from cargo_hone.report.course_pages import target_bytes


class Export(StrEnum):
    """`--export`."""

    HYPERFINE = "hyperfine"
    GITHUB_ACTION_BENCHMARK = "github-action-benchmark"


def hyperfine(points: Sequence[Point], runs: Sequence[RunRecord]) -> str:
    """Write hyperfine's JSON: one result for each run, scenario and variant. `runs` are those of `points`.

    `command` is a name, as with hyperfine's `--command-name`, and carries the commit where there are several runs.
    `user` is the mean CPU time of a build, user and system together: the two are not told apart, so `system` is 0.
    """
    records = {run.id: run for run in runs}
    several = len({point.run.id for point in points}) > 1
    results = [
        result
        for point in points
        if (result := _hyperfine_result(point, records[point.run.id], several=several)) is not None
    ]
    return json.dumps({"results": results}, indent=2, ensure_ascii=False) + "\n"


def github_action_benchmark(points: Sequence[Point]) -> str:
    """Write the list that github-action-benchmark reads as `customSmallerIsBetter`; `points` are those of one run.

    One entry for the median time of each scenario and variant, and one for the target directory where it was sized.
    """
    entries = [entry for point in points for entry in _entries(point)]
    return json.dumps(entries, indent=2, ensure_ascii=False) + "\n"


def _hyperfine_result(point: Point, run: RunRecord, *, several: bool) -> dict[str, Any] | None:
    samples = [
        sample
        for sample in run.samples_of(point.scenario, point.variant)
        if is_possible(sample.wall_s)
    ]
    if not samples:
        return None
    times = [sample.wall_s for sample in samples]
    summary = summarize(times)
    name = f"{point.scenario}, {point.variant}"
    if several:
        name += f" ({(point.run.commit or 'no commit')[:12]}, run {point.run.id})"
    parameters = {
        "scenario": str(point.scenario),
        "variant": point.variant,
        "run": str(point.run.id),
        "commit": point.run.commit or "",
        "label": point.run.label,
    }
    return {
        "command": name,
        "mean": fmean(times),
        "stddev": stdev(times) if len(times) > 1 else None,
        "median": summary.median_s,
        "user": fmean(sample.cpu_s for sample in samples),
        "system": 0.0,
        "min": summary.minimum_s,
        "max": summary.maximum_s,
        "times": times,
        **_memory(samples),
        "exit_codes": [0] * len(times),
        "parameters": parameters,
    }


def _memory(samples: Sequence[Sample]) -> dict[str, list[int]]:
    """The peak memory of each build, which hyperfine leaves out where it is not known."""
    peaks = [sample.peak_memory_bytes for sample in samples]
    known = [peak for peak in peaks if peak is not None]
    return {"memory_usage_byte": known} if len(known) == len(peaks) else {}


def _entries(point: Point) -> list[dict[str, Any]]:
    times = [time_s for time_s in point.times_s if is_possible(time_s)]
    entries: list[dict[str, Any]] = []
    run = point.run
    if times:
        summary = summarize(times)
        half_range_s = (summary.maximum_s - summary.minimum_s) / 2.0
        about = [
            f"{summary.count} samples, {summary.minimum_s:.3f} to {summary.maximum_s:.3f} s",
            f"commit {run.commit}" if run.commit else "no commit",
            run.machine,
            run.rustc,
        ]
        entries.append(
            {
                "name": f"{point.scenario}, {point.variant}",
                "unit": "s",
                "value": round(summary.median_s, 6),
                "range": f"± {half_range_s:.6f}",
                "extra": "\n".join(about),
            }
        )
    size = target_bytes(point)
    if size is not None:
        entries.append(
            {
                "name": f"{point.scenario}, {point.variant}: target directory",
                "unit": "bytes",
                "value": size,
            }
        )
    return entries
