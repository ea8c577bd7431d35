"""Seeded experiments, many times each, on two processes: the part that knows nothing of statistics."""

import math
import random
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

SEED = 20_260_101
CHUNK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A column of a table, and between which values its figure has to lie on this line (None: it is only told)."""

    name: str
    at_least: float | None = None
    at_most: float | None = None
    percent: bool = True

    def shown(self, value: float) -> str:
        """The value as it stands in the table, with its bounds."""
        if math.isnan(value):
            return "–"  # noqa: RUF001 (a dash for nothing)
        if not self.percent:
            return f"{value:.1f}"
        text = f"{value * 100:.2f} %" if abs(value) < 0.0995 else f"{value * 100:.1f} %"
        return f"{text} {self.bounds}".rstrip()

    @property
    def bounds(self) -> str:
        """What is promised, in brackets; nothing where nothing is."""
        bounds = [f"≥ {self.at_least * 100:g} %"] if self.at_least is not None else []
        bounds += [f"≤ {self.at_most * 100:g} %"] if self.at_most is not None else []
        return f"({', '.join(bounds)})" if bounds else ""

    def holds(self, value: float, *, tolerance: float = 0.0) -> bool:
        """Tell whether the value lies within the bounds."""
        low = -math.inf if self.at_least is None else self.at_least
        high = math.inf if self.at_most is None else self.at_most
        return math.isnan(value) or low - tolerance <= value <= high + tolerance


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """One line of a table. `trial` gives one number for each figure, NaN where it has nothing to say."""

    section: str
    line: str
    figures: tuple[Figure, ...]
    trial: Callable[[random.Random], Sequence[float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """For each figure the mean over the trials that had something to say, and how many those were."""

    experiment: Experiment
    values: tuple[float, ...]
    counted: tuple[int, ...]

    def broken(self, *, deviations: float = 0.0) -> list[str]:
        """Name the promises that do not hold, with so many standard errors of a share as tolerance."""
        found = []
        for figure, value, counted in zip(
            self.experiment.figures, self.values, self.counted, strict=True
        ):
            error = math.sqrt(max(value * (1 - value), 0.01) / counted) if counted else 0.0
            if not figure.holds(value, tolerance=deviations * error):
                found.append(f"{self.experiment.line}: {figure.name} {figure.shown(value)}")
        return found


def simulate(experiments: Sequence[Experiment], trials: int, *, processes: int) -> list[Result]:
    """Run each experiment `trials` times. The outcome does not depend on the number of processes."""
    tasks = [
        (experiment, start, min(CHUNK, trials - start))
        for experiment in experiments
        for start in range(0, trials, CHUNK)
    ]
    if processes == 1:
        parts: Iterable[list[tuple[float, int]]] = map(_part, tasks)
        return _results(experiments, tasks, parts)
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        return _results(experiments, tasks, pool.map(_part, tasks))


def _part(task: tuple[Experiment, int, int]) -> list[tuple[float, int]]:
    experiment, start, count = task
    seed = f"{SEED}/{experiment.section}/{experiment.line}/{start}"
    generator = random.Random(seed)  # noqa: S311
    sums = [0.0] * len(experiment.figures)
    counted = [0] * len(experiment.figures)
    for _ in range(count):
        for place, value in enumerate(experiment.trial(generator)):
            if not math.isnan(value):
                sums[place] += value
                counted[place] += 1
    return list(zip(sums, counted, strict=True))


def _results(
    experiments: Sequence[Experiment],
    tasks: Sequence[tuple[Experiment, int, int]],
    parts: Iterable[list[tuple[float, int]]],
) -> list[Result]:
    found: dict[tuple[str, str], list[list[tuple[float, int]]]] = {}
    for (experiment, _, _), part in zip(tasks, parts, strict=True):
        found.setdefault((experiment.section, experiment.line), []).append(part)
    results = []
    for experiment in experiments:
        chunks = found[experiment.section, experiment.line]
        places = range(len(experiment.figures))
        totals = [math.fsum(chunk[place][0] for chunk in chunks) for place in places]
        counted = [sum(chunk[place][1] for chunk in chunks) for place in places]
        means = [
            total / count if count else math.nan
            for total, count in zip(totals, counted, strict=True)
        ]
        results.append(Result(experiment=experiment, values=tuple(means), counted=tuple(counted)))
    return results


def table(results: Sequence[Result]) -> str:
    """The results as Markdown, a table for each section."""
    lines: list[str] = []
    section = ""
    for result in results:
        experiment = result.experiment
        if experiment.section != section:
            section = experiment.section
            names = [figure.name for figure in experiment.figures]
            lines += ["", f"### {section}", "", _line(["", *names])]
            lines.append("|---|" + "--:|" * len(names))
        cells = [
            figure.shown(value)
            for figure, value in zip(experiment.figures, result.values, strict=True)
        ]
        lines.append(_line([experiment.line, *cells]))
    return "\n".join(lines[1:])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
