"""A second `init`, with other wishes or for another part: what stays, what goes."""

import dataclasses

import pytest

from cargo_hone.ci.repository import Repository
from cargo_hone.ci.workflow_jobs import Mode
from cargo_hone.ci.workflow_plan import CiOptions
from cargo_hone.errors import UsageProblem
from tests.ci.repositories import CORPUS, Pipeline

TWO = b"""\
on:
  push:
    branches: [main]
jobs:
  one:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: cargo build
        working-directory: one
  two:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: cargo build
        working-directory: two
"""


def corpus(name: str) -> bytes:
    return next(path for path in CORPUS if path.stem == name).read_bytes()


def test_a_step_of_the_team_that_is_called_like_ours_stays(pipeline: Pipeline) -> None:
    before = corpus("plain") + b"      - id: hone-blades\n        run: make blades\n"
    file = pipeline.write("plain.yml", before)
    pipeline.init()
    assert file.read_bytes().count(b"id: hone-blades") == 1
    assert pipeline.plan().plan.changes == ()
    pipeline.remove()
    assert file.read_bytes() == before


def test_another_job_keeps_what_it_got(pipeline: Pipeline) -> None:
    file = pipeline.write("several-jobs.yml", corpus("several-jobs"))
    pipeline.init()
    whole = file.read_bytes()
    again = pipeline.plan(CiOptions(cache="target", jobs=("test",)))
    assert again.plan.changes == ()
    pipeline.init(CiOptions(cache="sccache", jobs=("test",)))
    assert file.read_bytes() != whole
    assert b"hone-sccache" in file.read_bytes()
    assert b"hone-restore" in file.read_bytes(), "job docs has lost its cache"


def test_another_workspace_keeps_what_it_got(pipeline: Pipeline, place: Repository) -> None:
    file = pipeline.write("two.yml", TWO)
    for workspace in ("one", "two", "one"):
        pipeline.place = dataclasses.replace(
            place, workspace=workspace, target=f"{workspace}/target"
        )
        pipeline.init()
    text = file.read_bytes()
    assert text.count(b"id: hone-restore") == 2
    assert b"one/target" in text
    assert b"two/target" in text
    pipeline.remove()
    assert file.read_bytes() == TWO


def test_a_job_that_may_have_no_cache_any_more_loses_it(pipeline: Pipeline) -> None:
    file = pipeline.write("plain.yml", corpus("plain"))
    pipeline.init()
    file.write_bytes(file.read_bytes().replace(b"on: push", b"on: [push, issue_comment]"))
    [change] = pipeline.init().plan.changes
    assert b"hone-" not in file.read_bytes()
    assert "left alone now" in change.why


def test_none_stays_none_until_something_else_is_asked_for(pipeline: Pipeline) -> None:
    file = pipeline.write("plain.yml", corpus("plain"))
    [change] = pipeline.init(CiOptions(cache="none")).plan.changes
    assert "no cache" in change.why
    assert "swept" not in change.why
    once = file.read_bytes()
    pipeline.init(CiOptions(cache="auto", live_bytes=1))
    assert file.read_bytes() == once
    pipeline.init(CiOptions(cache="target"))
    assert b"hone-restore" in file.read_bytes()


def test_a_job_that_could_have_no_cache_is_no_wish_for_none(pipeline: Pipeline) -> None:
    pipeline.write("pull-requests-only.yml", corpus("pull-requests-only"))
    assert [job.mode for job in pipeline.init().jobs] == [Mode.NONE]
    pipeline.write("plain.yml", corpus("plain"))
    modes = {job.job: job.mode for job in pipeline.plan(CiOptions(cache="auto", live_bytes=1)).jobs}
    assert modes == {"test": Mode.NONE, "build": Mode.TARGET}


def test_jobs_that_may_be_named_are_listed(pipeline: Pipeline) -> None:
    pipeline.write("several-jobs.yml", corpus("several-jobs"))
    with pytest.raises(UsageProblem) as refused:
        pipeline.plan(CiOptions(jobs=("nope",)))
    assert "`docs`, `test`" in str(refused.value.next_step)
