"""Whether the statistics keep their promises, by simulation.

    python -m benchmarks.statistics [TRIALS]

10,000 experiments for each line, seeded, on two processes: a few minutes. Prints the tables that
docs/reference/statistics.md holds, and exits with 1 where a promise does not hold. `--write` puts them there.
"""

import os
import sys
from pathlib import Path

from benchmarks import comparison_experiments, gate_experiments, noise_experiments
from benchmarks.simulation import Experiment, Result, simulate, table

TRIALS = 10_000
PAGE = Path(__file__).parents[1] / "docs" / "reference" / "statistics.md"
BEGIN = "<!-- python -m benchmarks.statistics --write -->"
END = "<!-- end -->"
EXPERIMENTS: tuple[Experiment, ...] = (
    *comparison_experiments.EXPERIMENTS,
    *gate_experiments.EXPERIMENTS,
    *noise_experiments.EXPERIMENTS,
)


def main(words: list[str]) -> int:
    """Simulate, print, judge."""
    numbers = [int(word) for word in words if word.isdecimal()]
    trials = numbers[0] if numbers else TRIALS
    results = simulate(EXPERIMENTS, trials, processes=min(2, os.cpu_count() or 1))
    tables = table(results)
    print(tables)
    if "--write" in words:
        text = PAGE.read_text(encoding="utf-8")
        before, rest = text.split(BEGIN)
        _, after = rest.split(END)
        PAGE.write_text(f"{before}{BEGIN}\n\n{tables}\n\n{END}{after}", encoding="utf-8")
    broken = broken_promises(results)
    for promise in broken:
        print(f"NOT KEPT {promise}", file=sys.stderr)
    return 1 if broken else 0


def broken_promises(results: list[Result], *, deviations: float = 0.0) -> list[str]:
    """Name each promise that does not hold, allowing for so many standard errors of the simulation."""
    return [promise for result in results for promise in result.broken(deviations=deviations)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
