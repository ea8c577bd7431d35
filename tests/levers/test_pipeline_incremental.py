"""`CARGO_INCREMENTAL: 0` in workflows that build and say nothing of it."""

from pathlib import Path

import pytest

from cargo_hone.edit import yaml
from cargo_hone.levers import writing
from cargo_hone.levers.interface import Already, Applies, NotHere
from cargo_hone.levers.pipeline_incremental import PipelineIncremental

from .tree import Tree

JOBS = "jobs:\n  a:\n    steps:\n      - run: cargo test --locked\n"


def written(tree: Tree) -> list[str]:
    plan = writing.plan([PipelineIncremental()], tree.context(), title="t")
    return [(change.after or b"").decode() for change in plan.changes]


@pytest.mark.parametrize("head", ["on: push\n", "on: push\nenv:\n  A: b # c\n", "env: { A: b }\n"])
def test_it_is_set_for_all_jobs_of_a_workflow_that_builds(tmp_path: Path, head: str) -> None:
    tree = Tree(tmp_path)
    tree.write(".github/workflows/ci.yml", head + JOBS)
    assert isinstance(PipelineIncremental().applicability(tree.context()), Applies)
    (text,) = written(tree)
    document = yaml.parse(text.encode())
    assert isinstance(document, dict)
    assert document["env"]["CARGO_INCREMENTAL"] == 0
    assert text.endswith(JOBS)
    tree.write(".github/workflows/ci.yml", text)
    assert isinstance(PipelineIncremental().applicability(tree.context()), Already)
    assert written(tree) == []


@pytest.mark.parametrize(
    "text",
    [
        JOBS.replace("cargo test", "CARGO_INCREMENTAL=1 cargo test"),
        JOBS + "      - uses: Swatinem/rust-cache@v2\n",
        JOBS.replace("cargo test --locked", "echo hello"),
        "jobs: [\n",
    ],
)
def test_a_workflow_that_says_something_or_builds_nothing_stays(tmp_path: Path, text: str) -> None:
    tree = Tree(tmp_path)
    tree.write(".github/workflows/ci.yml", text)
    assert isinstance(PipelineIncremental().applicability(tree.context()), Already)
    assert written(tree) == []


def test_without_a_workflow_there_is_nothing_to_do(tmp_path: Path) -> None:
    assert isinstance(PipelineIncremental().applicability(Tree(tmp_path).context()), NotHere)
