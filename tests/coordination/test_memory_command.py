"""`cargo hone memory`, as a script uses it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cargo_hone.demo.tiny import TinySpec, generate
from cargo_hone.history.place import state_dir
from tests.coordination.conftest import PREFIX, Desk


@pytest.fixture
def tree(desk: Desk) -> Path:
    generate(desk.root, TinySpec(commits=0), env=desk.env)
    desk.state = state_dir(desk.root, desk.state)
    return desk.root


def hone(desk: Desk, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cargo_hone", "memory", *words],
        cwd=desk.root,
        env={**desk.env, "HONE_STATE_DIR": str(desk.state.parent), **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_three_keys_are_there_before_anything_was_done(desk: Desk, tree: Path) -> None:
    assert hone(desk, "list").stdout.split() == [
        f"{PREFIX}/{name}" for name in ("blockers", "metrics", "status")
    ]
    assert json.loads(hone(desk, "get", f"{PREFIX}/status").stdout)["state"] == "idle"
    assert hone(desk, "get", f"{PREFIX}/blockers").stdout == "[]\n"
    assert not desk.state.exists()
    other = hone(desk, "list", HONE_COORDINATION_MEMORY_PREFIX="team")
    assert other.stdout.split() == ["team/blockers", "team/metrics", "team/status"]


def test_what_is_set_is_got_exactly(desk: Desk, tree: Path) -> None:
    for value in ('{"a": [1,  2]}', "", " plain  text", "two\nlines\n", "ü"):
        assert hone(desk, "set", "team/notes", value).returncode == 0
        got = hone(desk, "get", "team/notes")
        assert (got.returncode, got.stdout) == (0, value + "\n")


def test_as_json_a_value_is_json_where_it_can_be(desk: Desk, tree: Path) -> None:
    hone(desk, "set", "a/json", "[1]")
    hone(desk, "set", "a/text", "[1")
    got = json.loads(hone(desk, "get", "a/json", "--format", "json").stdout)
    assert (got["schema"], got["value"]) == ("cargo-hone/memory-get/v1", [1])
    listed = json.loads(hone(desk, "list", "a/", "--format", "json").stdout)
    assert [(entry["key"], entry["value"]) for entry in listed["entries"]] == [
        ("a/json", [1]),
        ("a/text", "[1"),
    ]
    assert all(entry["updated_at"] for entry in listed["entries"])


def test_a_missing_key_exits_with_1_and_names_the_nearest(desk: Desk, tree: Path) -> None:
    missing = hone(desk, "get", f"{PREFIX}/stats")
    assert (missing.returncode, missing.stdout) == (1, "")
    assert f"cargo hone memory get {PREFIX}/status" in missing.stderr
    assert f"cargo hone memory get {PREFIX}/status" in hone(desk, "get", "status").stderr
    assert "cargo hone memory list" in hone(desk, "get", "nothing-like-it").stderr


@pytest.mark.parametrize("key", ["", " ", "a\nb"])
def test_a_key_that_nobody_could_read_is_refused(desk: Desk, tree: Path, key: str) -> None:
    assert hone(desk, "set", key, "v").returncode == 2


def test_what_is_set_goes_to_claude_flow_where_it_is_used(desk: Desk, tree: Path) -> None:
    hone(desk, "set", "a", "1", HONE_COORDINATION_JSONL="out.jsonl")
    assert not (tree / "out.jsonl").exists()
    (tree / ".claude-flow").mkdir()
    assert hone(desk, "set", "b", "2").returncode == 0
    desk.settle()
    assert desk.calls == [["claude-flow@alpha", "memory", "store", "--key", "b", "--value", "2"]]
