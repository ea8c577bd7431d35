"""Since which commit: found in the row of runs, or where head's own runs leave what base had."""

from pathlib import Path

import pytest

from cargo_hone.ci.gate_since import Since, Valued, worse_from
from cargo_hone.history.course import MeasuredRun, measured_runs
from cargo_hone.history.database import open_history
from tests.history.measured import commit, measured, put

COUNT = 24


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[MeasuredRun, ...]:
    with open_history(tmp_path_factory.mktemp("since")) as database:
        for day in range(1, COUNT + 1):
            put(database, measured({("noop", "baseline"): [1.0]}, at=commit(day), day=day))
        return measured_runs(database)


def rows(runs: tuple[MeasuredRun, ...], base: list[float], way: list[float]) -> list[list[Valued]]:
    """Base, way and head (the last value of `way`); run n is at commit n + 1."""
    made = [Valued(run=run, value=value) for run, value in zip(runs, [*base, *way], strict=False)]
    return [made[: len(base)], made[len(base) : -1], made[-1:]]


BASE = [10.0, 10.1, 9.9, 10.05, 9.95, 10.02, 9.98, 10.0]


def since(
    runs: tuple[MeasuredRun, ...], way: list[float], *, base: list[float] = BASE, fork: str = "f"
) -> Since | None:
    before, between, (head,) = rows(runs, base, way)
    return worse_from(before, between, head, most=11.0, fork=fork)


def test_a_single_run_of_head_is_since_head(runs: tuple[MeasuredRun, ...]) -> None:
    assert since(runs, [13.0]) == Since(commit=commit(9), after="f", is_found=False)


def test_the_first_of_heads_own_runs_that_is_too_slow(runs: tuple[MeasuredRun, ...]) -> None:
    assert since(runs, [10.0, 13.0, 13.1]) == Since(
        commit=commit(10), after=commit(9), is_found=False
    )


def test_a_row_of_slow_runs_shows_it_itself(runs: tuple[MeasuredRun, ...]) -> None:
    way = [10.01, 9.99, 13.0, 13.1, 12.9, 13.05, 12.95]
    assert since(runs, way) == Since(commit=commit(11), after=commit(10), is_found=True)


def test_a_change_of_base_is_none_of_heads(runs: tuple[MeasuredRun, ...]) -> None:
    base = [*(value / 2.0 for value in BASE), *BASE]
    assert since(runs, [13.0], base=base) == Since(commit=commit(17), after="f", is_found=False)


def test_without_a_commit_nothing_is_said(tmp_path: Path) -> None:
    with open_history(tmp_path) as database:
        put(database, measured({("noop", "baseline"): [1.0]}, at=None))
        (run,) = measured_runs(database)
    assert worse_from([], [], Valued(run=run, value=13.0), most=11.0, fork=None) is None
