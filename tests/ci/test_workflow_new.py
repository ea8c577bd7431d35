"""The workflow that a repository gets which has none."""

import dataclasses

from cargo_hone.ci import workflow_new
from cargo_hone.ci.repository import Repository
from cargo_hone.ci.workflow import read
from cargo_hone.ci.workflow_jobs import Mode
from cargo_hone.ci.workflow_plan import CiOptions
from cargo_hone.edit import yaml
from tests.ci.repositories import Pipeline


def test_it_lies_where_github_looks_and_has_all_of_it(pipeline: Pipeline) -> None:
    proposal = pipeline.plan(CiOptions(cache="auto"))
    [change] = proposal.plan.changes
    assert change.path == pipeline.facts.root / ".github" / "workflows" / "ci.yml"
    assert change.before is None
    assert change.after is not None
    text = change.after.decode()
    document = yaml.parse(change.after)
    assert isinstance(document, dict)
    assert document["permissions"] == {"contents": "read"}
    assert "concurrency" in document
    assert text.count("--locked") >= 2
    assert "secrets." not in text
    for step in document["jobs"]["test"]["steps"]:  # type: ignore[index,call-overload,union-attr]
        uses = str(step.get("uses", ""))  # type: ignore[union-attr]
        assert not uses or len(uses.partition("@")[2]) == 40
    assert [job.mode for job in proposal.jobs] == [Mode.TARGET]


def test_twice_is_once_and_remove_deletes_it(pipeline: Pipeline) -> None:
    pipeline.init()
    assert pipeline.plan().plan.changes == ()
    pipeline.remove()
    assert list(pipeline.directory.iterdir()) == []


def test_a_workflow_that_others_went_on_with_stays(pipeline: Pipeline) -> None:
    pipeline.init()
    [file] = pipeline.directory.iterdir()
    file.write_bytes(file.read_bytes() + b"  more:\n    runs-on: ubuntu-latest\n    steps: []\n")
    proposal = pipeline.remove()
    assert b"hone-" not in file.read_bytes()
    assert b"cargo-hone" not in file.read_bytes()
    assert b"  more:\n" in file.read_bytes()
    assert any("changed by others" in note for note in proposal.notes)


def test_another_workflow_without_cargo_does_not_stand_in_the_way(pipeline: Pipeline) -> None:
    site = b"on: push\njobs: {site: {runs-on: ubuntu-latest, steps: [{run: npm ci}]}}\n"
    pipeline.write("ci.yml", site)
    [change] = pipeline.plan().plan.changes
    assert change.path.name == "cargo.yml"


def test_builds_that_cannot_be_seen_are_not_doubled(pipeline: Pipeline) -> None:
    hidden = (
        b"on: push\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: rustup show}, {run: make}]}}\n"
    )
    pipeline.write("make.yml", hidden)
    proposal = pipeline.plan()
    assert proposal.plan.changes == ()
    assert any("make.yml may build with Rust" in note for note in proposal.notes)
    asked = CiOptions(cache="target", workflow=pipeline.directory / "own.yml")
    [change] = pipeline.plan(asked).plan.changes
    assert change.path.name == "own.yml"


def test_what_cargo_hone_wrote_otherwise_is_no_build(pipeline: Pipeline) -> None:
    pipeline.write("hone-prune-caches.yml", b"# Written by cargo-hone: cargo\non: push\njobs: {}\n")
    assert [change.path.name for change in pipeline.plan().plan.changes] == ["ci.yml"]


def test_it_follows_the_repository(place: Repository) -> None:
    other = dataclasses.replace(
        place,
        workspace="rust",
        default_branch="trunk",
        lock_committed=False,
        has_toolchain_file=True,
    )
    source = workflow_new.new_workflow(other)
    workflow = read(source, stem="ci")
    assert workflow.triggers.push_branches == ("trunk",)
    assert b"--locked" not in source
    assert b"rustup toolchain install --no-self-update" in source
    assert {step.directory for step in workflow.jobs[0].steps if step.run} == {"rust"}


def test_our_mark_is_not_taken_for_a_workflow_of_somebody_else(place: Repository) -> None:
    source = workflow_new.new_workflow(place)
    assert workflow_new.is_unchanged(source)
    assert not workflow_new.is_unchanged(source.replace(b"60", b"90"))
    assert not workflow_new.is_unchanged(b"on: push\n")
    assert workflow_new.without_mark(b"# mine\non: push\n") == b"# mine\non: push\n"
