"""`CARGO_*` variables that the pipeline has and developers have not, where both use one sccache."""

from collections.abc import Iterator

from cargo_hone.doctor.env_table import env_value
from cargo_hone.doctor.facts import Facts
from cargo_hone.doctor.finding import Confidence, Finding, Fix, Remove, Rule, Severity
from cargo_hone.doctor.remote_cache import is_shared_with_developers, uses_remote
from cargo_hone.doctor.workflow import Job, Variable

# sccache hashes every other CARGO_* variable (0.16, seen; its source, `rust.rs`, names these).
_NOT_HASHED = ("CARGO_MAKEFLAGS", "CARGO_REGISTRIES_", "CARGO_REGISTRY_", "CARGO_BUILD_JOBS")
_INCREMENTAL = "CARGO_INCREMENTAL"
_OTHERWISE = "say `cargo --config build.incremental=false …` in the workflow instead: an option is not hashed"


def _check(facts: Facts) -> Iterator[Finding]:
    if not is_shared_with_developers(facts):
        return
    seen: set[tuple[object, ...]] = set()
    for workflow in facts.documents.workflows:
        for job in workflow.jobs:
            if not uses_remote(job, facts) or not any(c.builds for _, c in job.commands):
                continue
            for name, variable in _hashed(job):
                where = (workflow.file.path, variable.way)
                if where not in seen and variable.value != _developers(facts, name):
                    seen.add(where)
                    yield _finding(facts, job, name, variable)


def _hashed(job: Job) -> Iterator[tuple[str, Variable]]:
    tables = (job.env, *(step.env for step in job.steps))
    for table in tables:
        for name, variable in table.items():
            if name.startswith("CARGO_") and not name.startswith(_NOT_HASHED):
                yield name, variable


def _developers(facts: Facts, name: str) -> str | None:
    """What a developer's build has: this machine's environment, or what the repository's files set."""
    in_files = (env_value(file, name) for file in facts.committed)
    return facts.env.get(name) or next((value for value in in_files if value is not None), None)


def _finding(facts: Facts, job: Job, name: str, variable: Variable) -> Finding:
    theirs = _developers(facts, name)
    fix = Fix(
        title=f"take {name} out of the workflow; as an option, `--config KEY=VALUE`, it would not be hashed",
        is_safe=False,
        edits=(job.file.edited(Remove(way=variable.way)),),
    )
    return Finding(
        rule=RULE,
        severity=Severity.WARNING,
        confidence=Confidence.LIKELY,
        place=job.file.place(variable.way),
        message=f"{name} is `{variable.value}` in the pipeline,"
        f" {'not set' if theirs is None else f'`{theirs}`'} for developers, and they share an sccache",
        why="sccache hashes every CARGO_* variable into what it looks up",
        cost="nothing that the pipeline compiled hits for developers, and nothing of theirs for it",
        # Without it the pipeline would compile incrementally, which sccache cannot cache at all.
        help=fix.title if name != _INCREMENTAL else _OTHERWISE,
        fix=fix if name != _INCREMENTAL else None,
    )


RULE = Rule(
    id="HONE010",
    name="diverging-variables",
    title="CARGO_* variables that differ between the pipeline and developers who share an sccache",
    check=_check,
)
