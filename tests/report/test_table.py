from dataclasses import replace

import pytest

from cargo_hone.history.run import RunRecord
from cargo_hone.model import Scenario, VerdictKind
from cargo_hone.report.table import Cell, build_table

from .conftest import VARIANTS, RunMaker, sample


def cell_of(run: RunRecord, scenario: Scenario, variant: str) -> Cell:
    row = build_table(run).row(scenario)
    assert row is not None
    return next(cell for cell in row.cells if cell.variant == variant)


def test_columns_are_the_variants_and_rows_the_measured_scenarios(run: RunRecord) -> None:
    table = build_table(run)
    assert table.columns == ("baseline", "sccache only", "all changes")
    assert [row.label for row in table.rows] == [
        "clean, cold",
        "clean, warm",
        "edit root (shop-core)",
        "edit leaf (shop-cli)",
        "nothing changed",
    ]
    assert table.row(Scenario.SWITCH) is None


def test_the_figures_are_those_worked_out_by_hand(run: RunRecord) -> None:
    # The arithmetic stands beside TIMES in conftest.py.
    cell = cell_of(run, Scenario.CLEAN_COLD, "all changes")
    assert (cell.median_text, cell.range_text) == ("42.0 s", "36.0\N{EN DASH}50.4 s")
    assert (cell.change_percent, cell.margin_percent) == (-29, 3)
    assert cell.verdict_text == "faster ±3 %, n=3"


def test_a_warm_build_is_held_against_the_cold_build_of_the_base(run: RunRecord) -> None:
    cell = cell_of(run, Scenario.CLEAN_WARM, "all changes")
    assert cell.change_text == "-50 %"
    table = build_table(run)
    row = table.row(Scenario.CLEAN_WARM)
    assert row is not None
    assert row.cells[0].median_text == "\N{EN DASH}"
    assert table.base_cell(row).median_text == "60.0 s"


def test_a_slower_variant_is_called_slower(run: RunRecord) -> None:
    cell = cell_of(run, Scenario.CLEAN_COLD, "sccache only")
    assert cell.change_text == "+2 %"
    assert cell.verdict_text == "slower ±0.8 %, n=3"


def test_no_difference_carries_no_percentage(run: RunRecord) -> None:
    cell = cell_of(run, Scenario.NOOP, "all changes")
    assert cell.comparison is not None
    assert cell.comparison.kind is VerdictKind.NO_DIFFERENCE
    assert (cell.change_percent, cell.change_text) == (None, "")
    assert cell.full_verdict_text == "no difference"


def test_an_inconclusive_verdict_never_carries_a_percentage(run: RunRecord) -> None:
    cell = cell_of(run, Scenario.EDIT_LEAF, "all changes")
    assert cell.comparison is not None
    assert cell.comparison.ratio is not None  # there is an estimate, and it is kept to ourselves
    assert (cell.change_percent, cell.margin_percent, cell.change_text) == (None, None, "")
    assert cell.verdict_text == "inconclusive"
    assert cell.full_verdict_text.startswith("inconclusive (2 pairs")
    assert "%" not in cell.full_verdict_text


def test_what_was_not_measured_is_said(run: RunRecord) -> None:
    cell = cell_of(run, Scenario.EDIT_LEAF, "sccache only")
    assert (cell.median_text, cell.verdict_text) == ("\N{EN DASH}", "not measured")


def test_samples_are_paired_by_repetition_not_by_order(run: RunRecord) -> None:
    shuffled = replace(run, samples=tuple(reversed(run.samples)))
    assert build_table(shuffled) == build_table(run)


def test_disk_is_the_median_after_a_clean_build(recorded: RunMaker) -> None:
    sizes = [300, 100, 250, 200]

    def write(recorder):
        for repetition, size in enumerate(sizes):
            recorder.sample(sample(Scenario.CLEAN_COLD, "baseline", repetition, 9.0, size))
            recorder.sample(sample(Scenario.NOOP, "baseline", repetition, 1.0, 999))
        recorder.sample(sample(Scenario.CLEAN_WARM, "all changes", 0, 5.0, 70))

    assert build_table(recorded(write)).disk_bytes == (200, None, 70)


def test_a_size_after_anything_but_a_clean_build_is_not_the_size(recorded: RunMaker) -> None:
    run = recorded(lambda r: r.sample(sample(Scenario.NOOP, "baseline", 0, 1.0, 999)))
    assert build_table(run).disk_bytes == (None, None, None)


def test_an_interrupted_run_without_a_sample_has_an_empty_table(recorded: RunMaker) -> None:
    table = build_table(recorded(lambda _: None))
    assert table.rows == ()
    assert table.disk_bytes == (None, None, None)


@pytest.mark.parametrize("count", [1, 2])
def test_fewer_than_three_pairs_are_never_a_claim(recorded: RunMaker, count: int) -> None:
    def write(recorder):
        for repetition in range(count):
            recorder.sample(sample(Scenario.NOOP, "baseline", repetition, 10.0))
            recorder.sample(sample(Scenario.NOOP, "all changes", repetition, 1.0))

    table = build_table(recorded(write, variants=VARIANTS))
    assert [row.verdict.is_decided for row in table.rows] == [False]
