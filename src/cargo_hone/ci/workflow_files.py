"""The repository's workflow files: read, with our steps taken out; and the one that is written where none builds."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path

from cargo_hone.ci import workflow_edit, workflow_new
from cargo_hone.ci.repository import Repository
from cargo_hone.ci.workflow import Workflow, read
from cargo_hone.ci.workflow_jobs import Mode, builds
from cargo_hone.edit.refused import EditRefused
from cargo_hone.files import atomic
from cargo_hone.workspace.pipeline import PipelineFiles

_OURS = b"# Written by cargo-hone"
"""How a workflow begins that another part of cargo-hone wrote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowFile:
    """One workflow: `bare` is it without our steps, `present` are the jobs that have some, and their cache."""

    path: Path
    before: bytes | None
    bare: bytes
    workflow: Workflow
    present: Mapping[str, Mode]


def files(pipeline: PipelineFiles, named: Path | None, notes: list[str]) -> Iterator[WorkflowFile]:
    """Read the workflows that are meant; one that cannot be read as YAML is a note, unless it was named."""
    for path in [named] if named is not None else pipeline.workflows:
        before = atomic.read(path)
        if before is None:
            continue
        try:
            yield _read(path, before)
        except EditRefused as refused:
            if named is not None:
                raise
            notes.append(f"{path.name} is left alone: {refused.message}")


def _read(path: Path, before: bytes) -> WorkflowFile:
    present = {
        job.name: mode
        for job in read(before, stem=path.stem).jobs
        if (mode := workflow_edit.chosen_before(job)) is not None
    }
    bare = workflow_edit.without_our_steps(before, name=path.name)
    return WorkflowFile(
        path=path,
        before=before,
        bare=bare,
        workflow=read(bare, stem=path.stem),
        present=present,
    )


def has_builds(file: WorkflowFile, place: Repository) -> bool:
    """Whether a job of it builds this workspace for pushes or pull requests."""
    jobs = file.workflow.jobs
    return file.workflow.triggers.for_changes and any(builds(job, place) for job in jobs)


def new_file(
    found: Sequence[WorkflowFile], place: Repository, named: Path | None, notes: list[str]
) -> WorkflowFile | None:
    """The workflow to be written where none builds; None where one seems to, in ways that cannot be read.

    `found` are all files of the directory: a name that none of them has is free.
    """
    if named is not None and any(found):
        return None
    hidden = [file.path.name for file in found if _hides_builds(file)]
    if hidden and named is None:
        notes.append(
            f"{', '.join(hidden)} may build with Rust, but no cargo build of this workspace is to be seen in"
            " steps that run for pushes or pull requests (what a Makefile, a script or another action calls is not"
            " found): nothing is written; `--workflow .github/workflows/NAME.yml` writes a new one"
        )
        return None
    path = named or place.root / ".github" / "workflows" / _free({file.path.name for file in found})
    source = workflow_new.new_workflow(place)
    return WorkflowFile(
        path=path,
        before=None,
        bare=source,
        workflow=read(source, stem=path.stem),
        present={},
    )


def _free(taken: set[str]) -> str:
    """A name that no workflow has."""
    names = chain(
        ("ci.yml", "cargo.yml", "cargo-hone.yml"), (f"cargo-hone-{n}.yml" for n in count(2))
    )
    return next(name for name in names if name not in taken)


def _hides_builds(file: WorkflowFile) -> bool:
    text = file.bare.lower()
    return (
        file.workflow.triggers.for_changes
        and not file.bare.startswith(_OURS)
        and (b"cargo" in text or b"rust" in text)
    )
