"""The key of a cached target directory without the lock file."""

from collections.abc import Iterator

from cargo_hone.doctor.facts import Facts
from cargo_hone.doctor.finding import Confidence, Finding, Fix, Rule, Set, Severity
from cargo_hone.doctor.job_caches import is_cache_action, target_caches
from cargo_hone.doctor.workflow import Step

_HASH = "${{ hashFiles('**/Cargo.lock') }}"


def _check(facts: Facts) -> Iterator[Finding]:
    for workflow in facts.documents.workflows:
        for job in workflow.jobs:
            for cache in target_caches(job):
                if cache.step is None or not is_cache_action(cache.step):
                    continue
                key = cache.step.inputs.get("key", "")
                if key and not _changes_with_lock(key):
                    yield _finding(cache.step, key)


def _changes_with_lock(key: str) -> bool:
    """Whether the key has the lock file in it, or something that changes more often, or that is not known here."""
    words = ("cargo.lock", "**/*.lock", "github.sha", "github.run_id", "steps.", "env.", "inputs.")
    return any(word in key.lower() for word in words)


def _finding(step: Step, key: str) -> Finding:
    way = (*step.way, "with", "key")
    fix = Fix(
        title=f"end the key in -{_HASH}",
        is_safe=True,
        edits=(step.file.edited(Set(way=way, value=f"{key}-{_HASH}")),),
    )
    return Finding(
        rule=RULE,
        severity=Severity.WARNING,
        confidence=Confidence.CERTAIN,
        place=step.file.place(way),
        message="the key of the cached target directory does not change with Cargo.lock",
        why="GitHub never writes a key twice: what was saved first is restored for ever, however old it is",
        cost="every dependency updated since is compiled in every run",
        help=fix.title,
        fix=fix,
    )


RULE = Rule(
    id="HONE014",
    name="key-without-lock",
    title="a cached target directory whose key does not change with Cargo.lock",
    check=_check,
)
