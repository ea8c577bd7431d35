"""Two or more commands in turn, so that a noisy machine is noisy for all of them."""

import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path


def wall_s(command: Sequence[str], *, cwd: Path | None = None) -> float:
    """Run one command to its end and return its wall time in seconds."""
    started = time.perf_counter()
    subprocess.run(
        command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True
    )
    return time.perf_counter() - started


def in_turn(
    commands: Mapping[str, Sequence[str]], *, rounds: int, cwd: Path | None = None
) -> dict[str, list[float]]:
    """Time each command once a round, after a round that does not count; seconds by name."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, command in commands.items():
            taken_s = wall_s(command, cwd=cwd)
            if number:
                times[name].append(taken_s)
    return times


def shown(times_s: Sequence[float]) -> str:
    """Median and range, in milliseconds."""
    low, middle, high = min(times_s), statistics.median(times_s), max(times_s)
    return f"{middle * 1e3:7.1f} ms  ({low * 1e3:.1f} to {high * 1e3:.1f})"
