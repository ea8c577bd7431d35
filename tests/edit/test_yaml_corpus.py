"""On workflows that cargo has fetched onto this machine: added and removed again, byte for byte."""

import os
from pathlib import Path

import pytest

from cargo_hone.edit.refused import EditRefused
from cargo_hone.edit.yaml import Edit, InsertItem, InsertKey, Remove, SetScalar, apply_edits, parse

CARGO_HOME = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")
WORKFLOWS = sorted(CARGO_HOME.glob("registry/src/*/*/.github/workflows/*.yml"))
MOST = 30
JOB = "runs-on: ubuntu-latest\nsteps:\n  - uses: a/b@v1\n    with: {c: d}\n  - run: |\n      e\n\n      f\n"


@pytest.mark.skipif(not WORKFLOWS, reason="no registry sources with workflows on this machine")
def test_workflows_are_byte_identical_after_adding_and_removing() -> None:
    tried = 0
    for workflow in WORKFLOWS[:: len(WORKFLOWS) // MOST + 1]:
        source = workflow.read_bytes()
        try:
            data = parse(source)
        except EditRefused:
            continue
        assert isinstance(data, dict)
        jobs = data["jobs"]
        assert isinstance(jobs, dict)
        first = next(iter(jobs))
        job = jobs[first]
        edits: list[Edit] = [
            InsertKey(path=("jobs", "hone"), text=JOB, comment="why"),
            InsertKey(path=("jobs", "hone-lint"), text=JOB, before=first),
            InsertKey(path=("hone-env",), text="A: 1\nB: |\n  x\n", before="jobs", comment="why"),
        ]
        back: list[Edit] = [
            Remove(path=("hone-env",), comment="why"),
            Remove(path=("jobs", "hone-lint")),
            Remove(path=("jobs", "hone"), comment="why"),
        ]
        if isinstance(job, dict) and isinstance(job.get("steps"), list):
            steps = ("jobs", first, "steps")
            edits.append(InsertItem(path=steps, index=1, text="# why\nuses: x\nwith:\n  y: 1\n"))
            edits.append(SetScalar(path=("jobs", first, "hone-minutes"), value=9, comment="why"))
            back.insert(0, Remove(path=(*steps, 1), comment="why"))
            back.insert(0, Remove(path=("jobs", first, "hone-minutes"), comment="why"))
        try:
            edited = apply_edits(source, edits)
        except EditRefused as refused:
            if "alias" in refused.message or "anchor" in refused.message:
                continue
            raise
        assert len(edited) > len(source) + 200
        assert apply_edits(edited, back) == source, workflow
        tried += 1
    assert tried > 0
