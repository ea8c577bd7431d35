"""Which samples are held against which."""

from collections.abc import Sequence

from cargo_hone.model import AnyScenario, Sample, Scenario, Variant


def base_scenario(scenario: AnyScenario, base: Variant) -> AnyScenario:
    """Return the scenario of the base that `scenario` is held against.

    A base without a cache has no warm state: what somebody had instead is the plain clean build.
    """
    if scenario is Scenario.CLEAN_WARM and not base.cached:
        return Scenario.CLEAN_COLD
    return scenario


def times_of(samples: Sequence[Sample], scenario: AnyScenario, variant: str) -> list[float]:
    """Return the wall times, in seconds, of a variant in a scenario, by repetition."""
    found = {
        sample.repetition: sample.wall_s
        for sample in samples
        if sample.variant == variant and sample.scenario == scenario
    }
    return [found[number] for number in sorted(found)]
