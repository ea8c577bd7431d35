"""`cargo hone` without a command: what it says of the doctor's findings."""

import dataclasses
import json
from pathlib import Path

import pytest

from cargo_hone.demo.tiny import TinySpec, generate
from cargo_hone.history.portable import PortableRun
from cargo_hone.history.run import RunKind
from tests.cli.measured_place import Place, runs
from tests.cli.test_doctor import CAP, hone, write

EDITOR = '{"rust-analyzer.check.command": "clippy"}'
PIPELINE = (
    "on: push\nenv:\n  CARGO_INCREMENTAL: 1\njobs:\n  a:\n    runs-on: ubuntu-latest\n"
    "    steps:\n      - run: cargo test --locked\n"
)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return generate(tmp_path / "ws", TinySpec(crates=2)).root


def doctors_line(tree: Path, **env: str) -> list[str]:
    done = hone(cwd=tree, **env)
    assert done.returncode == 0, done.stderr
    return [line for line in done.stdout.splitlines() if line.startswith("doctor")]


def test_where_nothing_is_found_there_is_no_line(tree: Path) -> None:
    assert doctors_line(tree) == []
    document = json.loads(hone("--format", "json", cwd=tree).stdout)
    numbers = {"errors": 0, "warnings": 0, "notes": 0, "silenced": 0}
    assert document["doctor"] == {**numbers, "safe_fixes": 0, "other_fixes": 0, "problem": None}


def test_notes_alone_are_no_line_either(tree: Path) -> None:
    write(tree, ".vscode/settings.json", EDITOR)
    assert doctors_line(tree) == []


def test_findings_are_counted_with_what_mends_them(tree: Path) -> None:
    write(tree, ".cargo/config.toml", CAP)
    write(tree, ".vscode/settings.json", EDITOR)  # a note, with a safe fix: neither counts
    line = "doctor     1 warning, which can be mended: cargo hone doctor --fix=all"
    assert doctors_line(tree) == [line]
    write(tree, ".github/workflows/ci.yml", PIPELINE)
    line = "doctor     2 warnings, 1 of them can be mended: cargo hone doctor --fix"
    assert doctors_line(tree) == [line]
    found = json.loads(hone("--format", "json", cwd=tree).stdout)["doctor"]
    assert (found["warnings"], found["notes"]) == (2, 1)
    assert (found["safe_fixes"], found["other_fixes"]) == (1, 1)


def test_what_cannot_be_mended_says_where_to_read(tree: Path) -> None:
    write(tree, "scripts/look.sh", "ls target/debug/deps\n")
    assert doctors_line(tree) == ["doctor     1 warning: cargo hone doctor"]


def test_a_setting_that_the_doctor_cannot_read_does_not_cost_the_screen(tree: Path) -> None:
    write(tree, ".config/hone.toml", '[doctor]\nignore = ["HONE999"]\n')
    (line,) = doctors_line(tree)
    assert line.startswith("doctor     could not look: ")
    assert "HONE999" in line
    found = json.loads(hone("--format", "json", cwd=tree).stdout)["doctor"]
    assert list(found) == ["problem"]


def test_the_last_run_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place = Place(tmp_path, monkeypatch, capsys)
    (given,) = runs(1)
    optimized = dataclasses.replace(given.record, kind=RunKind.OPTIMIZE)
    place.put(PortableRun(uid=given.uid, record=optimized))
    code, out, err = place.hone()
    assert (code, err) == (0, "")
    assert "measured   2026-11-01, run 1\n" in out
    assert out.endswith("next       cargo hone report --open\n")
    assert json.loads(place.hone("--format", "json")[1])["last_run"] == 1
