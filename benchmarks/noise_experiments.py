"""Sessions with known disturbances, or none, judged by `noise.judge`."""

import math
from dataclasses import dataclass
from functools import partial
from random import Random

from benchmarks.simulation import Experiment, Figure
from cargo_hone.measure.noise import Disturbance, judge
from cargo_hone.model import Sample, Scenario

_MEANS_S = {Scenario.CLEAN_COLD: 60.0, Scenario.EDIT_ROOT: 6.0, Scenario.NOOP: 0.3}
_VARIANTS = ("baseline", "all changes")
_CORES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Disturbed:
    """The truth: noise of wall times and of CPU seconds, what a repetition has in common, and what is wrong.

    `drift` is the growth from the first to the last repetition, `first` that of the first one, `outlier` that of one
    build in the middle.
    """

    repetitions: int = 5
    wall: float = 0.05
    cpu: float = 0.05
    common: float = 0.0
    drift: float = 0.0
    first: float = 0.0
    outlier: float = 0.0

    def samples(self, generator: Random) -> list[Sample]:
        """One session of three scenarios and two variants, in the order of its builds."""
        found = []
        for scenario, mean_s in _MEANS_S.items():
            for number in range(1, self.repetitions + 1):
                place = (number - 1) / (self.repetitions - 1)
                grown = math.log1p(self.drift) * place + generator.gauss(0.0, self.common)
                if number == 1:
                    grown += math.log1p(self.first)
                for variant in _VARIANTS:
                    wall_s = mean_s * math.exp(grown + generator.gauss(0.0, self.wall))
                    struck = (scenario, number, variant) == (Scenario.EDIT_ROOT, 2, _VARIANTS[1])
                    cpu_s = 3.0 * mean_s * math.exp(grown + generator.gauss(0.0, self.cpu))
                    wall_s *= 1.0 + (self.outlier if struck else 0.0)
                    found.append(_sample(scenario, variant, number, wall_s, cpu_s))
        return found


def _sample(scenario: Scenario, variant: str, number: int, wall_s: float, cpu_s: float) -> Sample:
    return Sample(
        scenario=scenario,
        variant=variant,
        repetition=number,
        wall_s=wall_s,
        cpu_s=cpu_s,
        units_compiled=1,
        units_fresh=0,
        target_bytes=None,
        cache=None,
        started_at="2026-01-01T00:00:00+00:00",
    )


_SHOWN = (
    Disturbance.DRIFT,
    Disturbance.SLOW_START,
    Disturbance.OUTLIER,
    Disturbance.WAITING,
)


def warned(generator: Random, *, session: Disturbed) -> tuple[float, ...]:
    """Which warnings a session gives."""
    found = {finding.disturbance for finding in judge(session.samples(generator), cores=_CORES)}
    return tuple(float(disturbance in found) for disturbance in _SHOWN)


_LINES: tuple[tuple[str, Disturbed, bool], ...] = (
    ("clean, 3 repetitions, noise 2%", Disturbed(repetitions=3, wall=0.02, cpu=0.02), True),
    ("clean, 3 repetitions, noise 10%", Disturbed(repetitions=3, wall=0.1, cpu=0.1), True),
    ("clean, 5 repetitions, noise 5%", Disturbed(), True),
    ("clean, 10 repetitions, noise 10%", Disturbed(repetitions=10, wall=0.1, cpu=0.1), True),
    ("clean, half of the noise common to a repetition", Disturbed(common=0.05), True),
    ("5 repetitions, noise 2%, drift of 20%", Disturbed(wall=0.02, cpu=0.02, drift=0.2), False),
    ("5 repetitions, noise 5%, drift of 20%", Disturbed(drift=0.2), False),
    (
        "5 repetitions, noise 2%, first one 20% slower",
        Disturbed(wall=0.02, cpu=0.02, first=0.2),
        False,
    ),
    ("5 repetitions, noise 5%, first one 50% slower", Disturbed(first=0.5), False),
    ("5 repetitions, noise 5%, one build 50% slower", Disturbed(outlier=0.5), False),
    ("3 repetitions, noise 5%, one build 50% slower", Disturbed(repetitions=3, outlier=0.5), False),
    ("5 repetitions, wall 15%, CPU 2%", Disturbed(wall=0.15, cpu=0.02), False),
)

EXPERIMENTS = tuple(
    Experiment(
        section="Warnings per session (`noise.judge`): three scenarios, two variants",
        line=line,
        figures=tuple(
            Figure(name=str(disturbance), at_most=0.01 if clean else None) for disturbance in _SHOWN
        ),
        trial=partial(warned, session=session),
    )
    for line, session, clean in _LINES
)
