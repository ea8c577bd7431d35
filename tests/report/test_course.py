"""The course: order, changes, and where a row of runs turns."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from cargo_hone.history.course import course, measured_runs
from cargo_hone.history.database import open_history
from cargo_hone.history.portable import PortableRun
from cargo_hone.report.course import Series, series_of, shortened, spark
from cargo_hone.report.course_pages import as_json, markdown, screen
from tests.history.measured import commit, measured, put


def series(base: Path, runs: Sequence[PortableRun], **given: object) -> list[Series]:
    with open_history(base) as database:
        put(database, *runs)
        points = course(database, measured_runs(database))
    return series_of(points, **given)  # type: ignore[arg-type]


def planted(worse_from: int = 9, count: int = 16, **given: str) -> list[PortableRun]:
    """Runs of about 10 s, from one day on of 13 s."""
    wobble = (0.0, 0.1, -0.1, 0.05, -0.05)
    return [
        measured(
            {
                ("edit-root", "baseline"): [
                    (10.0 if day < worse_from else 13.0) + wobble[day % 5] + more
                    for more in (-0.02, 0.0, 0.02)
                ]
            },
            at=commit(day),
            day=day,
            **given,  # type: ignore[arg-type]
        )
        for day in range(1, count + 1)
    ]


def test_a_planted_change_is_found_at_its_commit(tmp_path: Path) -> None:
    (found,) = series(tmp_path, planted())
    assert [step.point.run.commit for step in found.steps] == [commit(day) for day in range(1, 17)]
    (turn,) = found.turns
    assert found.steps[turn.first].point.run.commit == commit(9)
    assert turn.is_worse
    assert turn.ratio == pytest.approx(1.3, abs=0.03)
    text = "\n".join(line.text for line in screen([found], ascii_only=False))
    (marked,) = [line for line in text.splitlines() if "slower since here" in line]
    assert marked.startswith(commit(9)[:12])


def test_the_change_beside_a_run_is_that_of_two_medians(tmp_path: Path) -> None:
    runs = [
        measured({("noop", "baseline"): times}, at=commit(day), day=day)
        for day, times in enumerate([[1.0, 2.0, 3.0], [2.5], [1.0]], start=1)
    ]
    (found,) = series(tmp_path, runs)
    assert [step.ratio for step in found.steps] == [None, 1.25, 0.4]
    assert found.turns == ()


def test_other_machines_and_other_crates_are_no_change(tmp_path: Path) -> None:
    fast = planted(worse_from=99, count=8)
    slow = [
        measured({("edit-root", "baseline"): [20.0]}, at=commit(day), day=day, cpu="Slow CPU")
        for day in range(9, 17)
    ]
    other = [
        measured(
            {("edit-root", "baseline"): [30.0]}, at=commit(day), day=day, facts={"edit-root": "b"}
        )
        for day in range(17, 25)
    ]
    (found,) = series(tmp_path, [*fast, *slow, *other])
    assert found.turns == ()
    assert [step.ratio is None for step in found.steps].count(True) == 3
    text = "\n".join(line.text for line in screen([found], ascii_only=False))
    assert "A: Example CPU, 2 cores" in text
    assert "B: Slow CPU, 2 cores" in text
    assert "C: Example CPU, 2 cores, editing b" in text


def test_a_branchs_order_counts_and_other_commits_do_not(tmp_path: Path) -> None:
    runs = [
        measured({("noop", "baseline"): [float(day)]}, at=commit(day), day=day)
        for day in (1, 2, 3, 4)
    ]
    order = {commit(3): 0, commit(1): 1, commit(4): 2}
    (found,) = series(tmp_path, runs, order=order)
    assert [step.summary.median_s for step in found.steps] == [3.0, 1.0, 4.0]


def test_times_that_cannot_be_are_left_out(tmp_path: Path) -> None:
    runs = [
        measured({("noop", "baseline"): [-1.0]}, at=commit(1), day=1),
        measured({("noop", "baseline"): [0.0, 2.0]}, at=commit(2), day=2),
    ]
    (found,) = series(tmp_path, runs)
    assert [step.summary.count for step in found.steps] == [1]
    assert series_of([step.point for step in found.steps], order={}) == []


def test_a_shorter_list_keeps_what_is_left_of_a_turn(tmp_path: Path) -> None:
    (found,) = series(tmp_path, planted())
    cut = shortened(found, 10)
    assert len(cut.steps) == 10
    (turn,) = cut.turns
    assert cut.steps[turn.first].point.run.commit == commit(9)
    assert cut.steps[turn.latest] is found.steps[found.turns[0].latest]
    assert shortened(found, 3).turns == ()


def test_the_picture(tmp_path: Path) -> None:
    (found,) = series(tmp_path, planted(worse_from=3, count=4))
    assert spark(found, ascii_only=True)[:2] == "__"
    assert spark(found, ascii_only=True).isascii()
    assert spark(found, ascii_only=False)[2:] in {"▇█", "█▇", "██"}
    # Noise of a few percent is no mountain range.
    quiet = [
        measured({("noop", "baseline"): [9.99 + 0.01 * day]}, at=None, day=day) for day in (1, 2)
    ]
    (flat,) = series(tmp_path / "flat", quiet)
    assert spark(flat, ascii_only=True) == "__"


def test_the_pages_say_the_same(tmp_path: Path) -> None:
    (found,) = series(tmp_path, planted(label="a | `b`"))
    document = json.loads(json.dumps(as_json([found])))
    assert document["schema"] == "cargo-hone/history/v1"
    (row,) = document["series"]
    assert len(row["points"]) == len(document["runs"]) == 16
    assert row["changes"][0]["commit"] == commit(9)
    assert row["changes"][0]["verdict"] == "slower"
    page = markdown([found])
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert len(rows) == 16
    # Seven cells each: a label cannot make more of them.
    assert {line.replace(r"\|", "").count("|") for line in rows} == {8}
