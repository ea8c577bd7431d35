"""What a budget costs: the build after it, as foretold and as measured, and beside cargo-sweep.

    python -m benchmarks.sweep_budget [WORKSPACE] [--rounds N] [-- CARGO ARGUMENTS]

Copies the workspace (without its target directory), builds it from nothing with `cargo build --workspace` (or the
arguments given), then sweeps that target directory to 75, 50 and 25 % of its live size, each time from the same state,
and builds again; in turn with `cargo sweep --maxsize`, told to free as many bytes (the least that is enough, by its own
count). Seven more budgets are replayed: both sweep, nothing is built, and what is missing then is priced by the
recorded unit times. The workspace itself is only read.

Limits: within the budget, and by no more than one unit; the build no longer than after cargo-sweep (5 % for noise);
the foretold seconds within 25 % of the measured ones, or one second. Exits with 1 where one is exceeded. Without
cargo-sweep (`make rivals`) the comparisons are left out, and that is said.
"""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import rivals
from cargo_hone.cargo import metadata
from cargo_hone.files.walk import disk_usage
from cargo_hone.sweep import schedule
from cargo_hone.sweep.budget import Budget
from cargo_hone.sweep.draft import Step
from cargo_hone.sweep.price import Cost, compile_times, costs
from cargo_hone.sweep.sweep import Swept, jobs, sweep
from cargo_hone.target.premises import Premises, read_premises
from cargo_hone.target.state import TargetState, Untouchable, examine, read_state
from cargo_hone.target.units import UnitId
from cargo_hone.workspace import excluded

SHARES = (0.75, 0.5, 0.25)
REPLAYED = (0.9, 0.8, 0.65, 0.6, 0.4, 0.35, 0.1)
MOST_RATIO = 1.05
MOST_ERROR = 0.25
LEAST_ERROR_S = 1.0
CLOSE_ENOUGH_BYTES = 100_000

_WOULD = re.compile(r"Would clean: ([0-9.]+) (bytes|[KMG]iB)")
_UNITS = {"bytes": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


def main() -> int:
    """Measure and print."""
    words, command = sys.argv[1:], ["build", "--workspace"]
    if "--" in words:
        command, words = words[words.index("--") + 1 :], words[: words.index("--")]
    parser = argparse.ArgumentParser(description="what a budget costs")
    parser.add_argument("workspace", nargs="?", type=Path, default=Path(".demo/workspace"))
    parser.add_argument("--rounds", type=int, default=1)
    asked = parser.parse_args(words)
    workspace = asked.workspace.resolve()
    if not (workspace / "Cargo.toml").exists():
        print(f"no workspace at {workspace}: run `make demo` first, or name one")
        return 1
    with tempfile.TemporaryDirectory(prefix="hone-sweep-budget-") as directory:
        copy = Path(directory) / "workspace"
        shutil.copytree(workspace, copy, symlinks=True, ignore=shutil.ignore_patterns("target"))
        bench = Bench(workspace=copy, command=command, rival=rivals.find("cargo-sweep"))
        bench.run(asked.rounds)
    for line in bench.exceeded:
        print(f"LIMIT EXCEEDED: {line}")
    return 1 if bench.exceeded else 0


@dataclass(slots=True, kw_only=True)
class Bench:
    """The copy of the workspace, what is known of it once it is built, and what went wrong."""

    workspace: Path
    command: Sequence[str]
    rival: str | None
    exceeded: list[str] = field(default_factory=list)

    @property
    def target(self) -> Path:
        """Where everything happens."""
        return self.workspace / "target"

    @property
    def _kept(self) -> Path:
        return self.workspace / "kept"

    def run(self, rounds: int) -> None:
        """Build, sweep to each share, build again; then replay."""
        print(f"from nothing: {self._built_s():.1f} s", flush=True)
        known = metadata.read(self.workspace / "Cargo.toml", env=environment(), flags=["--offline"])
        premises = read_premises(known, excluded=excluded.find(known, env=environment()))
        live_bytes = sweep(self.target, premises=premises).record.after_bytes
        subprocess.run(["cp", "-a", self.target, self._kept], check=True)
        print(f"live: {live_bytes / 1e6:.1f} MB")
        if self.rival is None:
            print(
                "no cargo-sweep on PATH or in .rivals/bin (`make rivals`): nothing to compare with"
            )
        for share in SHARES:
            self._measure(share, live_bytes, premises, rounds)
        for share in REPLAYED:
            self._replay(share, live_bytes, premises)

    def _measure(self, share: float, live_bytes: int, premises: Premises, rounds: int) -> None:
        ours_s: list[float] = []
        theirs_s: list[float] = []
        for number in range(rounds):
            self._restore()
            swept = sweep(self.target, premises=premises, budget=_budget(share, live_bytes))
            size_bytes = None
            if self.rival is not None:
                size_bytes = self._rivals_size(live_bytes - swept.record.after_bytes)
            for times_s in (ours_s, theirs_s) if number % 2 == 0 else (theirs_s, ours_s):
                self._restore()
                if times_s is ours_s:
                    sweep(self.target, premises=premises, budget=_budget(share, live_bytes))
                elif size_bytes is not None:
                    self._rival_sweeps(size_bytes)
                else:
                    continue
                times_s.append(self._built_s())
        self._judge(share, live_bytes, swept, ours_s, theirs_s)

    def _judge(
        self,
        share: float,
        live_bytes: int,
        swept: Swept,
        ours_s: Sequence[float],
        theirs_s: Sequence[float],
    ) -> None:
        price, after_bytes = swept.plan.price, swept.record.after_bytes
        measured_s = statistics.median(ours_s)
        line = (
            f"{share:4.0%}: {after_bytes / 1e6:.1f} of {share * live_bytes / 1e6:.1f} MB left, {price.units} units, "
            f"foretold {price.rebuild_s:.1f} s, measured {measured_s:.1f} s ({price.rebuild_s / measured_s:.2f})"
        )
        if theirs_s:
            line += f", after cargo-sweep {statistics.median(theirs_s):.1f} s"
        print(line, flush=True)
        self._judge_bytes(share, live_bytes, swept)
        if abs(price.rebuild_s - measured_s) > max(MOST_ERROR * measured_s, LEAST_ERROR_S):
            self.exceeded.append(
                f"{share:.0%}: foretold {price.rebuild_s:.1f} s, measured {measured_s:.1f} s"
            )
        if theirs_s and measured_s > MOST_RATIO * statistics.median(theirs_s):
            self.exceeded.append(
                f"{share:.0%}: the build takes longer than after cargo-sweep, "
                f"{measured_s:.1f} s to {statistics.median(theirs_s):.1f} s"
            )

    def _judge_bytes(self, share: float, live_bytes: int, swept: Swept) -> None:
        spare_bytes = int(share * live_bytes) - swept.record.after_bytes
        largest_bytes = max(
            (one.freed_bytes for one in swept.plan.removals if one.step is not Step.DEAD), default=0
        )
        if spare_bytes < 0:
            self.exceeded.append(f"{share:.0%}: {-spare_bytes} bytes above the budget")
        if spare_bytes > largest_bytes:
            self.exceeded.append(f"{share:.0%}: {spare_bytes} bytes more than needed went")

    def _replay(self, share: float, live_bytes: int, premises: Premises) -> None:
        """Price what either takes, by the times of the state that both start from. Nothing is built."""
        self._restore()
        state = self._state()
        priced = costs(state, compile_times(state))
        swept = sweep(self.target, premises=premises, budget=_budget(share, live_bytes))
        ours_s = self._replayed_s(state, priced)
        line = f"{share:4.0%} replayed: ours {ours_s:.1f} s (foretold {swept.plan.price.rebuild_s:.1f} s)"
        self._judge_bytes(share, live_bytes, swept)
        if self.rival is not None:
            freed_bytes = live_bytes - swept.record.after_bytes
            self._restore()
            self._rival_sweeps(self._rivals_size(freed_bytes))
            theirs_s = self._replayed_s(state, priced)
            line += f", cargo-sweep {theirs_s:.1f} s"
            if ours_s > MOST_RATIO * theirs_s:
                self.exceeded.append(f"{share:.0%} replayed: {ours_s:.1f} s to {theirs_s:.1f} s")
        print(line, flush=True)

    def _replayed_s(self, before: TargetState, priced: Mapping[UnitId, Cost]) -> float:
        """What cargo would take to have again what is missing now, and what stands on it."""
        left = {
            unit.id: {entry.path for entry in unit.outputs} for unit in self._state().units.units
        }
        missing = {
            unit.id
            for unit in before.units.units
            if unit.id not in left or {entry.path for entry in unit.outputs} - left[unit.id]
        }
        again = frozenset(_with_dependents(before, missing))
        return schedule.wall_seconds(
            {unit_id: priced[unit_id] for unit_id in again}, before.graph.needs, jobs=jobs()
        )

    def _state(self) -> TargetState:
        layout = examine(self.target)
        if isinstance(layout, Untouchable):
            raise SystemExit(layout.reason)
        return read_state(layout)

    def _rivals_size(self, freed_bytes: int) -> int:
        """Return the largest `--maxsize` with which cargo-sweep says that it frees at least so much."""
        low, high = 0, 2 * disk_usage(self._kept).allocated_bytes
        self._restore()
        while high - low > CLOSE_ENOUGH_BYTES:
            middle = (low + high) // 2
            found = _WOULD.search(self._rival_sweeps(middle, "--dry-run"))
            would_bytes = float(found[1]) * _UNITS[found[2]] if found else 0.0
            low, high = (middle, high) if would_bytes >= freed_bytes else (low, middle)
        return low

    def _rival_sweeps(self, size_bytes: int, *more: str) -> str:
        assert self.rival is not None  # noqa: S101 (asked before)
        return subprocess.run(
            [self.rival, "sweep", *more, "--maxsize", f"{size_bytes}B", str(self.workspace)],
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    def _restore(self) -> None:
        shutil.rmtree(self.target, ignore_errors=True)
        # With times and hard links, as cargo needs them to find everything fresh.
        subprocess.run(["cp", "-a", self._kept, self.target], check=True)

    def _built_s(self) -> float:
        """Run cargo and return its wall time in seconds."""
        started_s = time.perf_counter()
        subprocess.run(
            ["cargo", *self.command, "--offline", "--quiet"],
            cwd=self.workspace,
            env=environment(),
            check=True,
            stderr=subprocess.DEVNULL,
        )
        return time.perf_counter() - started_s


def _budget(share: float, live_bytes: int) -> Budget:
    return Budget(max_bytes=int(share * live_bytes))


def _with_dependents(state: TargetState, missing: set[UnitId]) -> Iterator[UnitId]:
    seen = set(missing)
    pending = list(missing)
    while pending:
        unit_id = pending.pop()
        yield unit_id
        above = state.graph.needed_by[unit_id] - seen
        seen |= above
        pending += above


def environment() -> dict[str, str]:
    """The environment without what would move the target directory."""
    return {key: value for key, value in os.environ.items() if key != "CARGO_TARGET_DIR"}


if __name__ == "__main__":
    sys.exit(main())
