"""sccache and a cached target directory in one job."""

from collections.abc import Iterator

from cargo_hone.doctor.facts import Facts
from cargo_hone.doctor.finding import (
    Confidence,
    Edit,
    Finding,
    Fix,
    Place,
    Remove,
    Rule,
    Severity,
    Splice,
)
from cargo_hone.doctor.job_caches import (
    ALWAYS,
    SWITCHES,
    CacheKind,
    JobCache,
    caches,
    is_target,
)
from cargo_hone.doctor.workflow import Job, Step


def _check(facts: Facts) -> Iterator[Finding]:
    for workflow in facts.documents.workflows:
        for job in workflow.jobs:
            found = tuple(caches(job))
            compilations = [cache for cache in found if cache.kind is CacheKind.COMPILATIONS]
            for cache in found:
                if cache.kind is CacheKind.TARGET and cache.step is not None and compilations:
                    yield _finding(job, cache.step, cache)


def _finding(job: Job, step: Step, cache: JobCache) -> Finding:
    title = (
        "keep the compilations and stop caching the target directory (or the other way round:"
        " `cargo hone ci init` weighs them)"
    )
    fix = None
    if step.uses.lower() not in ALWAYS:
        fix = Fix(title=title, is_safe=False, edits=(_without_target(step, cache),))
    return Finding(
        rule=RULE,
        severity=Severity.WARNING,
        confidence=Confidence.CERTAIN,
        place=step.place,
        message=f"the job `{job.name}` caches its target directory, and compiles through sccache",
        why="both hold the same compilations; on GitHub they share a quota of 10 GB and evict each other",
        cost="the time to pack, send and unpack what the other cache has as well",
        help=title,
        fix=fix,
    )


def _without_target(step: Step, cache: JobCache) -> Edit:
    path = step.file.path
    action = step.uses.lower()
    if action in SWITCHES:
        return step.with_input(SWITCHES[action], "false")
    others = [line for line in cache.paths if not is_target(line)]
    if not others:
        return step.file.edited(Remove(way=step.way))
    # The first line that names the target; a second one is found when the rules look again.
    first = next(line for line in cache.paths if is_target(line))
    number = step.inputs["path"].split("\n").index(first)
    place = step.file.script_place((*step.way, "with", "path"), number, first)
    whole = step.file.source.lines[place.line - 1] + "\n"
    return Splice(place=Place(path=path, line=place.line, column=1), old=whole, new="")


RULE = Rule(
    id="HONE003",
    name="two-caches",
    title="two caches at once: sccache and a cached target directory in one job",
    check=_check,
)
