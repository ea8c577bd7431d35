"""`cargo hone history` and `compare` as commands: formats, exit codes, files."""

import contextlib
import json
import sqlite3
from pathlib import Path

import pytest

from cargo_hone.history.migrations import MIGRATIONS
from tests.history.git import git
from tests.history.measured import commit, measured

from .measured_place import Place, runs


@pytest.fixture
def place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Place:
    return Place(tmp_path, monkeypatch, capsys)


def test_an_empty_history_is_no_error_and_makes_no_file(place: Place) -> None:
    code, out, err = place.hone("history")
    assert (code, out) == (0, "")
    assert "cargo hone measure" in err
    code, out, _ = place.hone("history", "--format", "json")
    assert (code, json.loads(out)["series"]) == (0, [])
    code, _, err = place.hone("compare", "a", "b")
    assert (code, "nothing has been measured" in err) == (2, True)
    code, _, err = place.hone("history", "--export", "hyperfine")
    assert (code, "nothing to export" in err) == (2, True)
    assert not place.states.exists()


def test_the_course_in_three_formats(place: Place) -> None:
    place.put(*runs(3))
    code, out, _ = place.hone("history", "--scenario", "edit-root", "--limit", "2")
    assert code == 0
    assert commit(3)[:12] in out
    assert commit(1)[:12] not in out
    assert "clean-cold" not in out
    _, out, _ = place.hone("--format", "json", "history", "--variant", "slim")
    (series,) = json.loads(out)["series"]
    assert out.startswith('{\n  "schema": "cargo-hone/history/v1"')
    assert [point["median_s"] for point in series["points"]] == [8.0, 8.0, 8.0]
    _, out, _ = place.hone("history", "--format", "markdown", "--scenario", "clean")
    assert out.count("\n| `") == 3


def test_a_single_run_is_enough_to_look_at(place: Place) -> None:
    place.put(*runs(1))
    code, out, _ = place.hone("history")
    assert code == 0
    assert "since here" not in out
    code, out, _ = place.hone("compare", "baseline", "slim", "--format", "json")
    assert code == 0
    (result,) = json.loads(out)["results"]
    assert (result["verdict"], result["pairs"]) == ("faster", 3)


def test_a_branchs_order_is_gits(place: Place) -> None:
    first = git(place.root, "rev-parse", "HEAD")
    git(place.root, "commit", "--quiet", "--allow-empty", "-m", "second")
    second = git(place.root, "rev-parse", "HEAD")
    for day, at in ((2, first), (1, second), (3, commit(9))):
        place.put(measured({("noop", "baseline"): [float(day)]}, at=at, day=day))
    _, out, _ = place.hone("history", "--branch", "main", "--format", "json")
    (series,) = json.loads(out)["series"]
    assert [point["commit"] for point in series["points"]] == [first, second]
    code, _, err = place.hone("history", "--branch", "mian")
    assert (code, "`mian`" in err) == (2, True)
    _, out, _ = place.hone("compare", "HEAD~1", "main", "--format", "json")
    (result,) = json.loads(out)["results"]
    assert (result["a"]["median_s"], result["b"]["median_s"]) == (2.0, 1.0)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["history", "--label", "mondai"], "did you mean `monday`"),
        (["history", "--variant", "slin"], "did you mean `slim`"),
        (["history", "--scenario", "edit-rot"], "choose from clean-cold, edit-root"),
        (["history", "-o", "x.json"], "--output is for an export"),
        (["history", "--export", "github-action-benchmark", "--limit", "2"], "one run at a time"),
        (["compare", "baseline", "slin"], "did you mean `slim`"),
        (["compare", "baseline", "monday"], "not of one kind"),
        (["compare", "baseline", "slim", "--scenario", "noop"], "never measured"),
        (["history", "--format", "github"], "is not one of"),
    ],
)
def test_bad_input_says_what_there_is(place: Place, words: list[str], said: str) -> None:
    place.put(*runs(2, label="monday"))
    code, out, err = place.hone(*words)
    assert (code, out) == (2, "")
    assert said in err


def test_exports_go_to_a_file_or_to_standard_output(place: Place) -> None:
    place.put(*runs(2))
    code, out, _ = place.hone("history", "--export", "hyperfine", "--scenario", "edit-root")
    assert code == 0
    assert [one["command"] for one in json.loads(out)["results"]] == [
        "edit-root, baseline",
        "edit-root, slim",
    ]
    code, out, _ = place.hone("history", "--export", "github-action-benchmark", "-o", "b.json")
    assert (code, out) == (0, "")
    entries = json.loads((place.root / "b.json").read_text())
    assert {entry["unit"] for entry in entries} == {"s"}
    assert commit(2) in entries[0]["extra"]


@pytest.mark.parametrize(
    "words",
    [
        ["history"],
        ["compare", "a", "b"],
        ["history", "save", "file"],
        ["history", "load", "given.jsonl"],
        ["ci", "gate"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("how", ["damaged", "newer", "somebody else's"])
def test_a_history_that_cannot_be_read_is_said_and_left_as_it_is(
    place: Place, how: str, words: list[str]
) -> None:
    place.put(*runs(1))
    assert place.hone("history", "save", "given.jsonl")[0] == 0
    with contextlib.closing(sqlite3.connect(place.database)) as database:
        if how == "newer":
            database.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
        elif how == "somebody else's":
            database.execute("PRAGMA application_id = 7")
        database.commit()
    if how == "damaged":
        place.database.write_bytes(b"not a database " * 1000)
    before = place.database.read_bytes()
    code, _, err = place.hone(*words)
    assert code == 2
    assert str(place.database) in err
    assert {"damaged": "damaged", "newer": "newer cargo-hone", "somebody else's": "not a history"}[
        how
    ] in err
    assert place.database.read_bytes() == before
    assert not (place.root / "file").exists()
