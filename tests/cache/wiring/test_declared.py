"""What workflows and containers say of the environment of their builds."""

from pathlib import Path

import pytest

from cargo_hone.cache.check import differences
from cargo_hone.cache.wiring.declared import Declared, of_pipeline
from cargo_hone.workspace.pipeline import PipelineFiles

WORKFLOW = """
on: [push]
env: {CARGO_TERM_COLOR: always, RUST_BACKTRACE: 1, DEBUG: true, EMPTY: }
jobs:
  test:
    runs-on: ubuntu-latest
    env: {CARGO_TERM_COLOR: never}
    steps:
      - run: |
          cargo test
  lint: {runs-on: ubuntu-latest, env: {CARGO_TERM_COLOR: never}, steps: [{run: cargo clippy}]}
  win: {runs-on: windows-latest, env: {RUSTFLAGS: "${{ matrix.flags }}"}, steps: [{run: cargo test}]}
  call: {uses: ./.github/workflows/other.yml}
  pages: {runs-on: ubuntu-latest, steps: [{run: make}]}
"""
WRITTEN = """
jobs:
  build:
    steps:
      - run: |
          echo "CARGO_TERM_COLOR=never"
      - run: |
          {
            echo "RUSTC_WRAPPER=$SCCACHE_PATH"
            echo CARGO_INCREMENTAL=0
          } >> "$GITHUB_ENV"
      - run: cargo build
"""


def read(tmp_path: Path, workflow: str = "", container: str = "") -> tuple[Declared, ...]:
    workflows, containers = [], []
    if workflow:
        workflows.append(tmp_path / "ci.yml")
        workflows[0].write_text(workflow)
    if container:
        containers.append(tmp_path / ".devcontainer" / "devcontainer.json")
        containers[0].parent.mkdir()
        containers[0].write_text(container)
    return of_pipeline(PipelineFiles(workflows=tuple(workflows), devcontainers=tuple(containers)))


def test_jobs_that_call_cargo_with_the_same_variables_are_one(tmp_path: Path) -> None:
    linux, windows = read(tmp_path, WORKFLOW)
    assert linux.name == "ci.yml: test, lint"
    assert linux.env == {"CARGO_TERM_COLOR": "never", "RUST_BACKTRACE": "1", "DEBUG": "true"}
    assert not linux.windows
    assert windows.name == "ci.yml: win"
    assert windows.env["CARGO_TERM_COLOR"] == "always"
    assert windows.unknown == ("RUSTFLAGS",)
    assert windows.windows


def test_what_a_step_that_calls_cargo_has_counts(tmp_path: Path) -> None:
    text = "jobs: {a: {steps: [{run: cargo test, env: {CARGO_INCREMENTAL: 1}}, {run: x, env: {B: 1}}]}}"
    (build,) = read(tmp_path, text)
    assert build.env == {"CARGO_INCREMENTAL": "1"}


@pytest.mark.parametrize(("runner", "windows"), [("windows-latest", True), ("macos-14", False)])
def test_a_matrix_may_go_through_windows(tmp_path: Path, runner: str, windows: bool) -> None:
    matrix = f"strategy: {{matrix: {{os: [ubuntu-latest, {runner}]}}}}"
    text = (
        f'jobs: {{a: {{runs-on: "${{{{ matrix.os }}}}", {matrix}, steps: [{{run: cargo test}}]}}}}'
    )
    (build,) = read(tmp_path, text)
    assert build.windows is windows


def test_what_a_step_writes_for_later_ones_counts(tmp_path: Path) -> None:
    (build,) = read(tmp_path, WRITTEN)
    assert build.env == {"RUSTC_WRAPPER": "sccache", "CARGO_INCREMENTAL": "0"}


def test_a_container_has_both_of_its_tables(tmp_path: Path) -> None:
    text = '{"containerEnv": {"A": "1", "B": "${localEnv:B}"}, /* us */ "remoteEnv": {"A": "2"},}'
    (container,) = read(tmp_path, container=text)
    assert container.name == ".devcontainer/devcontainer.json"
    assert container.env == {"A": "2"}
    assert container.unknown == ("B",)


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    workflow, container = read(tmp_path, "jobs: [", "{")
    assert "ci.yml cannot be read" in workflow.problem
    assert "devcontainer.json cannot be read" in container.problem
    assert read(tmp_path / "..", "- a list") == ()


def test_only_what_is_in_the_key_differs() -> None:
    there = Declared(
        name="ci.yml: test",
        env={"CARGO_INCREMENTAL": "0", "RUST_LOG": "x", "CARGO_MAKEFLAGS": "y", "CARGO_A": "same"},
        unknown=("CARGO_B",),
    )
    found = differences({"CARGO_A": "same", "CARGO_INCREMENTAL": "1"}, (there,))
    assert found == (
        "CARGO_B is an expression there, not set here (ci.yml: test)",
        "CARGO_INCREMENTAL is `0` there, `1` here (ci.yml: test)",
    )
    assert differences({"CARGO_HOME": "/only/here"}, ()) == ()


@pytest.mark.parametrize(
    "name", ["CARGO_BUILD_JOBS", "CARGO_REGISTRIES_OURS_INDEX", "CARGO_ENCODED_RUSTFLAGS"]
)
def test_what_sccache_leaves_out_of_its_keys_differs_in_nothing(name: str) -> None:
    assert differences({name: "1"}, (Declared(name="there", env={name: "2"}),)) == ()


def test_a_secret_is_not_shown() -> None:
    there = Declared(name="there", env={"CARGO_REGISTRY_TOKEN": "geheim"})
    (found,) = differences({"CARGO_REGISTRY_TOKEN": "heimlich"}, (there,))
    assert found == "CARGO_REGISTRY_TOKEN is a secret there, a secret here (there)"
    assert differences(there.env, (there,)) == ()
