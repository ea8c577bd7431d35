"""`CARGO_INCREMENTAL=1` on a runner."""

from collections.abc import Iterator

from cargo_hone.doctor.facts import Facts
from cargo_hone.doctor.finding import Confidence, Finding, Fix, Rule, Set, Severity
from cargo_hone.doctor.job_caches import wraps_sccache
from cargo_hone.doctor.workflow import Job, Variable

_NAME = "CARGO_INCREMENTAL"


def _check(facts: Facts) -> Iterator[Finding]:
    seen: set[tuple[object, ...]] = set()
    wrapper = next((f.value("build", "rustc-wrapper") for f in facts.committed), None)
    for workflow in facts.documents.workflows:
        for job in workflow.jobs:
            # A runner of one's own may keep its directories; with sccache HONE002 says more.
            if job.is_self_hosted or wraps_sccache(job, wrapper):
                continue
            for variable in job.variables(_NAME):
                where = (workflow.file.path, variable.way)
                if variable.value in {"1", "true"} and where not in seen:
                    seen.add(where)
                    yield _finding(job, variable)


def _finding(job: Job, variable: Variable) -> Finding:
    fix = Fix(
        title=f"set {_NAME} to 0",
        is_safe=True,
        edits=(job.file.edited(Set(way=variable.way, value=0)),),
    )
    return Finding(
        rule=RULE,
        severity=Severity.WARNING,
        confidence=Confidence.LIKELY,
        place=job.file.place(variable.way),
        message="incremental compilation is switched on in the pipeline",
        why="after a checkout every source file is newer than the artifacts, so each crate is compiled anyway; saving"
        " the state for a next edit pays where there is a next edit",
        cost="slower compilations, a larger target directory, and a larger cache of it",
        help=fix.title,
        fix=fix,
    )


RULE = Rule(
    id="HONE016",
    name="incremental-in-pipeline",
    title="CARGO_INCREMENTAL=1 in the pipeline",
    check=_check,
)
