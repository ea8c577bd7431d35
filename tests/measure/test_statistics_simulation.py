"""The page about statistics holds what the simulation found, and a small simulation still finds it."""

import re

import pytest
from benchmarks.simulation import Experiment, Figure, Result, simulate, table
from benchmarks.statistics import BEGIN, END, EXPERIMENTS, PAGE, TRIALS, broken_promises, main

from cargo_hone.measure import base_history, gate_budget, sequential
from cargo_hone.measure.statistics import FEWEST_PAIRS, LONGEST_S, MARGIN, MOST_PAIRS


def page_lines() -> dict[str, list[str]]:
    """The cells of each line of the page's tables, by section and line."""
    text = PAGE.read_text(encoding="utf-8")
    found, section = {}, ""
    for line in text.split(BEGIN)[1].split(END)[0].splitlines():
        if line.startswith("### "):
            section = line.removeprefix("### ")
        elif line.startswith("| "):
            name, *cells = (cell.strip() for cell in line.strip("|").split("|"))
            found[f"{section}/{name}"] = cells
    return found


def value(cell: str) -> float:
    number = re.match(r"-?[\d.]+", cell)
    assert number, cell
    return float(number[0]) / (100.0 if "%" in cell else 1.0)


def test_the_page_has_every_experiment_and_no_other() -> None:
    lines = {key for key in page_lines() if not key.endswith("/")}
    assert lines == {f"{one.section}/{one.line}" for one in EXPERIMENTS}


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda one: f"{one.section}: {one.line}")
def test_each_line_of_the_page_keeps_the_promises_of_its_experiment(experiment: Experiment) -> None:
    lines = page_lines()
    names = lines[f"{experiment.section}/"]
    cells = lines[f"{experiment.section}/{experiment.line}"]
    assert names == [figure.name for figure in experiment.figures]
    for figure, cell in zip(experiment.figures, cells, strict=True):
        if cell != "–":  # noqa: RUF001
            assert figure.holds(value(cell))
            assert cell.endswith(figure.bounds)


def test_the_page_names_the_constants_of_the_program() -> None:
    text = " ".join(PAGE.read_text(encoding="utf-8").split())
    looks = sequential.DEFAULT_LOOKS
    for said in (
        f"{TRIALS:,} experiments",
        f"looks after {', '.join(map(str, looks[:-1]))} and {looks[-1]} pairs",
        f"| pairs | {' | '.join(map(str, looks))} |",
        f"| c | {' | '.join(f'{limit:.2f}' for limit in sequential.DEFAULT.limits)} |",
        f"error rate of {sequential.DEFAULT.alpha:.0%}".replace("%", " %"),
        f"from 1/{1 + MARGIN} to {1 + MARGIN}",
        f"At least {FEWEST_PAIRS} pairs",
        f"At most {MOST_PAIRS} are named",
        f"more than {LONGEST_S / 86400:.0f} days",
        f"together are at most {gate_budget.FALSE_ALARMS * 100:g} %",
        f"has {gate_budget.STRICT * 100:g} %, one-sided",
        f"({gate_budget.ALLOWED:.0%} unless".replace("%", " %"),
        "looks after {}, {} and {} pairs".format(*gate_budget.GATE_LOOKS),
        f"the last {base_history.MOST_RUNS} since",
        f"at least {base_history.FEWEST_RUNS}.",
    ):
        assert said in text


def test_a_small_simulation_breaks_no_promise_by_more_than_chance() -> None:
    results = simulate(EXPERIMENTS, 100, processes=1)
    assert broken_promises(results, deviations=4.0) == []


def test_the_outcome_does_not_depend_on_the_number_of_processes() -> None:
    some = EXPERIMENTS[:2]
    assert table(simulate(some, 600, processes=2)) == table(simulate(some, 600, processes=1))


def test_a_promise_that_is_not_kept_is_named() -> None:
    experiment = Experiment(
        section="s",
        line="a line",
        figures=(Figure(name="false", at_most=0.05), Figure(name="found", at_least=0.9)),
        trial=lambda generator: (float(generator.random() < 0.5), 1.0),
    )
    (result,) = simulate((experiment,), 400, processes=1)
    assert [promise.split(" 4")[0] for promise in broken_promises([result])] == [
        promise.split(" 4")[0] for promise in result.broken(deviations=4.0)
    ]
    assert broken_promises([result])[0].startswith("a line: false")
    kept = Result(experiment=experiment, values=(0.05, 0.9), counted=(400, 400))
    assert broken_promises([kept]) == []


def test_the_program_says_by_its_exit_whether_promises_are_kept(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("benchmarks.statistics.EXPERIMENTS", EXPERIMENTS[:1])
    assert main(["2000"]) == 0
    assert "| noise 2% |" in capsys.readouterr().out
