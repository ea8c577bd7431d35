"""What the gate says, in every format; nothing of a history gets out of its place."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from cargo_hone.ci.gate_judged import Budget, GateResult, Judged, Shown, Unit
from cargo_hone.ci.gate_pages import MARKER, annotations, as_json, markdown, screen
from cargo_hone.ci.gate_runs import GateRuns
from cargo_hone.ci.gate_since import Since
from cargo_hone.history.course import measured_runs
from cargo_hone.history.database import open_history
from cargo_hone.measure.gate_budget import GateKind, GateVerdict
from tests.history.measured import commit, measured, put

NASTY = "x|`<b>\n::error::pwn % @all \x1b[31m"


@pytest.fixture
def result(tmp_path: Path) -> GateResult:
    with open_history(tmp_path) as database:
        put(database, measured({("noop", "baseline"): [1.0]}, at=commit(2), dirty=True))
        (head,) = measured_runs(database)
    return GateResult(
        runs=GateRuns(
            head_commit=commit(2),
            base_name=NASTY,
            base_commit=commit(1),
            head=head,
            base=(),
            way=(),
        ),
        judged=(
            Judged(
                budget=Budget.CLEAN,
                limit="10%",
                verdict=GateVerdict(
                    kind=GateKind.FAIL, ratio=1.3, low=1.2, high=1.4, why="+30% (+20% to +40%)"
                ),
                shown=Shown.SIDE_BY_SIDE,
                unit=Unit.SECONDS,
                base=60.0,
                head=78.0,
                since=Since(commit=commit(2), after=commit(1), is_found=False, between=4),
            ),
            Judged(
                budget=Budget.INCREMENTAL,
                limit="10%",
                verdict=GateVerdict(
                    kind=GateKind.INCONCLUSIVE, ratio=None, low=None, high=None, why=NASTY
                ),
                shown=Shown.HISTORY,
                unit=Unit.SECONDS,
                note=NASTY,
            ),
            Judged(
                budget=Budget.FREE_DISK,
                limit="2G",
                verdict=GateVerdict(
                    kind=GateKind.PASS, ratio=None, low=None, high=None, why="5.0 GB are free"
                ),
                shown=Shown.EXACT,
                unit=Unit.BYTES,
                head=5e9,
            ),
        ),
        off=((Budget.CACHE_SAVED, "off"),),
        notes=(NASTY,),
    )


def test_a_terminal_gets_figures_and_since_when(result: GateResult) -> None:
    lines = [line.text for line in screen(result)]
    text = " ".join(" ".join(lines).split())
    assert "60.0 s to 78.0 s: +30% (+20% to +40%), built side by side" in text
    assert f"since {commit(2)[:12]}, not yet at {commit(1)[:12]} (3 commits between them" in text
    assert "HEAD was measured with uncommitted changes." in text
    assert lines[-1] == "gate failed"
    assert all(line.isprintable() for line in lines)


def test_the_comment_holds_its_table_whatever_is_in_it(result: GateResult) -> None:
    page = markdown(result)
    assert page.startswith(f"{MARKER}\n### Build gate: failed\n")
    rows = [line for line in page.splitlines() if line.startswith("|")]
    assert len(rows) == 6
    assert {row.count("|") for row in rows} == {6}
    assert "<b>" not in page
    assert "@" not in page
    assert re.findall("`", page) == []


def test_annotations_are_commands_of_ours_only(result: GateResult) -> None:
    found = annotations(result)
    assert found[0].startswith("::error title=cargo hone%3A clean failed::60.0 s to 78.0 s")
    assert found[1].startswith("::warning title=cargo hone%3A incremental inconclusive::")
    assert found[2].startswith("::notice title=cargo hone::gate failed")
    assert len(found) == 3
    assert all("\n" not in line and "\x1b" not in line for line in found)
    assert "pwn %25 @all" in found[1]


def test_json_has_everything(result: GateResult) -> None:
    document = json.loads(json.dumps(as_json(result)))
    assert document["schema"] == "cargo-hone/ci-gate/v1"
    assert document["verdict"] == "fail"
    clean, incremental, _ = document["budgets"]
    assert (clean["base"], clean["head"], clean["ratio"]) == (60.0, 78.0, 1.3)
    assert clean["since"] == {
        "commit": commit(2),
        "after": commit(1),
        "commits": 4,
        "shown_by_history": False,
    }
    assert incremental["since"] is None
    assert document["not_judged"] == [{"budget": "cache-saved", "why": "off"}]


@pytest.mark.parametrize(
    ("kinds", "kind", "said"),
    [
        ([GateKind.PASS, GateKind.PASS], GateKind.PASS, "gate passed"),
        ([GateKind.PASS, GateKind.INCONCLUSIVE], GateKind.INCONCLUSIVE, "gate not failed"),
        ([GateKind.INCONCLUSIVE, GateKind.FAIL], GateKind.FAIL, "gate failed"),
    ],
)
def test_the_whole_is_as_bad_as_its_worst(
    result: GateResult, kinds: list[GateKind], kind: GateKind, said: str
) -> None:
    judged = tuple(
        replace(one, verdict=replace(one.verdict, kind=kind_))
        for one, kind_ in zip(result.judged, kinds, strict=False)
    )
    changed = replace(result, judged=judged)
    assert changed.kind is kind
    assert screen(changed)[-1].text.startswith(said)
