"""`cache.remote = "gha"` is GitHub's own cache: the workflow that names no storage."""

from cargo_hone.ci.workflow_plan import CiOptions
from cargo_hone.settings.model import Cache, Settings
from tests.ci.repositories import Pipeline


def test_githubs_cache_by_name_is_the_workflow_without_a_storage(pipeline: Pipeline) -> None:
    plain = pipeline.plan(CiOptions(cache="sccache"))
    named = pipeline.plan(CiOptions(), Settings(cache=Cache(remote="gha")))
    assert named.plan.changes
    assert [c.after for c in named.plan.changes] == [c.after for c in plain.plan.changes]
    assert not [note for note in named.notes if "secret" in note]
