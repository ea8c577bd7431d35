"""Our steps into a workflow's text, and out of it again: nothing but whole steps is ever added or removed."""

import posixpath
from collections.abc import Sequence
from dataclasses import replace

from cargo_hone.ci import workflow_steps as steps
from cargo_hone.ci.remote import Remote
from cargo_hone.ci.workflow import OUR_PREFIX, Job, Workflow, read
from cargo_hone.ci.workflow_jobs import Integrate, Mode
from cargo_hone.ci.workflow_steps import CARGO_SWEEP, Place, Sweeping
from cargo_hone.ci.workflow_text import WrittenStep
from cargo_hone.edit import yaml
from cargo_hone.edit.yaml import Edit, InsertItem, Remove

_REMARK = "Steps with an id that begins with hone- are cargo-hone's: `cargo hone ci remove` takes them out."


def without_our_steps(source: bytes, *, name: str) -> bytes:
    """Take every step out whose id begins with `hone-`. Raises EditRefused for what is not YAML."""
    found = read(source, stem=name)
    removals: list[Edit] = []
    for job in found.jobs:
        if not job.same_as:
            places = [i for i, step in enumerate(job.steps) if step.is_ours]
            # From the end: an index holds as long as nothing before it has gone.
            removals += [Remove(path=("jobs", job.name, "steps", i)) for i in reversed(places)]
    return yaml.apply_edits(source, removals, name=name) if removals else source


def with_our_steps(
    source: bytes,
    decision: Integrate,
    workflow: Workflow,
    *,
    keyed_by: str,
    package: str,
    sweeping: Sweeping,
    remote: Remote | None,
    name: str,
) -> bytes:
    """Put our steps into one job. Raises EditRefused where its steps are written so that this cannot be done."""
    place = _place(decision, workflow, keyed_by=keyed_by, package=package)
    before, after = _steps(decision, place, sweeping, remote)
    if before:
        before[0] = replace(before[0], remark=_REMARK)
    path = ("jobs", decision.job.name, "steps")
    edits: list[Edit] = [
        *_insertions(path, decision.after, after),
        *_insertions(path, decision.before, before),
    ]
    return yaml.apply_edits(source, edits, name=name)


def _insertions(
    path: tuple[str, ...], index: int, written: Sequence[WrittenStep]
) -> list[InsertItem]:
    return [
        InsertItem(path=path, index=index + i, text=step.text) for i, step in enumerate(written)
    ]


def _steps(
    decision: Integrate, place: Place, sweeping: Sweeping, remote: Remote | None
) -> tuple[list[WrittenStep], list[WrittenStep]]:
    """What comes before the builds, and what comes after everything."""
    ours = sweeping.sweeper != CARGO_SWEEP
    before = [steps.install(place)] if ours else []
    after: list[WrittenStep] = []
    cache = "none"
    match decision.mode:
        case Mode.TARGET:
            before += steps.restore(place, downloads=decision.downloads)
            after = [
                steps.sweep(place, sweeping, own_cache=True),
                steps.save(place, downloads=decision.downloads),
            ]
            cache = "target"
        case Mode.SCCACHE:
            before += steps.sccache(place, remote)
            cache = "sccache"
        case Mode.THEIR_TARGET:
            before.append(steps.before(place))
            after = [steps.sweep(place, sweeping, own_cache=False)]
            cache = "theirs"
        case Mode.THEIR_SCCACHE:
            cache = "sccache"
        case Mode.NONE:
            pass
    if decision.locked:
        before.append(steps.locked(place))
    if ours:
        after.append(steps.summary(place, cache=cache))
    elif decision.mode is Mode.TARGET:
        after.append(steps.plain_summary(place))
    return before, after


def _place(decision: Integrate, workflow: Workflow, *, keyed_by: str, package: str) -> Place:
    job = decision.job
    directory = decision.directory or ("." if job.has_defaults else None)
    target = decision.target
    if not target.startswith("/"):
        target = posixpath.relpath(target, decision.directory or ".")
    return Place(
        stem=workflow.stem,
        directory=directory,
        target=target,
        target_path=decision.target,
        keyed_by=posixpath.join(decision.directory, keyed_by),
        has_matrix=job.has_matrix,
        not_on_windows=job.may_be_windows,
        may_be_tag=workflow.triggers.may_be_tag,
        is_callable="workflow_call" in workflow.triggers.events,
        package=package,
    )


def chosen_before(job: Job) -> Mode | None:
    """The cache of ours that a job has from an earlier time."""
    ids = {step.id.removeprefix(OUR_PREFIX) for step in job.steps if step.is_ours}
    if "restore" in ids:
        return Mode.TARGET
    return Mode.SCCACHE if "sccache" in ids else None
