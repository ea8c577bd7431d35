"""Which jobs of a workflow are changed, how, and why the others are left alone."""

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cargo_hone.ci.cache_choice import CacheKind
from cargo_hone.ci.existing import Existing, existing
from cargo_hone.ci.repository import Repository
from cargo_hone.ci.workflow import Job, Step, Workflow


class Mode(StrEnum):
    """What a job gets."""

    TARGET = "our cache of the target directory"
    SCCACHE = "sccache"
    THEIR_TARGET = "its own cache of the target directory, swept"
    THEIR_SCCACHE = "its own sccache"
    NONE = "no cache"


@dataclass(frozen=True, slots=True, kw_only=True)
class Integrate:
    """Steps are added: in front of its builds, at the index `before`, and after everything, at the index `after`.

    `root` is where the repository is checked out, `directory` where the workspace is then (both "" for the runner's
    own directory). `target` is the target directory, relative to that or absolute. `locked`: the build is held
    to the lock file.
    """

    job: Job
    mode: Mode
    before: int
    after: int
    root: str
    directory: str
    target: str
    locked: bool
    downloads: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """Nothing is added. `is_silent`: no cargo at all, not worth a line a job.

    `keeps`: it is not what was asked about (other jobs, perhaps another workspace), so steps of ours that it has from
    an earlier time stay; else they go.
    """

    job: Job
    reason: str
    is_silent: bool = False
    keeps: bool = False


Decision = Integrate | Leave
# What pull requests and comments start on the default branch, with its rights and caches.
_RUNS_FOREIGN_CODE = frozenset({"pull_request_target", "workflow_run", "issue_comment"})
# What `ref` of actions/checkout may be: the commit of the event itself, or a pull request's own (empty elsewhere).
_OWN_REFS = frozenset(
    {
        *("github.ref", "github.ref_name", "github.sha", "github.head_ref"),
        *("github.event.pull_request.head.sha", "github.event.pull_request.head.ref"),
    }
)
_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)


def decide(
    workflow: Workflow, repository: Repository, kind: CacheKind, wanted: Sequence[str] = ()
) -> tuple[Decision, ...]:
    """Decide for each job of a workflow that our steps have been taken out of; `wanted` are the only jobs meant."""
    return tuple(_decide(job, workflow, repository, kind, wanted) for job in workflow.jobs)


def builds(job: Job, repository: Repository) -> list[int]:
    """The indexes of the steps that build this workspace."""
    return [i for i, step in enumerate(job.steps) if _builds(step, _root(job), repository)]


def _decide(
    job: Job, workflow: Workflow, repository: Repository, kind: CacheKind, wanted: Sequence[str]
) -> Decision:
    if wanted and job.name not in wanted:
        return Leave(job=job, reason="you named other jobs", keeps=True)
    found = builds(job, repository)
    obstacle = _obstacle(job, workflow, found)
    if obstacle is not None:
        return obstacle
    calls = [c for step in job.steps for c in step.commands if c.builds]
    if any(call.program == "cross" for call in calls):
        reason = "cross builds in containers, by compilers that a sweep outside does not know"
        return Leave(job=job, reason=reason)
    if reason := _foreign_checkout(job):
        return Leave(job=job, reason=reason)
    own = job.env.get("CARGO_TARGET_DIR", "")
    if "${{" in own:
        return Leave(job=job, reason=f"CARGO_TARGET_DIR is `{own}`, known only when it runs")
    root = _root(job)
    directory = posixpath.join(root, repository.workspace).rstrip("/")
    target = posixpath.normpath(
        posixpath.join(directory, own) if own else posixpath.join(root, repository.target)
    )
    if other := _other_target(job, repository, target):
        reason = f"a step of it builds into `{other}`, not into the job's target directory"
        return Leave(job=job, reason=reason)
    theirs = existing(job, target)
    mode = _mode(theirs, kind, workflow, repository)
    late = theirs.saves_at is not None and theirs.saves_at > found[-1]
    return Integrate(
        job=job,
        mode=mode,
        before=found[0],
        after=theirs.saves_at if late and theirs.saves_at is not None else len(job.steps),
        root=root,
        directory=directory,
        target=target,
        locked=_wants_lock(job, repository),
        downloads=not theirs.downloads,
        notes=(*_cache_notes(theirs, mode, kind, workflow, repository), *_notes(job, repository)),
    )


def _obstacle(job: Job, workflow: Workflow, found: list[int]) -> Leave | None:
    events = workflow.triggers.events
    if job.calls:
        here = job.calls.startswith("./")
        where = "that file is looked at by itself" if here else "it lies in another repository"
        reason = f"it calls {job.calls}: {where}"
        return Leave(job=job, reason=reason, is_silent=True, keeps=True)
    if not found:
        return Leave(job=job, reason=_without_builds(job), is_silent=True, keeps=True)
    if job.same_as:
        reason = f"its steps are an alias of those of `{job.same_as}`"
        return Leave(job=job, reason=reason)
    if events & _RUNS_FOREIGN_CODE:
        event = min(events & _RUNS_FOREIGN_CODE)
        return Leave(job=job, reason=f"`{event}` runs with the repository's rights: no cache there")
    if workflow.triggers.for_releases:
        return Leave(job=job, reason="it builds releases: they should not come out of a cache")
    if not workflow.triggers.for_changes:
        return Leave(job=job, reason="it runs neither for pushes nor for pull requests")
    if job.is_windows:
        return Leave(job=job, reason="it runs on Windows, where cargo-hone does not")
    checkout = next((i for i, step in enumerate(job.steps) if step.is_checkout), None)
    if checkout is None or checkout > found[0]:
        return Leave(
            job=job, reason="no actions/checkout of this repository before its first build"
        )
    return None


def _without_builds(job: Job) -> str:
    local = next((step.uses for step in job.steps if step.uses.startswith("./")), "")
    if local:
        return f"no cargo build in its own steps ({local} is not looked into)"
    return "no cargo build in its steps"


def _mode(theirs: Existing, kind: CacheKind, workflow: Workflow, repository: Repository) -> Mode:
    if theirs.target:
        return Mode.THEIR_TARGET
    if theirs.compilations:
        return Mode.THEIR_SCCACHE
    if kind is CacheKind.NONE or _why_none(kind, workflow, repository):
        return Mode.NONE
    return Mode.TARGET if kind is CacheKind.TARGET else Mode.SCCACHE


def _why_none(kind: CacheKind, workflow: Workflow, repository: Repository) -> str:
    """Why a workflow can have no cache of that kind; "" where it can."""
    if kind is not CacheKind.REMOTE and not _is_filled(workflow, repository):
        branch = repository.default_branch
        return f"the workflow does not run for pushes to {branch}, so nothing would be saved"
    if kind is not CacheKind.TARGET and workflow.triggers.names_releases:
        return "it builds tags or release branches too, and releases should not come out of a cache"
    return ""


def _is_filled(workflow: Workflow, repository: Repository) -> bool:
    """Whether some run may save to the cache: on the default branch, or as somebody else's part."""
    triggers = workflow.triggers
    return (
        triggers.pushed_to(repository.default_branch)
        or triggers.push_branches is not None  # a pattern may match it
        or bool(triggers.events & {"workflow_call", "schedule"})
    )


def _cache_notes(
    theirs: Existing, mode: Mode, kind: CacheKind, workflow: Workflow, repository: Repository
) -> Iterator[str]:
    if theirs.target and theirs.compilations:
        both = f"{theirs.target} and {theirs.compilations}"
        yield f"{both} share one quota of 10 GB and evict each other: keep one of them"
    if mode is Mode.THEIR_TARGET:
        yield f"{theirs.target} stays, and is swept before it saves"
    if mode is Mode.NONE and kind is not CacheKind.NONE:
        yield f"no cache: {_why_none(kind, workflow, repository)}"


def _notes(job: Job, repository: Repository) -> Iterator[str]:
    if job.may_be_windows:
        yield "on Windows runners our steps are skipped"
    if job.in_container or job.is_self_hosted:
        who = "its container" if job.in_container else "the runner"
        yield f"{who} needs Python 3.11 with venv, or uv; without, the job only warns"
    if _unlocked(job, repository) and not _wants_lock(job, repository):
        changes = "a step of it changes Cargo.lock"
        why = changes if repository.lock_committed else "Cargo.lock is not committed"
        yield f"not held to the lock file: {why}"


def _wants_lock(job: Job, repository: Repository) -> bool:
    changes = any(call.changes_lock for step in job.steps for call in step.commands)
    return repository.lock_committed and not changes and _unlocked(job, repository)


def _unlocked(job: Job, repository: Repository) -> bool:
    """Whether a build of this workspace runs without `--locked`."""
    root = _root(job)
    return any(
        call.builds
        and not call.locked
        and repository.holds(_within(step.directory, root), call.manifest_dir)
        for step in job.steps
        for call in step.commands
    )


def _builds(step: Step, root: str, repository: Repository) -> bool:
    directory = _within(step.directory, root)
    return any(
        call.builds and repository.holds(directory, call.manifest_dir) for call in step.commands
    )


def _foreign_checkout(job: Job) -> str:
    """Why what it checks out, or where, is known only when it runs; "" where it is the event's own commit."""
    root = _root(job)
    if "${{" in root:
        return f"it checks out into `{root}`, known only when it runs"
    for step in job.steps:
        ref = step.inputs.get("ref", "") if step.is_checkout else ""
        parts = [part.strip() for found in _EXPRESSION.findall(ref) for part in found.split("||")]
        if not _OWN_REFS.issuperset(parts):
            return f"it checks out `{ref}`, which may be anybody's code: no cache for that"
    return ""


def _other_target(job: Job, repository: Repository, target: str) -> str:
    """The target directory that a build of a single step has to itself; "" where all build into `target`."""
    for i in builds(job, repository):
        step = job.steps[i]
        for call in step.commands:
            own = call.target_dir or step.env.get("CARGO_TARGET_DIR", "")
            if (
                call.builds
                and own
                and posixpath.normpath(posixpath.join(step.directory, own)) != target
            ):
                return own
    return ""


def _root(job: Job) -> str:
    """Where the job checks this repository out."""
    paths = (step.inputs.get("path", "") for step in job.steps if step.is_checkout)
    return posixpath.normpath(next(paths, "") or ".").removeprefix(".")


def _within(directory: str, root: str) -> str:
    """A directory of the runner's workspace as one of the checkout."""
    if root and (directory == root or directory.startswith(root + "/")):
        return directory.removeprefix(root).strip("/")
    return directory
