"""sccache and incremental compilation where nothing can hit."""

from collections.abc import Iterator

from cargo_hone.cache import shim
from cargo_hone.doctor.env_table import env_value
from cargo_hone.doctor.facts import Facts
from cargo_hone.doctor.finding import (
    Add,
    Confidence,
    Elsewhere,
    Finding,
    Fix,
    Place,
    Remove,
    Rule,
    Set,
    Severity,
)
from cargo_hone.doctor.incremental import NAME, in_scripts
from cargo_hone.doctor.incremental import ON as _ON
from cargo_hone.doctor.job_caches import SETS_INCREMENTAL_OFF, wraps_sccache
from cargo_hone.doctor.remote_cache import is_shared_with_developers
from cargo_hone.doctor.workflow import Job

_REFUSES = "sccache cannot cache incremental units, and refuses to run where CARGO_INCREMENTAL is 1"
_NEVER = "sccache cannot cache incremental units, and the dev profile is incremental unless told otherwise"


def _check(facts: Facts) -> Iterator[Finding]:
    setting = facts.configuration.setting("build", "rustc-wrapper")
    wrapper = setting.value if setting is not None else None
    if "sccache" in str(wrapper or ""):
        yield from _here(facts, str(wrapper))
    said: set[Place | Elsewhere] = set()
    for workflow in facts.documents.workflows:
        for job in workflow.jobs:
            if wraps_sccache(job, _in_files(facts)):
                # A variable of the whole workflow is one mistake, not one a job.
                found = [one for one in _in_job(facts, job) if one.place not in said]
                said.update(one.place for one in found)
                yield from found


def _here(facts: Facts, wrapper: str) -> Iterator[Finding]:
    # The shim steps aside where the variable is set: the builds go on, without a cache.
    cost = (
        "nothing is cached" if wrapper.endswith(shim.RELATIVE_PATH) else "every call of rustc fails"
    )
    if facts.env.get(NAME) in _ON:
        yield _finding(
            Elsewhere(name=f"variable {NAME}"),
            f"{NAME} is {facts.env[NAME]} in your environment, and {wrapper} is the wrapper",
            _REFUSES,
            cost,
            None,
        )
    for file in facts.documents.cargo:
        if env_value(file, NAME) in _ON:
            fix = Fix(
                title=f"take {NAME} out of [env]; incremental is the dev profile's default",
                is_safe=True,
                edits=(file.edited(Remove(way=("env", NAME))),),
            )
            place = file.place("env", NAME)
            message = f"[env] sets {NAME} = 1, and {wrapper} is the wrapper"
            yield _finding(place, message, _REFUSES, cost, fix)


def _in_job(facts: Facts, job: Job) -> Iterator[Finding]:
    found = tuple(job.variables(NAME))
    for variable in found:
        if variable.value in _ON:
            fix = Fix(
                title=f"set {NAME} to 0",
                is_safe=True,
                edits=(job.file.edited(Set(way=variable.way, value=0)),),
            )
            message = (
                f"the job `{job.name}` compiles through sccache with {NAME} = {variable.value}"
            )
            place = job.file.place(variable.way)
            yield _finding(
                place,
                message,
                _REFUSES,
                "every call of rustc fails, or nothing is cached",
                fix,
            )
    for written in in_scripts(job):
        yield _finding(
            written.place,
            f"the job `{job.name}` compiles through sccache, and a script of it sets {NAME} to 1",
            _REFUSES,
            "every call of rustc fails, or nothing is cached",
            written.fix,
        )
    if not found and _is_incremental(facts, job):
        fix = Fix(
            title=f"set {NAME} to 0 for the job",
            is_safe=True,
            edits=(job.file.edited(_added(job)),),
        )
        yield _finding(
            job.file.place(job.way),
            f"the job `{job.name}` compiles through sccache, and its own crates incrementally",
            _NEVER,
            "the workspace's own crates are compiled anew each time; only dependencies hit",
            fix,
            severity=Severity.WARNING,
        )


def _is_incremental(facts: Facts, job: Job) -> bool:
    """Whether it builds the dev profile, and nothing that is known turns incremental compilation off."""
    if job.uses(*SETS_INCREMENTAL_OFF) or any(NAME in step.run for step in job.steps):
        return False
    if is_shared_with_developers(facts):
        return False  # A variable of its own would keep the job from hitting what developers built.
    profile = facts.dev_profile("incremental")
    settled = facts.configuration.setting("build", "incremental")
    if (profile is not None and profile[0] is False) or (settled and settled.value is False):
        return False
    return any(
        command.builds and not {"--release", "-r", "--profile"} & set(command.arguments)
        for _, command in job.commands
    )


def _added(job: Job) -> Set | Add:
    if job.file.at((*job.way, "env")) is None:
        return Add(way=(*job.way, "env"), text=f"{NAME}: 0\n", before="steps")
    return Set(way=(*job.way, "env", NAME), value=0)


def _in_files(facts: Facts) -> object:
    """The wrapper that the repository's own files name: it holds on a runner, too."""
    found = (file.value("build", "rustc-wrapper") for file in facts.committed)
    return next((value for value in found if value is not None), None)


def _finding(
    place: Place | Elsewhere,
    message: str,
    why: str,
    cost: str,
    fix: Fix | None,
    *,
    severity: Severity = Severity.ERROR,
) -> Finding:
    is_sure = severity is Severity.ERROR
    return Finding(
        rule=RULE,
        severity=severity,
        confidence=Confidence.CERTAIN if is_sure else Confidence.LIKELY,
        place=place,
        message=message,
        why=why,
        cost=cost,
        help=fix.title
        if fix is not None
        else f"unset {NAME}; `[build] incremental = true` is fine",
        fix=fix,
    )


RULE = Rule(
    id="HONE002",
    name="incremental-with-cache",
    title="sccache together with incremental compilation, where nothing can hit",
    check=_check,
)
