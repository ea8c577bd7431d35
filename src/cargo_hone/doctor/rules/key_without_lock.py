"""The key of a cached target directory without the lock file."""

from collections.abc import Iterator

from cargo_hone.doctor.cache_key import hashes, is_unknown
from cargo_hone.doctor.facts import Facts
from cargo_hone.doctor.finding import Confidence, Finding, Fix, Rule, Set, Severity
from cargo_hone.doctor.job_caches import is_cache_action, target_caches
from cargo_hone.doctor.workflow import Step

_LOCK = "Cargo.lock"


def _check(facts: Facts) -> Iterator[Finding]:
    # Without a lock file in the repository the manifests are what says which versions there may be.
    name = _LOCK if facts.documents.has_lock else "Cargo.toml"
    for workflow in facts.documents.workflows:
        for job in workflow.jobs:
            for cache in target_caches(job):
                if cache.step is None or not is_cache_action(cache.step):
                    continue
                key = cache.step.inputs.get("key", "")
                if key and not is_unknown(key) and not (hashes(key, name) or hashes(key, _LOCK)):
                    yield _finding(cache.step, key, name)


def _finding(step: Step, key: str, name: str) -> Finding:
    way = (*step.way, "with", "key")
    part = f"${{{{ hashFiles('**/{name}') }}}}"
    fix = Fix(
        title=f"end the key in -{part}",
        is_safe=True,
        edits=(step.file.edited(Set(way=way, value=f"{key}-{part}")),),
    )
    return Finding(
        rule=RULE,
        severity=Severity.WARNING,
        confidence=Confidence.CERTAIN,
        place=step.file.place(way),
        message=f"the key of the cached target directory does not change with {name}",
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
