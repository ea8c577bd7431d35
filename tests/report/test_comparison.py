"""A against B: what is held against what, and what must be said with it."""

import json
from pathlib import Path

import pytest

from cargo_hone.errors import UsageProblem
from cargo_hone.history.course import course, measured_runs
from cargo_hone.history.database import open_history
from cargo_hone.history.lineage import Lineage
from cargo_hone.history.portable import PortableRun
from cargo_hone.history.selection import select
from cargo_hone.measure.statistics import compare
from cargo_hone.model import Scenario, VerdictKind
from cargo_hone.report.between_runs import Method
from cargo_hone.report.comparison import Comparing, comparing
from cargo_hone.report.comparison_pages import as_json, markdown, screen
from tests.history.measured import commit, measured, put

EDIT = "edit-root"


class History:
    def __init__(self, base: Path, *runs: PortableRun) -> None:
        self.lineage = Lineage(root=base, env={})
        with open_history(base / "state") as database:
            put(database, *runs)
            self.runs = measured_runs(database)
            self.points = course(database, self.runs)

    def compare(self, a: str, b: str, **given: object) -> Comparing:
        one, other = (select(text, self.runs, lineage=self.lineage) for text in (a, b))
        return comparing(one, other, self.points, **given)  # type: ignore[arg-type]


def pair(day: int, base: list[float], slim: list[float], **given: object) -> PortableRun:
    times = {(EDIT, "baseline"): base, (EDIT, "slim"): slim}
    return measured(times, at=commit(day), day=day, **given)  # type: ignore[arg-type]


BASE, SLIM = [10.0, 10.2, 9.9, 10.1], [8.0, 8.1, 7.8, 8.2]


def test_two_variants_are_held_against_each_other_build_by_build(tmp_path: Path) -> None:
    history = History(tmp_path, pair(1, BASE, BASE), pair(2, BASE, SLIM))
    (row,) = history.compare("baseline", "slim").rows
    assert row.method is Method.PAIRED
    assert row.comparison == compare(BASE, SLIM)
    assert row.comparison.kind is VerdictKind.FASTER
    assert [run.id for run in row.a.runs] == [2]
    (turned,) = history.compare("slim", "baseline").rows
    assert turned.comparison == compare(SLIM, BASE)
    assert history.compare("baseline", "slim").notes == ()


def test_each_scenario_is_from_the_newest_run_that_has_both(tmp_path: Path) -> None:
    noop = measured(
        {("noop", "baseline"): [1.0, 1.0], ("noop", "slim"): [1.0, 1.0]}, at=commit(1), day=1
    )
    alone = measured({("noop", "baseline"): [5.0]}, at=commit(3), day=3)
    found = History(tmp_path, noop, pair(2, BASE, SLIM), alone).compare("baseline", "slim")
    assert [(row.scenario, row.a.runs[0].id) for row in found.rows] == [
        (Scenario.EDIT_ROOT, 2),
        (Scenario.NOOP, 1),
    ]


def test_a_session_that_stopped_when_it_was_decided_has_wider_intervals(tmp_path: Path) -> None:
    looked = pair(1, BASE, SLIM, facts={"command": "cargo hone measure --budget 5m"})
    (row,) = History(tmp_path, looked).compare("baseline", "slim").rows
    fixed = compare(BASE, SLIM)
    assert row.comparison.low is not None
    assert fixed.low is not None
    assert row.comparison.low < fixed.low


def test_a_warm_build_is_held_against_the_plain_clean_one_without_a_cache(tmp_path: Path) -> None:
    times = {
        ("clean-cold", "baseline"): [60.0, 61.0, 62.0],
        ("clean-cold", "cached"): [63.0, 64.0, 65.0],
        ("clean-warm", "cached"): [20.0, 21.0, 22.0],
    }
    run = measured(times, at=commit(1), cached=["cached"])
    rows = History(tmp_path, run).compare("baseline", "cached").rows
    assert [row.scenario for row in rows] == [Scenario.CLEAN_COLD, Scenario.CLEAN_WARM]
    assert rows[1].a.scenario is Scenario.CLEAN_COLD
    assert rows[1].comparison == compare([60.0, 61.0, 62.0], [20.0, 21.0, 22.0])


def runs_of(label: str, first_day: int, *values: float, **given: object) -> list[PortableRun]:
    return [
        measured(
            {(EDIT, "baseline"): [value, value]},
            at=commit(first_day),
            day=first_day + place,
            label=label,
            **given,  # type: ignore[arg-type]
        )
        for place, value in enumerate(values)
    ]


def test_labels_are_compared_run_by_run_with_a_warning(tmp_path: Path) -> None:
    history = History(
        tmp_path, *runs_of("before", 1, 10.0, 10.2, 10.1), *runs_of("after", 11, 12.0, 12.3)
    )
    found = history.compare("before", "after")
    (row,) = found.rows
    assert row.method is Method.BETWEEN_RUNS
    assert row.comparison.kind is VerdictKind.SLOWER
    assert (len(row.a.points), len(row.b.points)) == (3, 2)
    assert "not built side by side" in found.notes[0]


def test_single_runs_are_inconclusive_unless_history_knows_how_runs_differ(tmp_path: Path) -> None:
    two = [*runs_of("before", 1, 10.0), *runs_of("after", 11, 12.0)]
    (row,) = History(tmp_path / "a", *two).compare("before", "after").rows
    assert (row.method, row.comparison.kind) == (Method.WITHIN_RUNS, VerdictKind.INCONCLUSIVE)
    others = runs_of("", 21, 11.0, 11.1, 11.05)
    (known,) = History(tmp_path / "b", *two, *others).compare("before", "after").rows
    assert (known.method, known.comparison.kind) == (Method.BETWEEN_RUNS, VerdictKind.SLOWER)


def test_runs_with_changes_of_their_own_do_not_tell_how_runs_differ(tmp_path: Path) -> None:
    two = [*runs_of("before", 1, 10.0), *runs_of("after", 11, 12.0)]
    others = runs_of("", 21, 11.0, 11.1, 11.05, dirty=True)
    (row,) = History(tmp_path, *two, *others).compare("before", "after").rows
    assert row.method is Method.WITHIN_RUNS


def test_runs_on_other_machines_do_not_tell_how_runs_differ_here(tmp_path: Path) -> None:
    two = [*runs_of("before", 1, 10.0), *runs_of("after", 11, 12.0)]
    others = runs_of("", 21, 11.0, 11.1, 11.05, cores=64)
    (row,) = History(tmp_path, *two, *others).compare("before", "after").rows
    assert row.method is Method.WITHIN_RUNS


def test_other_machines_are_not_compared(tmp_path: Path) -> None:
    history = History(
        tmp_path, *runs_of("before", 1, 10.0, 10.1), *runs_of("after", 11, 20.0, 20.1, cores=4)
    )
    (row,) = history.compare("before", "after").rows
    assert (row.method, row.comparison.ratio) == (Method.NONE, None)
    assert "Example CPU, 2 cores" in row.comparison.why
    assert "Example CPU, 4 cores" in row.comparison.why
    assert "not comparable" in "\n".join(
        line.text for line in screen(history.compare("before", "after"))
    )


def test_of_runs_on_several_machines_those_on_a_common_one_count(tmp_path: Path) -> None:
    runs = [
        *runs_of("before", 1, 10.0, 10.1, 10.2),
        *runs_of("after", 11, 10.0, 10.1),
        *runs_of("after", 13, 99.0, cores=64),
    ]
    (row,) = History(tmp_path, *runs).compare("before", "after").rows
    assert [run.cores for run in row.b.runs] == [2, 2]
    assert row.comparison.kind is not VerdictKind.SLOWER


def test_another_crate_that_is_edited_is_another_thing(tmp_path: Path) -> None:
    runs = [
        *runs_of("before", 1, 10.0, facts={EDIT: "core"}),
        *runs_of("after", 11, 20.0, facts={EDIT: "api"}),
    ]
    (row,) = History(tmp_path, *runs).compare("before", "after").rows
    assert row.method is Method.NONE
    assert "A edited core, B api" in row.comparison.why


def test_what_else_differs_is_said(tmp_path: Path) -> None:
    runs = [
        *runs_of("before", 1, 10.0, 10.1),
        *runs_of("after", 11, 11.0, 11.1, rustc="rustc 1.96.0", dirty=True),
    ]
    notes = " ".join(History(tmp_path, *runs).compare("before", "after").notes)
    assert "The toolchains differ (A: rustc 1.95.0 (abc 2026-04-14); B: rustc 1.96.0)" in notes
    assert "B was measured with uncommitted changes (run 3, 4)" in notes


def test_labels_are_compared_in_every_variant_that_both_have(tmp_path: Path) -> None:
    runs = [
        pair(1, BASE, SLIM, label="x"),
        pair(2, BASE, SLIM, label="y"),
        measured({(EDIT, "lto"): [9.0]}, at=commit(3), day=3, label="y"),
    ]
    history = History(tmp_path, *runs)
    assert [row.b.variant for row in history.compare("x", "y").rows] == ["baseline", "slim"]
    (row,) = history.compare("x", "y", variant="slim").rows
    assert row.a.variant == row.b.variant == "slim"
    with pytest.raises(UsageProblem, match="`lto` was not measured on both sides"):
        history.compare("x", "y", variant="lto")


@pytest.mark.parametrize(
    ("a", "b", "said"),
    [
        ("baseline", "x", "not of one kind"),
        ("x", "1", "the same runs"),
        ("slim", "slim", "the same variant"),
        ("x", "z", "no scenario was measured both"),
    ],
)
def test_what_cannot_be_compared_is_said(tmp_path: Path, a: str, b: str, said: str) -> None:
    runs = [
        pair(1, BASE, SLIM, label="x"),
        measured({("noop", "baseline"): [9.0]}, at=commit(3), day=3, label="z"),
    ]
    with pytest.raises(UsageProblem, match=said) as caught:
        History(tmp_path, *runs).compare(a, b)
    assert "cargo hone" in caught.value.next_step


def test_the_pages_say_the_same(tmp_path: Path) -> None:
    nasty = "a|b `c` <i>"
    runs = [*runs_of(nasty, 1, 10.0, 10.2, 10.1), *runs_of("after", 11, 12.0, 12.3)]
    found = History(tmp_path, *runs).compare(nasty, "after")
    (result,) = json.loads(json.dumps(as_json(found)))["results"]
    assert (result["verdict"], result["method"], result["pairs"]) == (
        "slower",
        "between runs",
        None,
    )
    assert result["a"]["median_s"] == 10.1
    assert f"{(result['ratio'] - 1) * 100:+.0f} %" in "\n".join(row.text for row in screen(found))
    page = markdown(found)
    assert "<i>" not in page
    assert "a&#124;b &#96;c&#96; &#60;i&#62;" in page
