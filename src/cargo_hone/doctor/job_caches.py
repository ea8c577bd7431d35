"""What a job keeps from one run to the next: a target directory, compilations."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from cargo_hone.doctor.workflow import Job, Step, Variable

SWITCHES = {
    "swatinem/rust-cache": "cache-targets",
    "actions-rust-lang/setup-rust-toolchain": "cache",
    "moonrepo/setup-rust": "cache",
}
"""Actions that cache the target directory unless this input says no."""
ALWAYS = frozenset({"leafwing-studios/cargo-cache"})
"""Actions that cache the target directory, and have no input against it (its action.yml)."""
SETS_INCREMENTAL_OFF = frozenset(
    {
        *(
            "dtolnay/rust-toolchain",
            "actions-rust-lang/setup-rust-toolchain",
            "swatinem/rust-cache",
        ),
    }
)
"""Actions that set CARGO_INCREMENTAL=0 for the steps after them where it is not set (their READMEs)."""
WRAPPERS = ("RUSTC_WRAPPER", "CARGO_BUILD_RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER")
_CACHE_ACTIONS = ("actions/cache", "actions/cache/restore", "actions/cache/save")


class CacheKind(StrEnum):
    """What is kept."""

    TARGET = "target directory"
    COMPILATIONS = "compilations"


@dataclass(frozen=True, kw_only=True)
class JobCache:
    """One cache of a job. `paths` are the lines of its `path` input, where it has one."""

    kind: CacheKind
    step: Step | None
    variable: Variable | None = None
    paths: tuple[str, ...] = ()


def caches(job: Job) -> Iterator[JobCache]:
    """Yield the caches that the job's steps and variables set up, as far as the file tells."""
    for name in WRAPPERS:
        variable = job.env.get(name)
        if variable is not None and "sccache" in variable.value:
            yield JobCache(kind=CacheKind.COMPILATIONS, step=None, variable=variable)
    for step in job.steps:
        yield from _of_step(step)


def target_caches(job: Job) -> tuple[JobCache, ...]:
    """The caches of target directories."""
    return tuple(cache for cache in caches(job) if cache.kind is CacheKind.TARGET)


def wraps_sccache(job: Job, wrapper: object) -> bool:
    """Whether rustc runs through sccache in this job; `wrapper` is what cargo's configuration files name."""
    switched_off = any(job.env[name].value == "" for name in WRAPPERS[:2] if name in job.env)
    in_files = "sccache" in str(wrapper or "") and not switched_off
    return in_files or any(
        cache.kind is CacheKind.COMPILATIONS and _wraps(cache) for cache in caches(job)
    )


def is_cache_action(step: Step) -> bool:
    """Whether it is GitHub's own cache action, in one piece or in two."""
    return step.uses.lower() in _CACHE_ACTIONS


def is_target(path: str) -> bool:
    """Whether a line of a `path` input is, or lies in, a directory called `target`."""
    plain = path.strip().replace("${{ github.workspace }}/", "").removeprefix("./")
    return not plain.startswith(("!", "~", "#")) and "target" in plain.rstrip("/*").split("/")


def _of_step(step: Step) -> Iterator[JobCache]:
    action = step.uses.lower()
    paths = tuple(line for line in step.inputs.get("path", "").split("\n") if line.strip())
    switch = SWITCHES.get(action)
    if action in ALWAYS or (switch is not None and step.inputs.get(switch) != "false"):
        yield JobCache(kind=CacheKind.TARGET, step=step)
    elif is_cache_action(step) and any(is_target(path) for path in paths):
        yield JobCache(kind=CacheKind.TARGET, step=step, paths=paths)
    elif is_cache_action(step) and any("sccache" in path for path in paths):
        yield JobCache(kind=CacheKind.COMPILATIONS, step=step, paths=paths)
    if action == "mozilla-actions/sccache-action":
        yield JobCache(kind=CacheKind.COMPILATIONS, step=step)
    for name in WRAPPERS:
        variable = step.env.get(name)
        if variable is not None and "sccache" in variable.value:
            yield JobCache(kind=CacheKind.COMPILATIONS, step=step, variable=variable)
        elif "sccache" in step.run and f"{name}=" in step.run:
            yield JobCache(kind=CacheKind.COMPILATIONS, step=step)


def _wraps(cache: JobCache) -> bool:
    """Whether this makes sccache the wrapper; installing it, or keeping its directory, does not."""
    step = cache.step
    if cache.variable is not None or step is None:
        return True
    return any(f"{name}=" in step.run for name in WRAPPERS)
