"""The page and the JSON are parsed as a reader's program would, and held against each other."""

import json
import re
from dataclasses import replace

from cargo_hone.history.run import RunOutcome, RunRecord, TestPhase
from cargo_hone.model import TestStatus
from cargo_hone.report.export import SCHEMA, export_json
from cargo_hone.report.markdown import markdown

from .conftest import TIMES, RunMaker, outcome


def tables(page: str) -> dict[str, list[list[str]]]:
    """Read the first table under each heading: rows of cells, the head and its rule left out."""
    found: dict[str, list[list[str]]] = {}
    heading = ""
    for line in page.splitlines():
        if line.startswith("#"):
            heading = line.lstrip("# ")
        elif line.startswith("|"):
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            found.setdefault(heading, []).append(cells)
    return {heading: rows[2:] for heading, rows in found.items()}


def number(text: str) -> float | None:
    found = re.search(r"-?\+?[\d.]+", text)
    return float(found[0]) if found else None


def test_every_figure_of_the_spread_is_that_of_the_json(run: RunRecord) -> None:
    rows = tables(markdown(run))["Spread"]
    cells = [
        (row["label"], cell)
        for row in json.loads(export_json(run))["table"]["rows"]
        for cell in row["cells"]
    ]
    assert len(rows) == len(cells) == len(TIMES)
    for (scenario, variant, middle, span, count, change, verdict), (label, cell) in zip(
        rows, cells, strict=True
    ):
        low, high = span.removesuffix(" s").split("\N{EN DASH}")
        assert (scenario, variant) == (label, cell["variant"])
        assert number(middle) == cell["median_s"]
        assert (float(low), float(high)) == (cell["min_s"], cell["max_s"])
        assert int(count) == cell["n"]
        assert number(change) == cell["change_percent"]
        assert verdict == cell["verdict_text"]


def test_the_main_table_is_that_of_the_json(run: RunRecord) -> None:
    *rows, disk = tables(markdown(run))["Before and after"]
    document = json.loads(export_json(run))["table"]
    for (label, *cells, verdict), row in zip(rows, document["rows"], strict=True):
        assert (label, verdict) == (row["label"], row["verdict"])
        medians = {cell["variant"]: cell["median_s"] for cell in row["cells"]}
        shown = [number(cell.split("(")[0]) for cell in cells]
        assert shown == [medians.get(name) for name in document["columns"]]
    assert disk == ["target on disk", "2.9 GB", "\N{EN DASH}", "1.6 GB", ""]
    assert document["target_bytes"]["baseline"] == 2_912_345_678


def test_an_inconclusive_verdict_prints_no_percentage_on_the_page(run: RunRecord) -> None:
    lines = [line for line in markdown(run).splitlines() if line.startswith("| edit leaf")]
    assert any("inconclusive" in line for line in lines)
    assert not any("%" in line for line in lines)


def test_the_samples_are_all_there_as_measured(run: RunRecord) -> None:
    document = json.loads(export_json(run))
    assert document["schema"] == SCHEMA == "cargo-hone/build-optimization/v1"
    assert next(iter(document)) == "schema"
    assert [entry["wall_s"] for entry in document["samples"]] == [
        wall_s for times in TIMES.values() for wall_s in times
    ]
    assert document["samples"][0]["cache"]["hits"] == 40
    assert document["sweeps"][0]["before_bytes"] == 2_900_000_001
    assert document["shared_target"]["saved_bytes"] == 500_000_000


def test_writing_twice_gives_the_same_bytes(run: RunRecord) -> None:
    text = export_json(run)
    assert text == export_json(run)
    assert text.startswith('{\n  "schema"')
    assert text.endswith("}\n")
    assert markdown(run) == markdown(run)


def test_no_page_names_the_home_directory(run: RunRecord) -> None:
    assert "annabel" not in markdown(run)
    assert "annabel" not in export_json(run)


def test_the_page_has_every_goal_with_its_state(run: RunRecord) -> None:
    rows = tables(markdown(run))["Goals"]
    assert [row[1] for row in rows] == ["ok", "missed", "ok", "ok", "ok", "ok", "pending"]
    assert "bound: the front end of shop-core" in rows[1][2]


def test_the_page_says_what_each_lever_gives_up(run: RunRecord) -> None:
    levers = [row for row in tables(markdown(run))["What was changed, and why"] if len(row) == 4]
    assert [row[1] for row in levers] == ["applied", "applied", "did not pay"]
    assert levers[1][3] == "variables in the debugger (use --profile debugging)"
    assert levers[2][2:] == [r"no difference to rust-lld \| in any scenario", ""]


def test_a_diff_with_backticks_stays_in_its_fence(run: RunRecord) -> None:
    page = markdown(run)
    assert "\n````diff\n--- a/Cargo.toml\n" in page
    assert "\n-old = 1\n````\n" in page


def test_the_sweep_is_given_in_bytes(run: RunRecord) -> None:
    page = markdown(run)
    assert "| `target` before the sweep | 2.9 GB | 2,900,000,001 bytes |" in page
    assert "| `target` after the sweep | 1.6 GB | 1,600,000,002 bytes |" in page
    assert "The next build compiled 0 units." in page


def test_a_test_that_newly_fails_is_named(recorded: RunMaker) -> None:
    def write(recorder):
        recorder.tests(TestPhase.BEFORE, [outcome("adds", TestStatus.PASSED)])
        recorder.tests(TestPhase.AFTER, [outcome("adds", TestStatus.FAILED)])

    page = markdown(recorded(write))
    assert "Newly failing (1):" in page
    assert "- `shop-core::shop_core (lib) adds`" in page
    assert "No test is worse off" not in page


def test_a_run_with_nothing_in_it_still_makes_pages(recorded: RunMaker) -> None:
    run = recorded(lambda _: None, RunOutcome.INTERRUPTED)
    page = markdown(run)
    assert "**This run is not complete (interrupted).**" in page
    assert "Nothing was measured." in page
    assert "No file was changed." in page
    assert json.loads(export_json(run))["table"]["rows"] == []


def test_markup_in_a_name_stays_text(run: RunRecord) -> None:
    page = markdown(replace(run, warnings=("<script>alert(1)</script>",)))
    assert "<script>" not in page
