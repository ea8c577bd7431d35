"""Our steps into a workflow's text, and out of it again: nothing but whole steps is ever added or removed."""

import posixpath
import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from cargo_hone.cache.remote import Remote
from cargo_hone.ci import workflow_steps as steps
from cargo_hone.ci.workflow import OUR_PREFIX, Job, Workflow, read
from cargo_hone.ci.workflow_jobs import Integrate, Mode
from cargo_hone.ci.workflow_steps import CARGO_SWEEP, Place, Sweeping
from cargo_hone.ci.workflow_text import WrittenStep
from cargo_hone.edit import yaml
from cargo_hone.edit.refused import EditRefused
from cargo_hone.edit.yaml import Edit, InsertItem, Remove
from cargo_hone.edit.yaml_document import scan

_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")
_REMARK = "The hone- steps of this job are cargo-hone's: `cargo hone ci remove` takes them out."


def without_our_steps(source: bytes, *, name: str, jobs: Collection[str] | None = None) -> bytes:
    """Take our steps out of all jobs, or of those named. Raises EditRefused for what is not YAML."""
    found = read(source, stem=name)
    removals: list[Edit] = []
    for job in found.jobs:
        if not job.same_as and (jobs is None or job.name in jobs):
            places = [i for i, step in enumerate(job.steps) if step.is_ours]
            # From the end: an index holds as long as nothing before it has gone.
            removals += [Remove(path=("jobs", job.name, "steps", i)) for i in reversed(places)]
    return yaml.apply_edits(source, removals, name=name) if removals else source


def with_our_steps(
    source: bytes,
    decision: Integrate,
    workflow: Workflow,
    *,
    keyed_by: Sequence[str],
    package: str,
    sweeping: Sweeping,
    remote: Remote | None,
    name: str,
) -> bytes:
    """Put our steps into one job. Raises EditRefused where its steps are written so that this cannot be done."""
    if _is_flow(source, decision.job.name):
        raise EditRefused(
            "its steps stand in brackets, where ours would be lines of a thousand characters",
            next_step="write the job's steps as a list with dashes, then run the command again",
        )
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


def _is_flow(source: bytes, job: str) -> bool:
    """Whether a job's steps, or what they stand in, are written in brackets."""
    node = scan(source.decode("utf-8-sig") + "\n")
    for key in ("jobs", job, "steps"):
        if node is None or node.flow:
            break
        node = next((value for name, value in node.pairs if name.text == key), None)
    return node is not None and node.flow


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


def _place(
    decision: Integrate, workflow: Workflow, *, keyed_by: Sequence[str], package: str
) -> Place:
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
        keyed_by=tuple(
            posixpath.normpath(posixpath.join(decision.root, pattern)) for pattern in keyed_by
        ),
        toolchains=tuple(
            sorted({c.toolchain for s in job.steps for c in s.commands if _plain(c.toolchain)})
        ),
        has_matrix=job.has_matrix,
        not_on_windows=job.may_be_windows,
        may_be_tag=workflow.triggers.may_be_tag,
        package=package,
    )


def _plain(toolchain: str) -> bool:
    """Whether it is a toolchain's name, and neither an expression nor a variable."""
    return "GITHUB_EXPRESSION" not in toolchain and bool(_NAME.fullmatch(toolchain))


def chosen_before(job: Job) -> Mode | None:
    """The cache of ours that a job has from an earlier time; NONE: it has steps of ours and no cache at all."""
    ours = {step.id.removeprefix(OUR_PREFIX): step for step in job.steps if step.is_ours}
    if "restore" in ours:
        return Mode.TARGET
    if "sccache" in ours:
        return Mode.SCCACHE
    said = ours["summary"].env.get("HONE_SUMMARY_CACHE", "none") if "summary" in ours else "none"
    return Mode.NONE if ours and said == "none" else None


def keeps_on_github(source: bytes, *, name: str) -> bool:
    """Whether steps of ours in it save to GitHub's cache. Raises EditRefused for what is not YAML."""
    return any(
        step.is_ours and (step.id == "hone-save" or "SCCACHE_GHA_ENABLED" in step.env)
        for job in read(source, stem=name).jobs
        for step in job.steps
    )
