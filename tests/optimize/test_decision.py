"""Only what the samples show to pay is kept."""

import pytest

from cargo_hone.model import Sample, Scenario, Standing
from cargo_hone.optimize.decision import ALL, BASE, CACHE_ONLY, decide
from tests.optimize.planted import Planted

CACHE, SHARE, DEBUG = (
    Planted(name="sccache", step="sccache"),
    Planted(name="shared", step="target_dir"),
    Planted(name="debug", step="levers"),
)
JITTER = (1.0, 1.02, 0.99, 1.01)


def samples(**seconds: float) -> list[Sample]:
    """`base_cold=60` and so on: four samples each, with a jitter that pairs do not share."""
    variants = {"base": BASE, "cache": CACHE_ONLY, "all": ALL}
    scenarios = {
        "cold": Scenario.CLEAN_COLD,
        "warm": Scenario.CLEAN_WARM,
        "root": Scenario.EDIT_ROOT,
        "noop": Scenario.NOOP,
    }
    made = []
    for place, (name, wall_s) in enumerate(seconds.items()):
        variant, scenario = name.split("_")
        for repetition in range(4):
            jitter = JITTER[(repetition + place) % 4]
            made.append(
                Sample(
                    scenario=scenarios[scenario],
                    variant=variants[variant],
                    repetition=repetition,
                    wall_s=wall_s * jitter,
                    cpu_s=1.0,
                    units_compiled=1,
                    units_fresh=1,
                    target_bytes=None,
                    cache=None,
                    started_at="2026-01-01T00:00:00+00:00",
                )
            )
    return made


def kept(found: list[Sample], *levers: Planted, saving: int | None = None) -> list[str]:
    decision = decide(
        found, levers, shared_saving_bytes=saving, shared_evidence="built apart and together"
    )
    assert [outcome.name for outcome in decision.outcomes] == [lever.name for lever in levers]
    for outcome in decision.outcomes:
        assert outcome.reason
        assert (outcome.standing is Standing.APPLIED) == (
            outcome.name in [k.name for k in decision.kept]
        )
    return [lever.name for lever in decision.kept]


def test_a_cache_that_gains_more_than_it_costs_is_kept() -> None:
    assert kept(samples(base_cold=60, cache_cold=63, cache_warm=35), CACHE) == ["sccache"]


@pytest.mark.parametrize(
    "times",
    [
        {"base_cold": 60, "cache_cold": 63, "cache_warm": 59.9},
        {"base_cold": 60, "cache_cold": 90, "cache_warm": 40},
        {"base_cold": 60, "cache_cold": 61, "cache_warm": 35, "base_root": 5, "cache_root": 7},
    ],
    ids=["no gain", "cold costs more than warm gains", "edits get slower"],
)
def test_a_cache_that_does_not_pay_is_left_out(times: dict[str, float]) -> None:
    assert kept(samples(**times), CACHE) == []


def test_a_slowdown_that_nobody_notices_does_not_count() -> None:
    times = samples(base_cold=60, cache_cold=61, cache_warm=35, base_noop=0.3, cache_noop=0.36)
    assert kept(times, CACHE) == ["sccache"]


def test_levers_are_judged_by_what_they_add_to_the_cache() -> None:
    cache = {"base_cold": 60.0, "cache_cold": 62.0, "cache_warm": 38.0}
    better = samples(**cache, all_cold=44, all_warm=30, cache_root=6, all_root=4)
    useless = samples(**cache, all_cold=62, all_warm=38, cache_root=6, all_root=6)
    harmful = samples(**cache, all_cold=44, all_warm=30, cache_root=6, all_root=8)
    assert kept(better, CACHE, DEBUG) == ["sccache", "debug"]
    assert kept(useless, CACHE, DEBUG) == ["sccache"]
    assert kept(harmful, CACHE, DEBUG) == ["sccache"]


def test_levers_without_a_cache_are_judged_against_the_baseline() -> None:
    assert kept(samples(base_cold=60, all_cold=44), DEBUG) == ["debug"]
    assert kept(samples(base_cold=60, all_cold=59.8), DEBUG) == []


def test_without_samples_nothing_is_kept() -> None:
    assert kept([], CACHE, SHARE, DEBUG) == []


@pytest.mark.parametrize(("saving", "expected"), [(1, ["shared"]), (0, []), (-5, []), (None, [])])
def test_sharing_is_judged_by_bytes(saving: int | None, expected: list[str]) -> None:
    assert kept([], SHARE, saving=saving) == expected
