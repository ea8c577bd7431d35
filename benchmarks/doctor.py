"""How long `cargo hone doctor` takes, against the bare interpreter and `cargo metadata`.

    python -m benchmarks.doctor [WORKSPACE]

On the demonstration workspace of 24 crates it may take 300 ms more than the two together. Without a workspace it is
assembled (from the registry, without building it), with a workflow that has something to be found in. Exits with 1
where it takes longer.

Each round runs all of the commands, in an order of its own, and gives one difference: so a machine that is slow for a
while is slow for all of them. CPU time is shown as well, that of child processes in it: on a machine that others use
it says more than the clock.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.paired import shown
from cargo_hone.demo.assembly import assemble
from cargo_hone.proc import clean_environment

LIMIT_S = 0.300
_ROUNDS = 20
# The 6th smallest to the 6th largest of 20 hold the median with 96 % (binomial; order statistics).
_LEFT_OUT = 5
_WORKFLOW = """\
on: push
env:
  CARGO_INCREMENTAL: 1
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/cache@v4
        with:
          path: target
          key: cache
      - run: cargo test --workspace
      - run: cargo build --release
"""
_METADATA = ["cargo", "metadata", "--format-version", "1"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What one run took."""

    wall_s: float
    cpu_s: float


def main() -> int:
    """Measure, print, judge."""
    # Without it each run would compile the modules that it imports.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if len(sys.argv) > 1:
        return _judged(Path(sys.argv[1]))
    with tempfile.TemporaryDirectory(prefix="hone-doctor-") as scratch:
        root = Path(scratch) / "workspace"
        assemble(root, env=clean_environment(os.environ), progress=print, fresh=True)
        workflow = root / ".github" / "workflows" / "slow.yml"
        workflow.parent.mkdir(parents=True, exist_ok=True)
        workflow.write_text(_WORKFLOW)
        return _judged(root)


def _judged(workspace: Path) -> int:
    python = sys.executable
    hone = str(Path(python).with_name("cargo-hone"))
    rounds = _rounds(
        {
            "shell": ["sh", "-c", "out=$(true); test $? -le 1"],
            "interpreter": [python, "-c", "pass"],
            "cargo metadata": _METADATA,
            "  with --no-deps": [*_METADATA, "--no-deps"],
            # Exit code 1 is for findings, which is what the workflow is there for.
            "cargo hone doctor": ["sh", "-c", 'out=$("$0" hone doctor); test $? -le 1', hone],
        },
        cwd=workspace,
    )
    for name in rounds[0]:
        taken = [one[name] for one in rounds]
        cpu_ms = statistics.median(run.cpu_s for run in taken) * 1e3
        print(f"{name:22} {shown([run.wall_s for run in taken])}  CPU {cpu_ms:6.1f} ms")
    more_s = _more(rounds, "cargo metadata")
    ok = statistics.median(more_s) <= LIMIT_S
    print(f"more than `cargo metadata` and the interpreter: {_interval(more_s)}")
    # What it asks cargo is less than that: no graph.
    print(
        f"more than with --no-deps:                       {_interval(_more(rounds, '  with --no-deps'))}"
    )
    print(f"doctor: limit {LIMIT_S * 1e3:.0f} ms: {'ok' if ok else 'TOO SLOW'}")
    return 0 if ok else 1


def _rounds(commands: Mapping[str, Sequence[str]], *, cwd: Path) -> list[dict[str, Taken]]:
    """Time the commands, each once a round, after a round that does not count; by name, in the order given."""
    names = list(commands)
    rounds = []
    for number in range(_ROUNDS + 1):
        # Forwards and backwards, beginning with each in turn: all come behind all of the others.
        first = number // 2 % len(names)
        order = [*names[first:], *names[:first]][:: -1 if number % 2 else 1]
        taken = {name: _taken(commands[name], cwd) for name in order}
        if number:
            rounds.append({name: taken[name] for name in commands})
    return rounds


def _taken(command: Sequence[str], cwd: Path) -> Taken:
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(
        command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True
    )
    wall_s, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return Taken(wall_s=wall_s, cpu_s=cpu_s)


def _more(rounds: Sequence[Mapping[str, Taken]], metadata: str) -> list[float]:
    """What the doctor took more in each round, in seconds, the shell that starts it not counted."""
    others = ("shell", "interpreter", metadata)
    return [
        one["cargo hone doctor"].wall_s - sum(one[name].wall_s for name in others) for one in rounds
    ]


def _interval(values_s: Sequence[float]) -> str:
    """The median with its 96 % interval, in milliseconds."""
    ordered = sorted(values_s)
    low, high = ordered[_LEFT_OUT], ordered[-1 - _LEFT_OUT]
    middle = statistics.median(ordered)
    return f"{middle * 1e3:.0f} ms ({low * 1e3:.0f} to {high * 1e3:.0f})"


if __name__ == "__main__":
    sys.exit(main())
