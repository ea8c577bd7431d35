"""`CARGO_INCREMENTAL=1` on a runner."""

from collections.abc import Iterator

from cargo_hone.doctor.facts import Facts
from cargo_hone.doctor.finding import Confidence, Finding, Fix, Place, Rule, Set, Severity
from cargo_hone.doctor.incremental import NAME, ON, in_scripts
from cargo_hone.doctor.job_caches import wraps_sccache
from cargo_hone.doctor.workflow import Job

_KEEPS_TIMES = ("mtime", "hone snapshot restore")
"""What gives sources their old times back: then there is a state that a build goes on from."""


def _check(facts: Facts) -> Iterator[Finding]:
    seen: set[tuple[object, ...]] = set()
    wrapper = next((f.value("build", "rustc-wrapper") for f in facts.committed), None)
    for workflow in facts.documents.workflows:
        for job in workflow.jobs:
            # A runner of one's own may keep its directories; with sccache HONE002 says more.
            if job.may_keep_directories or _keeps_times(job) or wraps_sccache(job, wrapper):
                continue
            for variable in job.variables(NAME):
                where = (workflow.file.path, variable.way)
                if variable.value in ON and where not in seen:
                    seen.add(where)
                    edit = job.file.edited(Set(way=variable.way, value=0))
                    fix = Fix(title=f"set {NAME} to 0", is_safe=True, edits=(edit,))
                    yield _finding(job.file.place(variable.way), fix)
            for written in in_scripts(job):
                yield _finding(written.place, written.fix)


def _keeps_times(job: Job) -> bool:
    return any(
        word in text
        for step in job.steps
        for text in (step.uses, step.run)
        for word in _KEEPS_TIMES
    )


def _finding(place: Place, fix: Fix | None) -> Finding:
    return Finding(
        rule=RULE,
        severity=Severity.WARNING,
        confidence=Confidence.LIKELY,
        place=place,
        message="incremental compilation is switched on in the pipeline",
        why="after a checkout every source file is newer than the artifacts, so each crate is compiled anyway; saving"
        " the state for a next edit pays where there is a next edit",
        cost="slower compilations, a larger target directory, and a larger cache of it",
        help=f"set {NAME} to 0",
        fix=fix,
    )


RULE = Rule(
    id="HONE016",
    name="incremental-in-pipeline",
    title="CARGO_INCREMENTAL=1 in the pipeline",
    check=_check,
)
