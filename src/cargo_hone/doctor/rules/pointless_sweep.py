"""A sweep on a runner where nothing was restored."""

from collections.abc import Iterator

from cargo_hone.doctor.facts import Facts
from cargo_hone.doctor.finding import Confidence, Finding, Fix, Remove, Rule, Severity
from cargo_hone.doctor.sweeping import is_sweep
from cargo_hone.doctor.workflow import Job, Step


def _check(facts: Facts) -> Iterator[Finding]:
    for workflow in facts.documents.workflows:
        for job in workflow.jobs:
            if job.may_keep_directories or _may_have_restored(job):
                continue
            for step, command in job.commands:
                if is_sweep(command) and not step.id.startswith("hone-"):
                    fix = _fix(step)
                    yield Finding(
                        rule=RULE,
                        severity=Severity.WARNING,
                        confidence=Confidence.LIKELY,
                        place=step.command_place(command),
                        message=f"the job `{job.name}` sweeps a target directory that it has just filled",
                        why="the runner begins empty, and no step restores a target directory",
                        cost="the time of the sweep (and of installing its tool), for nothing",
                        help="cache the target directory (`cargo hone ci init`), or take the sweep out",
                        fix=fix,
                    )


def _may_have_restored(job: Job) -> bool:
    """Whether any step could bring a target directory: a cache, an artifact, an action that is not read here."""
    return job.file.at((*job.way, "container", "volumes")) is not None or any(
        word in step.uses.lower()
        for step in job.steps
        for word in ("cache", "restore", "artifact", "setup-rust", "./")
    )


def _fix(step: Step) -> Fix | None:
    """Take the step out, where all that it does is to sweep and nothing asks for its outcome."""
    lines = [line.strip() for line in step.run.splitlines() if line.strip()]
    if len(lines) != len(step.commands) or step.id:
        return None
    if not all(is_sweep(c) or c.subcommand in {"install", "binstall"} for c in step.commands):
        return None
    return Fix(
        title="take the step out",
        is_safe=True,
        edits=(step.file.edited(Remove(way=step.way)),),
    )


RULE = Rule(
    id="HONE006",
    name="pointless-sweep",
    title="a sweep on a runner where nothing was restored",
    check=_check,
)
