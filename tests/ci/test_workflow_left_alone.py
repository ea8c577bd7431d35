"""Jobs that are left as they are because what they build, or whose code, is not what it seems."""

import pytest

from cargo_hone.ci.workflow_jobs import Mode
from cargo_hone.ci.workflow_plan import CiProposal
from cargo_hone.edit import yaml
from tests.ci.repositories import Pipeline

WORKFLOW = """\
on:
  push:
    branches: [main]
  pull_request:
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with:
          {checkout}
      - {build}
"""


def proposed(
    pipeline: Pipeline, *, checkout: str = "fetch-depth: 0", build: str = "run: cargo build"
) -> CiProposal:
    pipeline.write("ci.yml", WORKFLOW.format(checkout=checkout, build=build).encode())
    return pipeline.plan()


def assert_left(proposal: CiProposal, reason: str) -> None:
    [job] = proposal.jobs
    assert job.mode is None
    assert reason in job.notes[0]
    assert proposal.plan.changes == ()


def test_a_checkout_into_a_directory_that_an_expression_names(pipeline: Pipeline) -> None:
    path = "path: ${{ github.event.repository.name }}"
    build = "{run: cargo build, working-directory: '${{ github.event.repository.name }}'}"
    assert_left(proposed(pipeline, checkout=path, build=build), "known only when it runs")


def test_an_apostrophe_in_a_path_is_doubled_in_expressions(pipeline: Pipeline) -> None:
    build = """{run: cargo build, working-directory: "it's rust"}"""
    proposal = proposed(pipeline, checkout="""path: "it's rust\"""", build=build)
    [change] = proposal.plan.changes
    assert change.after is not None
    document = yaml.parse(change.after)
    steps = document["jobs"]["build"]["steps"]  # type: ignore[index,call-overload]
    [restore] = [step for step in steps if step.get("id") == "hone-restore"]  # type: ignore[union-attr]
    assert "hashFiles('it''s rust/Cargo.lock', " in restore["with"]["key"]  # type: ignore[index,call-overload,operator]


@pytest.mark.parametrize(
    "ref",
    [
        "${{ inputs.ref }}",
        "refs/pull/${{ github.event.issue.number }}/head",
        "${{ github.sha || inputs.ref }}",
    ],
)
def test_a_checkout_of_anybodys_code(pipeline: Pipeline, ref: str) -> None:
    assert_left(proposed(pipeline, checkout=f"ref: {ref}"), "may be anybody's code")


@pytest.mark.parametrize(
    "ref",
    ["${{ github.head_ref || github.ref }}", "${{ github.event.pull_request.head.sha }}", "main"],
)
def test_a_checkout_of_the_events_own_commit_is_usual(pipeline: Pipeline, ref: str) -> None:
    assert [job.mode for job in proposed(pipeline, checkout=f"ref: {ref}").jobs] == [Mode.TARGET]


def test_comments_start_nothing_that_has_a_cache(pipeline: Pipeline) -> None:
    text = WORKFLOW.format(checkout="fetch-depth: 0", build="run: cargo build")
    pipeline.write("ci.yml", text.replace("  pull_request:", "  issue_comment:").encode())
    assert_left(pipeline.plan(), "`issue_comment` runs with the repository's rights")


@pytest.mark.parametrize(
    "build",
    [
        "{run: cargo build, env: {CARGO_TARGET_DIR: out}}",
        "run: cargo build --target-dir /tmp/x",
        "run: cargo build --target-dir=out --release",
        "run: CARGO_TARGET_DIR=out cargo build",
    ],
)
def test_a_step_that_builds_into_a_directory_of_its_own(pipeline: Pipeline, build: str) -> None:
    assert_left(proposed(pipeline, build=build), "not into the job's target directory")


def test_a_step_that_names_the_usual_target_directory(pipeline: Pipeline) -> None:
    proposal = proposed(pipeline, build="{run: cargo build, env: {CARGO_TARGET_DIR: ./target/}}")
    assert [job.mode for job in proposal.jobs] == [Mode.TARGET]


def test_steps_in_brackets(pipeline: Pipeline) -> None:
    text = "on: push\njobs:\n  a:\n    runs-on: x\n    steps: [{uses: actions/checkout@v4}, {run: cargo build}]\n"
    pipeline.write("ci.yml", text.encode())
    assert_left(pipeline.plan(), "stand in brackets")


def test_a_reusable_workflow_here_is_looked_at_by_itself(pipeline: Pipeline) -> None:
    pipeline.write("a.yml", b"on: push\njobs: {a: {uses: ./.github/workflows/b.yml}}\n")
    [job] = [job for job in pipeline.plan().jobs if job.job == "a"]
    assert "that file is looked at by itself" in job.notes[0]
