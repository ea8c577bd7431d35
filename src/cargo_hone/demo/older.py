"""Giving the demonstration workspace a past: a target directory with the artifacts of an older commit."""

from collections.abc import Callable, Mapping

from cargo_hone import proc
from cargo_hone.demo import repository
from cargo_hone.demo.assembly import DemoWorkspace
from cargo_hone.errors import BuildFailed

# What somebody had been working on then; all of it would take as long as a clean build of today.
_PACKAGES = ("--package", "mdbook-core", "--package", "tower-http")


def build_older_target(
    workspace: DemoWorkspace, *, env: Mapping[str, str], progress: Callable[[str], None]
) -> None:
    """Build a part of the workspace's first commit in its own target directory, then come back to the newest.

    Nothing is done when there is a target directory already. Changes of the work tree must have been committed or
    dropped before. Raises BuildFailed when cargo fails; the newest commit is checked out again in any case.
    """
    if (workspace.root / "target").exists():
        return
    progress("building an older commit, as somebody did some weeks ago")
    repository.check_out(workspace.root, workspace.older_commit, env=env)
    try:
        built = proc.run(
            ["cargo", "build", *_PACKAGES, "--locked", "--offline", "--quiet"],
            cwd=workspace.root,
            env=env,
        )
    finally:
        repository.return_to_main(workspace.root, workspace.head_commit, env=env)
    if built.returncode != 0:
        raise BuildFailed(
            "the older commit of the demonstration workspace does not build",
            next_step="see cargo's output; its packages need rustc 1.88 or newer and a C linker (cc)",
            detail=built.stderr.decode(errors="replace"),
        )
