"""The table of one call of `measure`, and its JSON, with figures that can be checked by hand."""

import json
import re
from pathlib import Path

import pytest

from cargo_hone.measure.builds import Failure
from cargo_hone.measure.edited_crates import EditedCrate, Skipped
from cargo_hone.measure.results import cells
from cargo_hone.measure.scenarios import BUILT_IN
from cargo_hone.model import Sample, Scenario, Variant, VerdictKind
from cargo_hone.report.measured import Outcome, as_json, screen

from .conftest import sample

BASE, SLIM = Variant(name="baseline"), Variant(name="slim", config=("profile.dev.debug=0",))
WARM = Variant(name="warm", cached=True)
TIMES = {
    (Scenario.EDIT_ROOT, "baseline"): (10.0, 20.0, 10.0, 20.0),
    (Scenario.EDIT_ROOT, "slim"): (8.0, 16.1, 8.0, 15.9),
    (Scenario.NOOP, "baseline"): (1.0, 1.5, 1.2),
    (Scenario.NOOP, "slim"): (1.5, 1.0, 1.2),
}


def samples() -> tuple[Sample, ...]:
    return tuple(
        sample(scenario, variant, number, wall_s)
        for (scenario, variant), times in TIMES.items()
        for number, wall_s in enumerate(times, 1)
    )


def outcome(**changes: object) -> Outcome:
    content = {
        "run_id": 4,
        "label": "monday",
        "seed": 99,
        "place": "measured in the scratch copy",
        "interrupted": False,
        "recipes": (BUILT_IN[Scenario.EDIT_ROOT], BUILT_IN[Scenario.NOOP]),
        "variants": (BASE, SLIM),
        "samples": samples(),
        "cells": cells(samples(), (BASE, SLIM)),
        "edited": (),
        "skipped": (),
        "failures": (),
        "noise": (),
        "notes": (),
    }
    return Outcome(**{**content, **changes})  # type: ignore[arg-type]


def test_the_table_claims_a_change_only_where_the_samples_carry_it() -> None:
    rows = [re.split(r"\s{2,}", line.text) for line in screen(outcome())[:5]]
    assert rows[0] == ["scenario", "variant", "median", "range", "change", "verdict", "n"]
    assert rows[1][:3] == ["edit-root", "baseline", "15.0 s"]
    assert rows[2][1:3] == ["slim", "11.9 s"]
    assert rows[2][4].startswith("-20 % (-21 % to -19 %)")
    assert rows[2][5:] == ["faster", "4"]
    assert rows[4][4].startswith("(-")
    assert rows[4][5] == "inconclusive"


def test_what_must_be_known_besides_is_said() -> None:
    failure = Failure(
        scenario=Scenario.CHECK,
        variant="slim",
        command=("check",),
        message="`cargo check` of the variant slim failed",
        next_step="look",
        detail="error: no",
    )
    edited = EditedCrate(
        scenario=Scenario.EDIT_ROOT,
        member="core",
        path=Path("core/src/lib.rs"),
        function="run",
        why="3 stand on it",
        used_by=(Scenario.EDIT_ROOT, Scenario.CHECK),
    )
    text = "\n".join(
        line.text
        for line in screen(
            outcome(
                failures=(failure,),
                edited=(edited,),
                skipped=(Skipped(scenario=Scenario.SWITCH, why="nothing to edit"),),
                notes=("no time was left for check",),
            )
        )
    )
    assert "variant slim failed" in text
    assert "edited for edit-root, check: fn run in core/src/lib.rs" in text
    assert "switch was not measured: nothing to edit" in text
    assert "no time was left" in text
    assert "noop, slim: the interval is too wide" in text
    assert "run 4, label monday: 14 samples, seed 99" in text


def test_without_a_sample_there_is_no_table() -> None:
    text = [line.text for line in screen(outcome(samples=(), cells=()))]
    assert not any("median" in line for line in text)


def test_the_json_has_everything_and_can_be_read() -> None:
    said = json.loads(json.dumps(as_json(outcome())))
    assert next(iter(said)) == "schema"
    assert said["schema"] == "cargo-hone/measure/v1"
    assert said["seed"] == 99
    assert len(said["samples"]) == 14
    assert said["samples"][0]["wall_s"] == 10.0
    slim = next(
        r for r in said["results"] if (r["scenario"], r["variant"]) == ("edit-root", "slim")
    )
    assert slim["comparison"]["verdict"] == "faster"
    assert slim["comparison"]["ratio"] == pytest.approx(0.8, abs=0.001)
    assert slim["comparison"]["pairs"] == 4


def test_a_warm_build_is_held_against_the_plain_one_of_a_base_without_a_cache() -> None:
    taken = [
        *(sample(Scenario.CLEAN_COLD, "baseline", n, 10.0 + n / 100) for n in (1, 2, 3)),
        *(sample(Scenario.CLEAN_COLD, "warm", n, 11.0 + n / 90) for n in (1, 2, 3)),
        *(sample(Scenario.CLEAN_WARM, "warm", n, 5.0 + n / 200) for n in (1, 2, 3)),
    ]
    found = {(c.scenario, c.variant): c.comparison for c in cells(taken, (BASE, WARM))}
    warm = found[Scenario.CLEAN_WARM, "warm"]
    assert warm is not None
    assert warm.kind is VerdictKind.FASTER
    assert warm.ratio == pytest.approx(0.5, abs=0.01)
    # Where the base has a cache too, warm is held against warm.
    base = Variant(name="baseline", cached=True)
    taken += [sample(Scenario.CLEAN_WARM, "baseline", n, 5.0 + n / 210) for n in (1, 2, 3)]
    found = {(c.scenario, c.variant): c.comparison for c in cells(taken, (base, WARM))}
    warm = found[Scenario.CLEAN_WARM, "warm"]
    assert warm is not None
    assert warm.ratio == pytest.approx(1.0, abs=0.01)


def test_a_session_that_looked_at_its_samples_has_wider_intervals() -> None:
    most = dict.fromkeys(Scenario, 20)

    def width(found: object) -> float:
        (cell,) = [c for c in found if (c.scenario, c.variant) == (Scenario.EDIT_ROOT, "slim")]  # type: ignore[attr-defined]
        assert cell.comparison.low is not None
        return float(cell.comparison.high / cell.comparison.low)

    fixed = width(cells(samples(), (BASE, SLIM)))
    looked = width(cells(samples(), (BASE, SLIM), most_pairs=most))
    assert looked > fixed
