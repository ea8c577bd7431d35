"""The key of a cached target directory without the toolchain."""

import re
from collections.abc import Iterator

from cargo_hone.doctor.cache_key import expressions, is_unknown
from cargo_hone.doctor.facts import Facts
from cargo_hone.doctor.finding import Confidence, Finding, Fix, Rule, Set, Severity
from cargo_hone.doctor.job_caches import is_cache_action, target_caches
from cargo_hone.doctor.workflow import Job, Step

_TELLS = frozenset({"dtolnay/rust-toolchain", "actions-rust-lang/setup-rust-toolchain"})
"""Actions with an output `cachekey`, a hash of the compiler's version."""
_NAMES = re.compile(r"toolchain|rustc|rust|cachekey|channel|version|msrv|nightly", re.IGNORECASE)
_RELEASE = re.compile(r"(?<![\d.])1\.\d{2,}|nightly-\d")


def _check(facts: Facts) -> Iterator[Finding]:
    for workflow in facts.documents.workflows:
        for job in workflow.jobs:
            for cache in target_caches(job):
                if cache.step is None or not is_cache_action(cache.step):
                    continue
                key = cache.step.inputs.get("key", "")
                if key and not _names_toolchain(key):
                    yield _finding(facts, job, cache.step, key)


def _names_toolchain(key: str) -> bool:
    """Whether an expression of the key has to do with the toolchain, is not known here, or changes all the time."""
    names = (_NAMES.search(text) for text in expressions(key))
    return is_unknown(key) or bool(_RELEASE.search(key)) or any(names)


def _finding(facts: Facts, job: Job, step: Step, key: str) -> Finding:
    way = (*step.way, "with", "key")
    part = _part(facts, job, step)
    fix = None
    if part is not None:
        edit = Set(way=way, value=f"{key}-${{{{ {part} }}}}")
        fix = Fix(
            title=f"end the key in -${{{{ {part} }}}}",
            is_safe=True,
            edits=(step.file.edited(edit),),
        )
    return Finding(
        rule=RULE,
        severity=Severity.WARNING,
        confidence=Confidence.LIKELY,
        place=step.file.place(way),
        message="the key of the cached target directory does not change with the toolchain",
        why="after an update of Rust nothing in the restored directory can be used, and what is built then is not"
        " saved: GitHub never writes a key twice",
        cost="every run compiles everything, beside gigabytes that it has restored for nothing",
        help=fix.title
        if fix is not None
        else "put the compiler's version into the key: the output of a step that runs `rustc -V`",
        fix=fix,
    )


def _part(facts: Facts, job: Job, step: Step) -> str | None:
    """What in an expression stands for the toolchain here; None where nothing does yet."""
    if facts.documents.toolchain_file is not None:
        return f"hashFiles('{facts.documents.toolchain_file}')"
    for earlier in job.steps[: step.index]:
        if earlier.uses.lower() in _TELLS and earlier.id:
            return f"steps.{earlier.id}.outputs.cachekey"
    return None


RULE = Rule(
    id="HONE015",
    name="key-without-toolchain",
    title="a cached target directory whose key does not change with the toolchain",
    check=_check,
)
