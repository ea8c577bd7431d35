import math
import random

import pytest
from scipy import stats

from cargo_hone.measure.base_history import (
    FEWEST_RUNS,
    MOST_RUNS,
    Run,
    against_history,
    needs_proof,
)
from cargo_hone.measure.gate_budget import GateKind


def run(*times_s: float, machine: str = "EPYC, 4 cores") -> Run:
    return Run(machine=machine, times_s=times_s)


def runs(count: int, *, noise: float = 0.02, seed: int = 1, mean_s: float = 60.0) -> list[Run]:
    generator = random.Random(seed)  # noqa: S311
    return [
        run(*(mean_s * math.exp(generator.gauss(0.0, noise)) for _ in range(3)))
        for _ in range(count)
    ]


def test_the_same_passes_and_a_quarter_more_fails() -> None:
    base = runs(12)
    same, worse = (against_history(base, run(t, t + 0.5, t - 0.5)) for t in (60.0, 75.0))
    assert same.kind is GateKind.PASS
    assert not needs_proof(same)
    assert worse.kind is GateKind.FAIL
    assert needs_proof(worse)


def test_a_branch_whose_runs_vary_by_themselves_fails_nothing() -> None:
    found = against_history(runs(12, noise=0.25), run(75.0, 75.0, 75.0))
    assert found.kind is GateKind.INCONCLUSIVE
    assert needs_proof(found)


def test_the_interval_is_scipys_prediction_interval() -> None:
    base = runs(11)
    found = against_history(base, run(63.0, 60.0, 61.0))
    middles = [math.log(sorted(one.times_s)[1]) for one in base]
    error = float(stats.tstd(middles)) * math.sqrt(1 + 1 / 11)
    more = math.log(61.0) - sum(middles) / 11
    half_width = float(stats.t.ppf(0.975, 10)) * error
    assert found.low == pytest.approx(math.exp(more - half_width))
    assert found.high == pytest.approx(math.exp(more + half_width))


def test_runs_on_other_machines_are_not_compared() -> None:
    others = [run(*one.times_s, machine="Xeon, 4 cores") for one in runs(20, mean_s=30.0)]
    base = runs(FEWEST_RUNS)
    assert against_history([*others, *base], run(60.0)).kind is GateKind.PASS
    found = against_history([*others, *base[1:]], run(60.0))
    assert found.kind is GateKind.INCONCLUSIVE
    assert "7 comparable runs on EPYC, 4 cores" in found.why


def test_what_the_base_was_before_its_last_change_does_not_count() -> None:
    slow, fast = runs(12, mean_s=100.0), runs(12, mean_s=60.0, seed=2)
    assert against_history([*slow, *fast], run(75.0, 75.0, 75.0)).kind is GateKind.FAIL
    short = against_history([*slow, *fast[:5]], run(75.0, 75.0, 75.0))
    assert short.kind is GateKind.INCONCLUSIVE
    assert "since its last change" in short.why


def test_old_runs_are_forgotten() -> None:
    old, recent = runs(40, noise=0.1, seed=3), runs(MOST_RUNS)
    assert against_history([*old, *recent], run(60.0)) == against_history(recent, run(60.0))
    assert against_history(recent, run(60.0)) != against_history(recent[1:], run(60.0))


def test_one_sample_now_is_held_against_one_sample_of_each_run() -> None:
    base = [run(60.0 + n / 4, 1.0, 1.0) for n in range(10)]
    assert against_history(base, run(61.0)).ratio == pytest.approx(1.0, abs=0.03)


def test_times_that_cannot_be_do_not_count() -> None:
    base = [*runs(8), run(-1.0), run(math.nan, 0.0)]
    assert against_history(base, run(60.0, -5.0, 61.0)).kind is GateKind.PASS
    found = against_history(base, run(-5.0))
    assert found.kind is GateKind.INCONCLUSIVE
    assert "no time that can be" in found.why


def test_runs_that_are_exactly_alike_divide_by_nothing() -> None:
    base = [run(60.0)] * 10
    assert against_history(base, run(60.0)).kind is GateKind.PASS
    assert against_history(base, run(75.0)).kind is GateKind.FAIL
