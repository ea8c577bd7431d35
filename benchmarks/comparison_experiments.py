"""Sessions of paired builds with known truth, judged by the functions that cargo-hone judges with."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from random import Random

from benchmarks.simulation import Experiment, Figure
from cargo_hone.measure.sequential import DEFAULT, Continue, Design, decide
from cargo_hone.measure.statistics import compare, log_ratios, pairs_to_decide
from cargo_hone.model import Comparison, VerdictKind

DIFFERENT = (VerdictKind.FASTER, VerdictKind.SLOWER)
GAINS = (0.0, 0.05, 0.10, 0.20, 0.40)
NOISES = (0.02, 0.05, 0.10)
PAIRS = (3, 5, 10)
SHARED = 0.20
"""Noise that both builds of a pair have in common; the pairing takes it away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The truth: variant / base, and the noise of one build (deviation of its logarithm).

    With the given chances a build of the base or of the variant takes `OUTLYING` times as long.
    """

    ratio: float = 1.0
    noise: float = 0.05
    base_outliers: float = 0.0
    variant_outliers: float = 0.0

    def builds(self, generator: Random, pairs: int) -> tuple[list[float], list[float]]:
        """Times of base and variant, in seconds."""

        def build(mean_s: float, outliers: float) -> float:
            slow = OUTLYING if outliers and generator.random() < outliers else 1.0
            return mean_s * slow * math.exp(generator.gauss(0.0, self.noise))

        base, variant = [], []
        for _ in range(pairs):
            mean_s = 10.0 * math.exp(generator.gauss(0.0, SHARED))
            base.append(build(mean_s, self.base_outliers))
            variant.append(build(mean_s * self.ratio, self.variant_outliers))
        return base, variant


OUTLYING = 1.5
"""How much slower an outlier is."""
IN_BOTH = World(base_outliers=0.05, variant_outliers=0.05)
IN_VARIANT = World(variant_outliers=0.05)
OUTLIERS = (("both", IN_BOTH), ("the variant only", IN_VARIANT))


def session(design: Design, base_s: Sequence[float], variant_s: Sequence[float]) -> Comparison:
    """What a session does that has these builds ahead: measure to the next look, judge, go on or stop."""
    pairs = 0
    while True:
        found = decide(design, base_s[:pairs], variant_s[:pairs])
        if not isinstance(found, Continue):
            return found
        pairs += found.pairs_until_next_look


def covers(found: Comparison, ratio: float) -> float:
    """1 if the interval holds the truth."""
    if found.low is None or found.high is None:
        return math.nan
    return float(found.low <= ratio <= found.high)


def fixed(generator: Random, *, world: World) -> tuple[float, ...]:
    """Whether the interval of the first 3, 5 and 10 pairs holds the truth."""
    base_s, variant_s = world.builds(generator, PAIRS[-1])
    return tuple(covers(compare(base_s[:n], variant_s[:n]), world.ratio) for n in PAIRS)


def power(generator: Random, *, world: World) -> tuple[float, ...]:
    """Whether the first 3, 5 and 10 pairs are said to be faster."""
    base_s, variant_s = world.builds(generator, PAIRS[-1])
    kinds = [compare(base_s[:n], variant_s[:n]).kind for n in PAIRS]
    return tuple(float(kind is VerdictKind.FASTER) for kind in kinds)


def estimated(generator: Random, *, world: World) -> tuple[float, ...]:
    """Where 3, 5 and 10 pairs decide nothing: whether a new run of as many as are said to be needed decides."""
    base_s, variant_s = world.builds(generator, PAIRS[-1])
    found = []
    for pairs in PAIRS:
        ratios = log_ratios(base_s[:pairs], variant_s[:pairs]).values
        decided = compare(base_s[:pairs], variant_s[:pairs]).kind is not VerdictKind.INCONCLUSIVE
        needed = None if decided else pairs_to_decide(ratios)
        if needed is None:
            found.append(math.nan)
        else:
            again = compare(*world.builds(generator, needed))
            found.append(float(again.kind is not VerdictKind.INCONCLUSIVE))
    return tuple(found)


def stopped(generator: Random, *, world: World) -> tuple[float, ...]:
    """One session with early stopping: different; no difference; covered; pairs; how far off the ratio is."""
    found = session(DEFAULT, *world.builds(generator, DEFAULT.looks[-1]))
    return (
        float(found.kind in DIFFERENT),
        float(found.kind is VerdictKind.NO_DIFFERENCE),
        covers(found, world.ratio),
        float(found.pairs),
        math.nan if found.ratio is None else found.ratio / world.ratio - 1.0,
    )


def several(generator: Random, *, comparisons: int) -> tuple[float]:
    """Comparisons that share the error rate, none with an effect: one of them is called different."""
    design = DEFAULT.shared_among(comparisons)
    found = [
        session(design, *World().builds(generator, design.looks[-1])) for _ in range(comparisons)
    ]
    return (float(any(one.kind in DIFFERENT for one in found)),)


def _by_pairs(at_least: float | None = None, at_most: float | None = None) -> tuple[Figure, ...]:
    return tuple(
        Figure(name=f"{pairs} pairs", at_least=at_least, at_most=at_most) for pairs in PAIRS
    )


def _fixed() -> list[Experiment]:
    worlds = [(f"noise {noise:.0%}", World(noise=noise)) for noise in NOISES]
    found = [
        Experiment(
            section="Coverage of the 95 % interval, number of pairs fixed (`compare`)",
            line=line,
            figures=_by_pairs(0.93, 0.97),
            trial=partial(fixed, world=world),
        )
        for line, world in worlds
    ]
    found += [
        Experiment(
            section=found[0].section,
            line=f"noise 5%, outliers in {where}",
            figures=_by_pairs(),
            trial=partial(fixed, world=world),
        )
        for where, world in OUTLIERS
    ]
    for gain in GAINS[1:4]:
        wanted = (Figure(name="10 pairs", at_least=0.90 if gain == 0.10 else None),)
        found.append(
            Experiment(
                section="Power, number of pairs fixed (`compare`), noise 5 %",
                line=f"gain {gain:.0%}",
                figures=(*_by_pairs()[:2], *wanted),
                trial=partial(power, world=World(ratio=1.0 - gain)),
            )
        )
    found += [
        Experiment(
            section="“About N pairs would decide”: how often a new run of N does, noise 5 %",
            line=f"gain {gain:.0%}, said after",
            figures=_by_pairs(),
            trial=partial(estimated, world=World(ratio=1.0 - gain)),
        )
        for gain in GAINS[:3]
    ]
    return found


def _stopped() -> list[Experiment]:
    section = "Early stopping (`sequential.DEFAULT`: looks after 3, 4, 5, 6, 8, 10 pairs)"
    found = [
        Experiment(
            section=section,
            line=f"gain {gain:.0%}, noise {noise:.0%}",
            figures=_sequential(gain, noise),
            trial=partial(stopped, world=World(ratio=1.0 - gain, noise=noise)),
        )
        for gain in GAINS
        for noise in NOISES
    ]
    found += [
        Experiment(
            section=section,
            line=f"gain 0%, noise 5%, outliers in {where}",
            figures=_sequential(None, 0.05),
            trial=partial(stopped, world=world),
        )
        for where, world in OUTLIERS
    ]
    found.append(
        Experiment(
            section="Six comparisons that share the error rate, no effect in any",
            line="early stopping, noise 5%",
            figures=(Figure(name="one called different", at_most=0.05),),
            trial=partial(several, comparisons=6),
        )
    )
    return found


def _sequential(gain: float | None, noise: float) -> tuple[Figure, ...]:
    promised = gain is not None
    return (
        Figure(
            name="called different",
            at_least=0.90 if (gain, noise) == (0.10, 0.05) else None,
            at_most=0.05 if gain == 0.0 else None,
        ),
        Figure(name="no difference", at_most=0.025 if gain and gain >= 0.05 else None),
        Figure(name="interval holds", at_least=0.95 if promised else None),
        Figure(name="pairs", percent=False),
        Figure(name="ratio off by"),
    )


EXPERIMENTS = (*_fixed(), *_stopped())
