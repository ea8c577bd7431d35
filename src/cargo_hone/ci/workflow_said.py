"""What is said of the workflows as a whole: why a file changes, and what its readers should know beside it."""

from collections.abc import Collection, Container, Iterable, Iterator
from pathlib import Path

from cargo_hone.cache.remote import Remote
from cargo_hone.ci.workflow_files import WorkflowFile
from cargo_hone.ci.workflow_jobs import Mode

_WHY = {
    Mode.TARGET: "the pipeline gets one cache that is swept before it is saved",
    Mode.SCCACHE: "the pipeline gets sccache as its one cache",
    Mode.THEIR_TARGET: "the pipeline's own cache is swept before it is saved",
    Mode.THEIR_SCCACHE: "the pipeline is held to the lock file and says what its own cache did",
    Mode.NONE: "the pipeline is held to the lock file and says what it built; it gets no cache",
}
_WHY_NEW = "a pipeline that builds and tests: "
_WHY_OUT = "what an earlier `ci init` wrote goes from jobs that are left alone now"
FROM_PYPI = (
    "the jobs install cargo-hone from PyPI by that name: if you install it from elsewhere, say so in"
    " `ci.package`"
)


def why(*, is_new: bool, modes: Collection[Mode]) -> str:
    """What a changed file gains, by the most that one of its jobs gets."""
    gained = next((text for mode, text in _WHY.items() if mode in modes), _WHY_OUT)
    return _WHY_NEW + gained if is_new else gained


def beside(
    files: Iterable[WorkflowFile],
    changed: Container[Path],
    modes: Container[Mode],
    remote: Remote | None,
) -> Iterator[str]:
    """Yield what changed workflows lack, and what a remote cache needs."""
    for file in files:
        missing = [
            what
            for what, is_there in (
                (
                    "`permissions` (`contents: read` is enough for what is added)",
                    file.workflow.has_permissions,
                ),
                ("`concurrency` group (superseded runs go on)", file.workflow.has_concurrency),
            )
            if not is_there
        ]
        if missing and file.path in changed and file.before is not None:
            yield f"{file.path.name} has no {' and no '.join(missing)}; that is left as it is"
    if remote is not None and remote.secrets and Mode.SCCACHE in modes:
        names = ", ".join(remote.secrets)
        yield f"the repository needs the secrets {names}; pull requests from forks build without the cache"
        for file in files:
            if "workflow_call" in file.workflow.triggers.events:
                yield f"workflows that call {file.path.name} must pass these secrets (`secrets: inherit`)"
