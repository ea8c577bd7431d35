"""How long a sweep plans, side by side with cargo-sweep, and how that and its memory grow with the target directory.

    python -m benchmarks.sweep_speed [--entries N,N,…] [--rounds N] [--keep DIRECTORY]

Generates target directories (10,000 to 300,000 entries by default) and asks both programs the same question of the
same tree, in turn: what is older than ten days, and what is above half of the size. Nothing is deleted; the access
times of fingerprints are put back before each run, because cargo-sweep judges by them. Limits: no longer than
cargo-sweep, at most 1.5 times as long for an entry of the largest tree as for one of the smallest (after what it takes
to start), at most 300 MB. Exits with 1 where one is exceeded, with 2 without cargo-sweep (`make rivals`).
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import rivals
from benchmarks.generated import generate_target
from cargo_hone.files.walk import disk_usage
from cargo_hone.measure.statistics import compare
from cargo_hone.model import Comparison

ENTRIES = (10_000, 30_000, 100_000, 300_000)
OLD_DAYS = 10
MOST_RATIO = 1.0
MOST_GROWTH = 1.5
MOST_MEMORY_BYTES = 300_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a program: seconds, and the most memory that it (not its children) had at once."""

    wall_s: float
    cpu_s: float
    peak_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Runs of both programs in turn, of one question about one tree."""

    question: str
    entries: int
    theirs: tuple[Run, ...]
    ours: tuple[Run, ...]


def main() -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(description="planning a sweep, beside cargo-sweep")
    parser.add_argument("--entries", default=",".join(map(str, ENTRIES)))
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--keep", type=Path, help="keep the trees here, and take those that are")
    asked = parser.parse_args()
    rival = rivals.find("cargo-sweep")
    if rival is None:
        print("no cargo-sweep on PATH or in .rivals/bin: run `make rivals` first")
        return 2
    sizes = [int(word) for word in asked.entries.split(",")]
    with tempfile.TemporaryDirectory(prefix="hone-sweep-speed-") as scratch:
        found = [
            pairs
            for entries in sizes
            for pairs in measured(asked.keep or Path(scratch), entries, rival, asked.rounds)
        ]
    exceeded = [*_grown(found), *_slower(found)]
    for line in exceeded:
        print(f"LIMIT EXCEEDED: {line}")
    return 1 if exceeded else 0


def measured(scratch: Path, entries: int, rival: str, rounds: int) -> list[Pairs]:
    """Ask both questions of one tree."""
    tree = scratch / f"tree-{entries}"
    if not tree.exists():
        generate_target(tree, entries=entries)
    half_bytes = disk_usage(tree / "target").allocated_bytes // 2
    hone = [str(Path(sys.executable).with_name("cargo-hone")), "hone", "--offline"]
    hone += ["--state-dir", str(scratch / "state"), "sweep", "--dry-run"]
    theirs = [rival, "sweep", "--dry-run"]
    questions = {
        f"older than {OLD_DAYS} days": (
            [*theirs, "--time", str(OLD_DAYS)],
            [*hone, "--older-than", f"{OLD_DAYS}d"],
        ),
        "above half of the size": (
            [*theirs, "--maxsize", f"{half_bytes // 1_000_000}MB"],
            [*hone, "--max-size", f"{half_bytes // 1_000_000}M"],
        ),
    }
    found: list[Pairs] = []
    for question, (rivals_words, our_words) in questions.items():
        pairs = _in_turn(question, entries, rivals_words, our_words, cwd=tree, rounds=rounds)
        _show(pairs)
        found.append(pairs)
    return found


def _in_turn(
    question: str,
    entries: int,
    theirs: Sequence[str],
    ours: Sequence[str],
    *,
    cwd: Path,
    rounds: int,
) -> Pairs:
    runs: tuple[list[Run], list[Run]] = ([], [])
    for number in range(rounds + 1):
        # Who comes first changes: what the first one warms is the second one's gain.
        order = (0, 1) if number % 2 else (1, 0)
        for which in order:
            _forget_reading(cwd / "target")
            run = _run((theirs, ours)[which], cwd=cwd)
            if number:
                runs[which].append(run)
    return Pairs(question=question, entries=entries, theirs=tuple(runs[0]), ours=tuple(runs[1]))


def _forget_reading(target: Path) -> None:
    """Give fingerprints the access time of their making: cargo-sweep goes by it, and to read one moves it."""
    for path in target.glob("**/.fingerprint/*/*"):
        status = path.stat()
        os.utime(path, ns=(status.st_mtime_ns, status.st_mtime_ns))


def _run(command: Sequence[str], *, cwd: Path) -> Run:
    # Ours exits with 1 where something would go.
    started_s = time.perf_counter()
    with subprocess.Popen(
        command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as child:
        assert child.stderr is not None  # noqa: S101 (it was asked for)
        said = child.stderr.read()
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in {0, 1}:
        raise RuntimeError(f"{' '.join(command)}: {said.decode()}")
    return Run(
        wall_s=time.perf_counter() - started_s,
        cpu_s=used.ru_utime + used.ru_stime,
        peak_bytes=used.ru_maxrss * 1024,
    )


def _compared(pairs: Pairs) -> Comparison:
    return compare([run.wall_s for run in pairs.theirs], [run.wall_s for run in pairs.ours])


def _show(pairs: Pairs) -> None:
    theirs, ours = _median_s(pairs.theirs), _median_s(pairs.ours)
    found = _compared(pairs)
    peak_mb = max(run.peak_bytes for run in pairs.ours) / 1e6
    cpu_s = statistics.median(run.cpu_s for run in pairs.ours)
    print(
        f"{pairs.entries:7} entries, {pairs.question:22}: cargo-sweep {theirs:6.3f} s, "
        f"cargo-hone {ours:6.3f} s (CPU {cpu_s:.3f} s), ratio {found.ratio or 0:.2f} "
        f"({found.low or 0:.2f} to {found.high or 0:.2f}), peak {peak_mb:.0f} MB",
        flush=True,
    )


def _median_s(runs: Sequence[Run]) -> float:
    return statistics.median(run.wall_s for run in runs)


def _slower(found: Sequence[Pairs]) -> list[str]:
    """Where the whole interval lies above the limit: noise alone fails nothing."""
    return [
        f"{pairs.question}, {pairs.entries} entries: {_compared(pairs).ratio or 0:.2f} times as long as cargo-sweep"
        for pairs in found
        if (_compared(pairs).low or 0) > MOST_RATIO
    ]


def _grown(found: Sequence[Pairs]) -> list[str]:
    """Compare CPU seconds for each entry of the largest tree with those of the smallest two, and the memory."""
    exceeded: list[str] = []
    for question in dict.fromkeys(pairs.question for pairs in found):
        some = [pairs for pairs in found if pairs.question == question]
        points = [(p.entries, statistics.median(run.cpu_s for run in p.ours)) for p in some]
        peak_bytes = max(run.peak_bytes for pairs in some for run in pairs.ours)
        if peak_bytes > MOST_MEMORY_BYTES:
            exceeded.append(f"{question}: {peak_bytes / 1e6:.0f} MB of memory")
        if len(points) < 3:
            continue
        small_us, large_us = _slope_us(points[0], points[1]), _slope_us(points[-2], points[-1])
        print(
            f"{question}: {small_us:.1f} us for an entry of small trees, {large_us:.1f} us of large"
        )
        if large_us > MOST_GROWTH * small_us:
            exceeded.append(f"{question}: grows faster than the tree")
    return exceeded


def _slope_us(small: tuple[int, float], large: tuple[int, float]) -> float:
    return (large[1] - small[1]) / (large[0] - small[0]) * 1e6


if __name__ == "__main__":
    sys.exit(main())
