"""A command and a file of JSON lines as listeners, for real."""

import json
import os
from pathlib import Path

import pytest

from tests.coordination.conftest import Desk

EVENTS = (["started", "ci", "writing"], ["edited", "ci", "ci.yml", {"path": "/x/ci.yml"}])
TOLD = [
    ("began", "", "the work begins", {}),
    ("started", "ci", "writing", {}),
    ("edited", "ci", "ci.yml", {"path": "/x/ci.yml"}),
    ("ended", "", "finished", {}),
]


def told(path: Path) -> list[tuple[object, ...]]:
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["seq"] for line in lines] == list(range(len(lines)))
    assert {line["schema"] for line in lines} == {"cargo-hone/event/v1"}
    assert len({line["run"] for line in lines}) == 1
    return [(line["kind"], line["step"], line["message"], line["data"]) for line in lines]


def test_a_command_gets_each_event_on_its_standard_input(desk: Desk) -> None:
    desk.program("listen", '#!/bin/sh\n[ "$1" = "two words" ] && cat >> "$RECORD"\n')
    desk.run(*EVENTS, **{"claude-flow": False, "command": ["listen", "two words"]})
    desk.settle()
    assert told(desk.record) == TOLD
    assert desk.memory("blockers") == []


def test_a_file_gets_a_line_an_event_after_what_it_has(desk: Desk) -> None:
    settings = {"claude-flow": False, "jsonl": "logs/hone.jsonl"}
    desk.run(*EVENTS, **settings)
    desk.settle()
    path = desk.root / "logs/hone.jsonl"
    assert told(path) == TOLD
    desk.run(*EVENTS, **settings)
    desk.settle()
    assert len(path.read_text().splitlines()) == 2 * len(TOLD)


@pytest.mark.parametrize("kind", ["directory", "pipe"])
def test_a_file_that_is_none_becomes_a_blocker(desk: Desk, kind: str) -> None:
    path = desk.root / "out"
    if kind == "directory":
        path.mkdir()
    else:
        # Opening a pipe that nobody reads waits for ever.
        os.mkfifo(path)
    desk.run(*EVENTS, **{"claude-flow": False, "jsonl": "out"})
    desk.settle()
    messages = [entry["message"] for entry in desk.memory("blockers")]
    assert messages[0].startswith("jsonl: ")
    assert messages[-1].startswith("jsonl: 3 errors in a row")


def test_listeners_do_not_suffer_from_each_other(desk: Desk) -> None:
    desk.npx("exit 1")
    desk.program("broken", "no program\n")
    desk.run(*EVENTS, command=["broken"], jsonl="out.jsonl")
    desk.settle()
    assert told(desk.root / "out.jsonl") == TOLD
    said = {entry["message"].split(":")[0] for entry in desk.memory("blockers")}
    assert said == {"claude-flow", "command"}


def test_a_workspace_that_has_gone_is_said(desk: Desk) -> None:
    child = desk.start(*EVENTS, ending="waiting", **{"claude-flow": False, "command": ["true"]})
    assert child.stdout is not None
    child.stdout.readline()
    desk.root.rename(desk.root.with_name("moved"))
    child.kill()
    child.communicate()
    desk.settle()
    assert "is not there" in str(desk.memory("blockers"))
