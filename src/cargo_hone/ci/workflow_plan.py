"""What `ci init` and `ci remove` would do to the repository's workflows: facts and texts in, a plan out."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cargo_hone import __version__
from cargo_hone.cache.remote import Remote
from cargo_hone.cache.remote import parse as parse_remote
from cargo_hone.ci import cache_choice, repository, workflow_edit, workflow_files, workflow_new
from cargo_hone.ci.cache_choice import CacheChoice, CacheKind
from cargo_hone.ci.repository import Repository
from cargo_hone.ci.workflow_files import WorkflowFile
from cargo_hone.ci.workflow_jobs import Decision, Integrate, Leave, Mode, builds, decide
from cargo_hone.ci.workflow_said import FROM_PYPI, beside, why
from cargo_hone.ci.workflow_steps import CARGO_SWEEP, Sweeping
from cargo_hone.edit.refused import EditRefused
from cargo_hone.errors import UsageProblem
from cargo_hone.model import FileChange, Plan
from cargo_hone.quantity import parse_bytes
from cargo_hone.settings.model import Ci, Settings
from cargo_hone.workspace.facts import WorkspaceFacts
from cargo_hone.workspace.pipeline import PipelineFiles

STEP = "ci"
TITLE = "cargo-hone in the pipeline"
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
    """The plan, the cache with its reason (None where nothing is changed), the jobs, and sentences to be said.

    `keeps`: whether steps of ours save to GitHub's cache after it; None where not all workflows were read.
    """

    plan: Plan
    choice: CacheChoice | None
    jobs: tuple[JobDecision, ...]
    notes: tuple[str, ...]
    keeps: bool | None = None

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
    notes: list[str] = [*([place.target_note] if place.target_note else []), *place.guesses]
    files = list(workflow_files.files(facts.pipeline, asked.workflow, notes))
    unread = set() if asked.workflow else {*facts.pipeline.workflows} - {f.path for f in files}
    if not any(workflow_files.has_builds(file, place) for file in files):
        if unread:
            notes.append("nothing is written beside a workflow that cannot be read: it may build")
        else:
            new = workflow_files.new_file(files, place, asked.workflow, notes)
            files += [new] if new is not None else []
    choice = _choice(files, place, facts, settings, asked)
    changes: list[FileChange] = []
    jobs: list[JobDecision] = []
    keeps = False
    for file in files:
        after = file.before if file.before is not None else file.bare
        outcomes: list[JobDecision] = []
        for decision in decide(file.workflow, place, choice.kind, asked.jobs):
            outcome, after = _edited(
                after, decision, file, place, package=package, sweeping=sweeping, remote=remote
            )
            outcomes += [outcome] if outcome is not None else []
        if after != file.before:
            change = FileChange(
                path=file.path,
                before=file.before,
                after=after,
                why=why(is_new=file.before is None, modes=modes_of(outcomes)),
                step=STEP,
            )
            changes.append(change)
        jobs += outcomes
        keeps |= workflow_edit.keeps_on_github(after, name=file.path.name)
    _complain(asked, files, place)
    modes = modes_of(jobs)
    notes += beside(files, [change.path for change in changes], modes, remote)
    installs = bool(changes and modes) and sweeping.sweeper != CARGO_SWEEP
    notes += [FROM_PYPI] if installs and settings.ci.package == Ci().package else []
    ours = bool(modes & {Mode.TARGET, Mode.SCCACHE})
    return CiProposal(
        plan=Plan(title=TITLE, changes=tuple(changes)),
        choice=choice if ours else None,
        jobs=tuple(jobs),
        notes=(*notes, UNPROVEN) if changes else tuple(notes),
        keeps=None if (asked.workflow or unread) and not keeps else keeps,
    )


def plan_ci_removal(pipeline: PipelineFiles, workflow: Path | None = None) -> CiProposal:
    """Plan that our steps go from all workflows (or the named one), and a workflow of ours with them.

    Works from the files alone: in any clone, without the journal. Errors as those of `plan_ci`.
    """
    notes: list[str] = []
    changes: list[FileChange] = []
    for file in workflow_files.files(pipeline, workflow, notes):
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
    kinds = {
        Mode.TARGET: CacheKind.TARGET,
        Mode.SCCACHE: CacheKind.SCCACHE,
        Mode.NONE: CacheKind.NONE,
    }
    legs = 0
    present: set[Mode] = set()
    for file in files:
        for decision in decide(file.workflow, place, CacheKind.TARGET, asked.jobs):
            if isinstance(decision, Integrate) and decision.mode is Mode.TARGET:
                legs += decision.job.legs
                present |= {file.present.get(decision.job.name, Mode.THEIR_TARGET)}
        # A job that could have no cache anyway says nothing of a wish for none.
        present |= set(file.present.values()) - {Mode.NONE}
    return cache_choice.choose(
        asked.cache or settings.ci.cache,
        remote=settings.cache.remote,
        legs=legs,
        live_bytes=asked.live_bytes,
        packages=len(facts.metadata.packages),
        present=next((kind for mode, kind in kinds.items() if mode in present), None),
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
        case Leave(keeps=True, is_silent=True) if not decision.job.calls:
            return None, source
        case Leave(keeps=True):
            return _left(file, name, decision.reason), source
        case Leave() | Integrate():
            bare = workflow_edit.without_our_steps(source, name=file.path.name, jobs={name})
    if isinstance(decision, Leave):
        return _left(file, name, decision.reason), bare
    try:
        after = workflow_edit.with_our_steps(
            bare,
            decision,
            file.workflow,
            keyed_by=_keyed_by(file, place),
            package=package,
            sweeping=sweeping,
            remote=remote,
            name=file.path.name,
        )
    except EditRefused as refused:
        return _left(file, name, refused.message), bare
    if after == bare:
        return _left(file, name, "; ".join([*decision.notes, "there is nothing to add"])), bare
    return JobDecision(
        workflow=file.path, job=name, mode=decision.mode, notes=decision.notes
    ), after


def modes_of(jobs: Iterable[JobDecision]) -> set[Mode]:
    """What the jobs get, taken together."""
    return {job.mode for job in jobs if job.mode is not None}


def _keyed_by(file: WorkflowFile, place: Repository) -> tuple[str, ...]:
    """Patterns, from the checkout's root, of what decides what is built: which crates, with what, by which commands.

    The older entry that the prefix of the key finds serves as a start where one of these has changed.
    """
    lock = (f"{place.workspace}/Cargo.lock".lstrip("/"),) if place.lock_committed else ()
    own = f".github/workflows/{file.path.name}"
    return (*lock, "**/Cargo.toml", "**/rust-toolchain*", "**/.cargo/config*", own)


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


def _complain(asked: CiOptions, files: Iterable[WorkflowFile], place: Repository) -> None:
    known = {
        job.name for file in files for job in file.workflow.jobs if job.calls or builds(job, place)
    }
    missing = sorted(set(asked.jobs) - known)
    if missing:
        names = ", ".join(f"`{name}`" for name in sorted(known)) or "none"
        raise UsageProblem(
            f"no job `{missing[0]}` that builds with cargo",
            next_step=f"jobs that do, and may be named with --job: {names}",
        )
