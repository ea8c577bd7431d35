"""`CARGO_*` variables that the pipeline has and developers have not, where both use one sccache."""

from collections.abc import Iterator

from cargo_hone.doctor.env_table import env_value
from cargo_hone.doctor.facts import Facts
from cargo_hone.doctor.finding import (
    Confidence,
    Elsewhere,
    Finding,
    Fix,
    Place,
    Remove,
    Rule,
    Severity,
)
from cargo_hone.doctor.remote_cache import is_shared_with_developers, uses_remote
from cargo_hone.doctor.workflow import Job, Variable

# sccache hashes every other CARGO_* variable (0.16, seen; its source, `rust.rs`, names these).
_NOT_HASHED = ("CARGO_MAKEFLAGS", "CARGO_REGISTRIES_", "CARGO_REGISTRY_", "CARGO_BUILD_JOBS")
# What rustup and cargo set themselves, for everybody or for each crate.
_NOT_CHOSEN = ("CARGO_HOME", "CARGO_MANIFEST_", "CARGO_PKG_", "CARGO_CRATE_", "CARGO_PRIMARY_")
_INCREMENTAL = "CARGO_INCREMENTAL"
_OTHERWISE = "say `cargo --config build.incremental=false …` in the workflow instead: an option is not hashed"


def _check(facts: Facts) -> Iterator[Finding]:
    if not is_shared_with_developers(facts):
        return
    seen: set[tuple[object, ...]] = set()
    jobs = [
        job
        for workflow in facts.documents.workflows
        for job in workflow.jobs
        if uses_remote(job, facts) and any(command.builds for _, command in job.commands)
    ]
    for job in jobs:
        for name, variable in _hashed(job):
            where = (job.file.path, variable.way)
            if where not in seen and variable.value != _developers(facts, name):
                seen.add(where)
                yield _in_pipeline(facts, job, name, variable)
    if jobs:
        theirs = {name for job in jobs for name, _ in _hashed(job)}
        yield from (_here(facts, name) for name in _own(facts) if name not in theirs)


def _hashed(job: Job) -> Iterator[tuple[str, Variable]]:
    tables = (job.env, *(step.env for step in job.steps))
    for table in tables:
        for name, variable in table.items():
            if _is_hashed(name):
                yield name, variable


def _own(facts: Facts) -> Iterator[str]:
    """The variables of this shell that are hashed, and that no file of the repository gives the pipeline as well."""
    for name, value in sorted(facts.env.items()):
        in_files = (env_value(file, name) for file in facts.committed)
        if _is_hashed(name) and value and not name.startswith(_NOT_CHOSEN) and not any(in_files):
            yield name


def _is_hashed(name: str) -> bool:
    return name.startswith("CARGO_") and not name.startswith(_NOT_HASHED)


def _developers(facts: Facts, name: str) -> str | None:
    """What a developer's build has: this machine's environment, or what the repository's files set."""
    in_files = (env_value(file, name) for file in facts.committed)
    return facts.env.get(name) or next((value for value in in_files if value is not None), None)


def _in_pipeline(facts: Facts, job: Job, name: str, variable: Variable) -> Finding:
    theirs = _developers(facts, name)
    fix = Fix(
        title=f"take {name} out of the workflow; as an option, `--config KEY=VALUE`, it would not be hashed",
        is_safe=False,
        edits=(job.file.edited(Remove(way=variable.way)),),
    )
    is_needed = (
        name == _INCREMENTAL
    )  # Else the pipeline would compile so that sccache cannot cache at all.
    return _finding(
        job.file.place(variable.way),
        f"{name} is `{variable.value}` in the pipeline,"
        f" {'not set' if theirs is None else f'`{theirs}`'} for developers, and they share an sccache",
        _OTHERWISE if is_needed else fix.title,
        None if is_needed else fix,
    )


def _here(facts: Facts, name: str) -> Finding:
    return _finding(
        Elsewhere(name=f"variable {name}"),
        f"{name} is `{facts.env[name]}` in your environment, not set in the pipeline, and they share an sccache",
        f"unset {name}; what it says may stand in ~/.cargo/config.toml, which is not hashed",
        None,
    )


def _finding(place: Place | Elsewhere, message: str, advice: str, fix: Fix | None) -> Finding:
    return Finding(
        rule=RULE,
        severity=Severity.WARNING,
        confidence=Confidence.LIKELY,
        place=place,
        message=message,
        why="sccache hashes every CARGO_* variable into what it looks up",
        cost="nothing that the pipeline compiled hits for developers, and nothing of theirs for it",
        help=advice,
        fix=fix,
    )


RULE = Rule(
    id="HONE010",
    name="diverging-variables",
    title="CARGO_* variables that differ between the pipeline and developers who share an sccache",
    check=_check,
)
