"""What a session's samples allow to be said: one cell for each scenario and variant. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cargo_hone.measure.pairs import base_scenario, times_of
from cargo_hone.measure.sequential import Design, so_far
from cargo_hone.measure.statistics import Summary, compare, paired_times, summarize
from cargo_hone.model import AnyScenario, Comparison, Sample, Variant


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A variant in a scenario. `comparison` is against the base; None for the base itself."""

    scenario: AnyScenario
    variant: str
    summary: Summary
    comparison: Comparison | None


def cells(
    samples: Sequence[Sample],
    variants: Sequence[Variant],
    *,
    most_pairs: Mapping[AnyScenario, int] | None = None,
) -> tuple[Cell, ...]:
    """Return the cells that have samples, scenario by scenario in the order of their first samples.

    The first variant is the base. `most_pairs`: the session looked at the samples as it went on, up to so many pairs,
    and the intervals allow for that; None: the number of pairs was fixed beforehand.
    """
    base = variants[0]
    found = []
    for scenario in dict.fromkeys(sample.scenario for sample in samples):
        for variant in variants:
            times_s = times_of(samples, scenario, variant.name)
            if times_s:
                found.append(
                    Cell(
                        scenario=scenario,
                        variant=variant.name,
                        summary=summarize(times_s),
                        comparison=_compared(samples, scenario, variant, base, most_pairs),
                    )
                )
    return tuple(found)


def _compared(
    samples: Sequence[Sample],
    scenario: AnyScenario,
    variant: Variant,
    base: Variant,
    most_pairs: Mapping[AnyScenario, int] | None,
) -> Comparison | None:
    if variant.name == base.name:
        return None
    before_s, after_s = paired_times(
        samples,
        base=(base.name, base_scenario(scenario, base)),
        other=(variant.name, scenario),
    )
    if most_pairs is None:
        return compare(before_s, after_s)
    return so_far(Design.up_to(max(3, most_pairs[scenario])), before_s, after_s)
