"""A figure that must stay below a limit, or reach one; of pairs the ratio of each counts."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What was wanted and what was seen; judged by the median. `limit` None: only reported."""

    name: str
    values: Sequence[float]
    limit: float | None
    at_least: bool = False

    @property
    def is_met(self) -> bool:
        """Whether the median is on the right side of the limit."""
        if self.limit is None:
            return True
        middle = statistics.median(self.values)
        return middle >= self.limit if self.at_least else middle <= self.limit

    def row(self) -> str:
        """One row of a table in Markdown."""
        wanted = "" if self.limit is None else f"{'≥' if self.at_least else '≤'} {self.limit:.3g}"
        every = ", ".join(f"{value:.3g}" for value in self.values)
        verdict = "" if self.limit is None else "met" if self.is_met else "MISSED"
        return f"| {self.name} | {wanted} | {statistics.median(self.values):.3g} | {every} | {verdict} |"


def judged(goals: Sequence[Goal], *, title: str = "goal") -> int:
    """Print a table in Markdown; returns the exit code: 1 where one is missed."""
    print(f"\n| {title} | wanted | median | all | |\n|---|---:|---:|---|---|")
    for goal in goals:
        print(goal.row())
    return int(any(not goal.is_met for goal in goals))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """One process: its wall time, its peak memory with that of what it waited for, and what it printed."""

    wall_s: float
    peak_mb: float
    text: str


def ran(words: Sequence[str], *, cwd: Path, env: Mapping[str, str] | None = None) -> Ran:
    """Run one command to its end; a failure ends the benchmark with what it said.

    Python keeps what it compiles, whatever the environment says: users' Pythons do.
    """
    inherited = dict(os.environ if env is None else env)
    inherited.pop("PYTHONDONTWRITEBYTECODE", None)
    started_s = time.perf_counter()
    with subprocess.Popen(
        words,
        cwd=cwd,
        env=inherited,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        text = process.stdout.read() if process.stdout else ""
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall_s = time.perf_counter() - started_s
    if process.returncode:
        sys.exit(f"{words} ended with {process.returncode}:\n{text}")
    return Ran(wall_s=wall_s, peak_mb=used.ru_maxrss / 1024, text=text)


def hone(*words: str, cwd: Path, store: Path, env: Mapping[str, str] | None = None) -> Ran:
    """Run `cargo-hone snapshot …` on a store of its own."""
    argv = [
        sys.executable,
        "-m",
        "cargo_hone",
        "snapshot",
        *words,
        "--offline",
        "--store",
        str(store),
    ]
    return ran(argv, cwd=cwd, env=env)


def say(text: str) -> None:
    """Tell how far it is."""
    print(text, file=sys.stderr, flush=True)


def aside(path: Path, base: Path) -> None:
    """Move what is done with out of the way, to be deleted at the end.

    ext4 without a journal gives no inode away that was freed in the last minutes, and whoever makes files after a
    deletion would pay for the search (a third of a restore).
    """
    if path.exists():
        path.rename(base / f"{path.name}-{time.monotonic_ns()}")
