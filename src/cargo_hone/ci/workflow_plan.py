"""What `ci init` and `ci remove` would do to the repository's workflows: facts and texts in, a plan out."""

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cargo_hone import __version__
from cargo_hone.ci import cache_choice, repository, workflow_edit, workflow_files, workflow_new
from cargo_hone.ci.cache_choice import CacheChoice, CacheKind
from cargo_hone.ci.remote import Remote
from cargo_hone.ci.remote import parse as parse_remote
from cargo_hone.ci.repository import Repository
from cargo_hone.ci.workflow_files import WorkflowFile
from cargo_hone.ci.workflow_jobs import Decision, Integrate, Leave, Mode, decide
from cargo_hone.ci.workflow_steps import Sweeping
from cargo_hone.edit.refused import EditRefused
from cargo_hone.errors import UsageProblem
from cargo_hone.model import FileChange, Plan
from cargo_hone.quantity import parse_bytes
from cargo_hone.settings.model import Settings
from cargo_hone.workspace.facts import WorkspaceFacts

STEP = "ci"
TITLE = "cargo-hone in the pipeline"
_WHY = "the pipeline gets one cache that is swept before it is saved"
_WHY_NEW = "a pipeline that builds and tests, with one cache that is swept before it is saved"
_WHY_REMOVED = "what cargo-hone wrote goes"
UNPROVEN = (
    "The workflow has not run on GitHub yet: push it to a branch and look at its first two runs."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CiOptions:
    """What `ci init` was asked for. None or empty: what the settings say, all workflows, all jobs.

    `live_bytes` is what is alive in the target directory, for the choice of the cache.
    """

    cache: str | None = None
    sweeper: str | None = None
    workflow: Path | None = None
    jobs: tuple[str, ...] = ()
    live_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobDecision:
    """What becomes of one job: `mode` is None where it is left alone, then the only note says why."""

    workflow: Path
    job: str
    mode: Mode | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CiProposal:
    """The plan, the cache with its reason (None where nothing is changed), the jobs, and sentences to be said."""

    plan: Plan
    choice: CacheChoice | None
    jobs: tuple[JobDecision, ...]
    notes: tuple[str, ...]

    @property
    def decisions(self) -> tuple[str, ...]:
        """All decisions as sentences, for whoever puts them into a report."""
        said = [f"cache: {self.choice.kind}: {self.choice.reason}"] if self.choice else []
        for job in self.jobs:
            what = job.mode if job.mode is not None else "left alone"
            said.append(
                ": ".join(
                    [f"{job.workflow.name}, job `{job.job}`", what, "; ".join(job.notes)]
                ).rstrip(": ")
            )
        return tuple(said)


def plan_ci(
    facts: WorkspaceFacts,
    settings: Settings,
    options: CiOptions | None = None,
    *,
    place: Repository | None = None,
) -> CiProposal:
    """Plan what `ci init` writes. Only reads: the workflows, and what git says where `place` does not tell.

    Raises UsageProblem for a setting or an option that cannot be, EditRefused for a named workflow that is not YAML,
    Unavailable for one that cannot be read.
    """
    asked = options or CiOptions()
    place = place or repository.look(facts)
    package = _package(settings)
    sweeping = _sweeping(settings, asked)
    remote = parse_remote(settings.cache.remote) if settings.cache.remote else None
    notes: list[str] = [place.target_note] if place.target_note else []
    files = list(workflow_files.files(facts, asked.workflow, notes))
    if not any(workflow_files.has_builds(file, place) for file in files):
        new = workflow_files.new_file(files, place, asked.workflow, notes)
        files += [new] if new is not None else []
    choice = _choice(files, place, facts, settings, asked)
    changes: list[FileChange] = []
    jobs: list[JobDecision] = []
    for file in files:
        after = file.bare
        decided = decide(file.workflow, place, choice.kind, asked.jobs)
        for decision in decided:
            outcome, after = _edited(
                after, decision, file, place, package=package, sweeping=sweeping, remote=remote
            )
            jobs += [outcome] if outcome is not None else []
        if after != file.before:
            why = _WHY if file.before is not None else _WHY_NEW
            changes.append(
                FileChange(path=file.path, before=file.before, after=after, why=why, step=STEP)
            )
    _complain(asked, jobs)
    modes = {job.mode for job in jobs} - {None}
    notes += _notes(files, [change.path for change in changes], modes, remote)
    ours = bool(modes & {Mode.TARGET, Mode.SCCACHE})
    return CiProposal(
        plan=Plan(title=TITLE, changes=tuple(changes)),
        choice=choice if ours else None,
        jobs=tuple(jobs),
        notes=(*notes, UNPROVEN) if changes else tuple(notes),
    )


def plan_ci_removal(facts: WorkspaceFacts, workflow: Path | None = None) -> CiProposal:
    """Plan that our steps go from all workflows (or the named one), and a workflow of ours with them.

    Works from the files alone: in any clone, without the journal. Errors as those of `plan_ci`.
    """
    notes: list[str] = []
    changes: list[FileChange] = []
    for file in workflow_files.files(facts, workflow, notes):
        after: bytes | None = file.bare
        if workflow_new.is_unchanged(file.bare):
            after = None
        elif (rest := workflow_new.without_mark(file.bare)) != file.bare:
            after = rest
            notes.append(
                f"{file.path.name} was changed by others: only our steps go, the file stays"
            )
        if after != file.before:
            changes.append(
                FileChange(
                    path=file.path, before=file.before, after=after, why=_WHY_REMOVED, step=STEP
                )
            )
    plan = Plan(title="cargo-hone out of the pipeline", changes=tuple(changes))
    return CiProposal(plan=plan, choice=None, jobs=(), notes=tuple(notes))


def _choice(
    files: Iterable[WorkflowFile],
    place: Repository,
    facts: WorkspaceFacts,
    settings: Settings,
    asked: CiOptions,
) -> CacheChoice:
    present = {mode for file in files for mode in file.present}
    kinds = {Mode.TARGET: CacheKind.TARGET, Mode.SCCACHE: CacheKind.SCCACHE}
    legs = sum(
        decision.job.legs
        for file in files
        for decision in decide(file.workflow, place, CacheKind.TARGET, asked.jobs)
        if isinstance(decision, Integrate) and decision.mode is Mode.TARGET
    )
    return cache_choice.choose(
        asked.cache or settings.ci.cache,
        remote=settings.cache.remote,
        legs=legs,
        live_bytes=asked.live_bytes,
        packages=len(facts.metadata.packages),
        present=kinds[min(present)] if present else None,
    )


def _edited(
    source: bytes,
    decision: Decision,
    file: WorkflowFile,
    place: Repository,
    *,
    package: str,
    sweeping: Sweeping,
    remote: Remote | None,
) -> tuple[JobDecision | None, bytes]:
    name = decision.job.name
    match decision:
        case Leave(is_silent=True) if not decision.job.calls:
            return None, source
        case Leave():
            return _left(file, name, decision.reason), source
        case Integrate():
            pass
    try:
        after = workflow_edit.with_our_steps(
            source,
            decision,
            file.workflow,
            keyed_by="Cargo.lock" if place.lock_committed else "**/Cargo.toml",
            package=package,
            sweeping=sweeping,
            remote=remote,
            name=file.path.name,
        )
    except EditRefused as refused:
        return _left(file, name, refused.message), source
    if after == source:
        return _left(file, name, "; ".join([*decision.notes, "there is nothing to add"])), source
    return JobDecision(
        workflow=file.path, job=name, mode=decision.mode, notes=decision.notes
    ), after


def _left(file: WorkflowFile, job: str, reason: str) -> JobDecision:
    return JobDecision(workflow=file.path, job=job, mode=None, notes=(reason,))


def _package(settings: Settings) -> str:
    package = settings.ci.package.replace("{version}", __version__)
    if "${{" in package or not package.isprintable() or not package:
        raise UsageProblem(
            f"`ci.package` = {package!r} is not one requirement",
            next_step="write what `pip install` gets: cargo-hone=={version}, a URL, or a path",
        )
    return package


def _sweeping(settings: Settings, asked: CiOptions) -> Sweeping:
    thresholds = settings.disk.ci
    return Sweeping(
        sweeper=asked.sweeper or settings.ci.sweeper,
        max_size=thresholds.sweep,
        sweep_bytes=parse_bytes(thresholds.sweep),
        keep_bytes=parse_bytes(thresholds.warn),
    )


def _complain(asked: CiOptions, jobs: Iterable[JobDecision]) -> None:
    missing = sorted(set(asked.jobs) - {job.job for job in jobs})
    if missing:
        raise UsageProblem(
            f"no job `{missing[0]}` that builds with cargo",
            next_step="leave --job out to see which jobs there are",
        )


def _notes(
    files: Iterable[WorkflowFile],
    changed: Container[Path],
    modes: Container[Mode | None],
    remote: Remote | None,
) -> Iterator[str]:
    for file in files:
        missing = [
            what
            for what, is_there in (
                (
                    "`permissions` (`contents: read` is enough for what is added)",
                    file.workflow.has_permissions,
                ),
                ("`concurrency` group (superseded runs go on)", file.workflow.has_concurrency),
            )
            if not is_there
        ]
        if missing and file.path in changed and file.before is not None:
            yield f"{file.path.name} has no {' and no '.join(missing)}; that is left as it is"
    if remote is not None and Mode.SCCACHE in modes:
        names = ", ".join(remote.secrets)
        yield f"the repository needs the secrets {names}; pull requests from forks build without the cache"
