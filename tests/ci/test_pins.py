"""The table of pinned actions, and the tool that writes it."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cargo_hone.ci import pins

ROOT = Path(__file__).parents[2]
TOOL = ROOT / "tools" / "pins.py"


def test_every_action_is_a_commit_with_its_version() -> None:
    for name in (pins.CACHE, pins.CHECKOUT, pins.SCCACHE):
        pin = pins.pin(name)
        assert re.fullmatch(r"[0-9a-f]{40}", pin.commit)
        assert re.fullmatch(r"v\d+\.\d+\.\d+", pin.version)
        assert pin.uses() == f"{name}@{pin.commit} # {pin.version}"
    assert pins.pin(pins.CACHE).uses("save").startswith("actions/cache/save@")


@pytest.fixture
def repositories(tmp_path: Path) -> dict[str, Path]:
    """One repository an action: a light tag, an annotated one, a moving major tag and a pre-release."""
    found = {}
    for action in (pins.CACHE, pins.CHECKOUT, pins.SCCACHE):
        place = tmp_path / action.replace("/", "-")
        place.mkdir()
        for words in (
            ["init", "-q"],
            ["commit", "-q", "--allow-empty", "-m", "first"],
            ["tag", "v1.9.0"],
            ["commit", "-q", "--allow-empty", "-m", "second"],
            ["tag", "-a", "-m", "annotated", "v1.10.0"],
            ["tag", "v1"],
            ["commit", "-q", "--allow-empty", "-m", "third"],
            ["tag", "v2.0.0-beta.1"],
        ):
            _git(place, *words)
        found[action] = place
    return found


def _git(place: Path, *words: str) -> str:
    name = ["-c", "user.name=me", "-c", "user.email=me@example.org"]
    done = subprocess.run(
        ["git", *name, *words], cwd=place, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def _tool(
    table: Path, repositories: dict[str, Path], *words: str
) -> subprocess.CompletedProcess[str]:
    script = (
        "import runpy, sys; from pathlib import Path\n"
        f"tool = runpy.run_path({str(TOOL)!r}, run_name='tool')\n"
        f"tool['main'].__globals__['TABLE'] = Path({str(table)!r})\n"
        "sys.exit(tool['main'](sys.argv[1:]))\n"
    )
    where = [f"{action}={place}" for action, place in repositories.items()]
    return subprocess.run(
        [sys.executable, "-c", script, *words, *where], capture_output=True, text=True, check=False
    )


def test_the_newest_release_is_taken_and_an_annotated_tag_followed(
    tmp_path: Path, repositories: dict[str, Path]
) -> None:
    table = tmp_path / "pins.json"
    assert _tool(table, repositories).returncode == 0
    written = json.loads(table.read_text())
    place = repositories[pins.CACHE]
    commit = _git(place, "rev-parse", "v1.10.0^{commit}")
    assert commit != _git(place, "rev-parse", "v1.10.0")
    assert written[pins.CACHE] == {"version": "v1.10.0", "commit": commit}


def test_a_table_that_is_behind_is_told(tmp_path: Path, repositories: dict[str, Path]) -> None:
    table = tmp_path / "pins.json"
    _tool(table, repositories)
    assert _tool(table, repositories, "--check").returncode == 0
    _git(repositories[pins.CACHE], "tag", "v1.11.0")
    before = table.read_bytes()
    told = _tool(table, repositories, "--check")
    assert told.returncode == 1
    assert "v1.11.0" in told.stdout
    assert table.read_bytes() == before
