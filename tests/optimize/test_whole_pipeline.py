"""The main job with everything around it: a workflow, a devcontainer, and claude-flow that hears of each step."""

import json
import os
import time
from pathlib import Path

from cargo_hone.edit import jsonc, yaml
from tests.coordination.conftest import RECORDING
from tests.optimize.conftest import Place

WORKFLOW = """\
on: [push]   # every push
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
    - uses: actions/checkout@v4
    - run: cargo test --locked
"""
CONTAINER = """\
{
\t// ours
\t"image": "mcr.microsoft.com/devcontainers/rust:1",
}
"""
HOOKS = ["claude-flow@alpha", "hooks"]


def commit_files(place: Place, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = place.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    place.git("add", "--all")
    who = ["-c", "user.name=us", "-c", "user.email=us@example.org"]
    place.git(*who, "commit", "--quiet", "--message", "The pipeline")


def recording_npx(place: Place) -> Path:
    """An `npx` that writes down what it is called with; returns where."""
    programs, record = place.base / "bin", place.base / "calls"
    programs.mkdir()
    npx = programs / "npx"
    npx.write_text(RECORDING)
    npx.chmod(0o755)
    place.env |= {"PATH": f"{programs}{os.pathsep}{place.env['PATH']}", "RECORD": str(record)}
    return record


def calls(record: Path) -> list[list[str]]:
    """All calls, once the last one that is to come is there."""
    deadline = time.monotonic() + 60
    found: list[list[str]] = []
    while time.monotonic() < deadline and not any("session-end" in call for call in found):
        time.sleep(0.1)
        if record.exists():
            found = [call.split("\0")[:-1] for call in record.read_text().split("\036")[:-1]]
    return found


def test_ci_container_and_claude_flow_are_steps_of_the_one_job(place: Place) -> None:
    place.make(xtask=True)
    workflow, container = ".github/workflows/ci.yml", ".devcontainer/devcontainer.json"
    commit_files(
        place, {workflow: WORKFLOW, container: CONTAINER, ".claude-flow/note": "used here"}
    )
    before = place.files()
    record = recording_npx(place)
    done = place.hone("optimize", "--quick", "--yes")
    assert done.returncode == 0, done.stderr

    after = place.files()
    edited = yaml.parse(after[workflow])
    assert isinstance(edited, dict)
    steps = edited["jobs"]["test"]["steps"]  # type: ignore[index,call-overload]
    ids = [step.get("id") for step in steps]  # type: ignore[union-attr]
    assert "hone-sweep" in ids
    assert b"on: [push]   # every push\n" in after[workflow]
    assert "postStartCommand" in str(jsonc.parse(after[container]))
    page = (place.root / "docs/BUILD-OPTIMIZATION.md").read_text()
    assert "has not run on GitHub yet" in page
    assert "| CI integrated | ok |" in page

    heard = calls(record)
    assert heard[0] == [
        *HOOKS,
        "pre-task",
        "--description",
        "Task 7.1: Build Infrastructure Optimization",
    ]
    assert heard[1] == [*HOOKS, "session-restore", "--session-id", "swarm-phase7"]
    assert heard[-2:] == [
        [*HOOKS, "post-task", "--task-id", "task-7.1-build-infra"],
        [*HOOKS, "session-end", "--export-metrics", "true"],
    ]
    key = "phase7/build_infra"
    edits = [call[4:] for call in heard if "post-edit" in call]
    assert [workflow, "--memory-key", f"{key}/ci"] in edits
    assert [container, "--memory-key", f"{key}/devcontainer"] in edits
    assert ["docs/BUILD-OPTIMIZATION.md", "--memory-key", f"{key}/docs"] in edits
    # Every file that is another one now was told, and no other in the repository.
    told = {edit[0] for edit in edits if not edit[0].startswith("/")}
    assert told == {name for name in after if after[name] != before.get(name)} - {"Cargo.lock"}
    said = [call[-1] for call in heard if "notify" in call]
    assert len(said) >= 6
    assert all(message.startswith("Build Infra: ") for message in said)

    status = json.loads(place.hone("memory", "get", f"{key}/status").stdout)
    assert status["state"] == "finished"
    assert json.loads(place.hone("memory", "get", f"{key}/metrics").stdout)["goals"]
    assert json.loads(place.hone("memory", "get", f"{key}/blockers").stdout) == []

    assert place.hone("undo", "--yes").returncode == 0
    assert place.files() == before


def test_no_ci_leaves_workflow_and_container_alone(place: Place) -> None:
    place.make()
    commit_files(place, {".github/workflows/ci.yml": WORKFLOW})
    shown = place.hone("optimize", "--dry-run", "--no-ci", "--format", "json")
    assert shown.returncode == 1
    assert ".github" not in shown.stdout
    asked = place.hone("optimize", "--dry-run", "--format", "json")
    assert ".github/workflows/ci.yml" in {c["path"] for c in json.loads(asked.stdout)["changes"]}


def test_where_nothing_is_left_to_measure_the_pipeline_is_still_written(place: Place) -> None:
    place.make()
    settled = (
        '[build]\nrustc-wrapper = "sccache"\n\n[profile.dev]\ndebug = 1\nsplit-debuginfo = "off"\n'
    )
    commit_files(place, {".github/workflows/ci.yml": WORKFLOW, ".cargo/config.toml": settled})
    # sccache is the shim of no shell here: what cargo runs is a stand-in that only passes on.
    programs = place.base / "bin"
    programs.mkdir()
    (programs / "sccache").write_text('#!/bin/sh\nexec "$@"\n')
    (programs / "sccache").chmod(0o755)
    place.env |= {"PATH": f"{programs}{os.pathsep}{place.env['PATH']}"}
    before = place.files()
    done = place.hone("optimize", "--yes")
    assert done.returncode == 0, done.stderr
    assert "Nothing is left to measure" in done.stderr
    assert b"hone-sweep" in place.files()[".github/workflows/ci.yml"]
    assert not (place.root / "target").exists()
    assert place.hone("undo", "--yes").returncode == 0
    assert place.files() == before
