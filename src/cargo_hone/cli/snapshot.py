"""`cargo hone snapshot`: target directories as content-true snapshots."""

import click

from cargo_hone.cli.lazy import LazyGroup


@click.group(
    "snapshot",
    cls=LazyGroup,
    elsewhere={
        "save": ("snapshot_save", "keep what was built here"),
        "restore": ("snapshot_restore", "bring it back, into this checkout or another"),
        "list": ("snapshot_list", "what is kept"),
        "verify": ("snapshot_verify", "read all of it, and find what is damaged"),
        "push": ("snapshot_push", "send it to where other machines can get it"),
        "pull": ("snapshot_pull", "get it from there"),
        "prune": ("snapshot_prune", "keep it below its cap"),
    },
)
def command() -> None:
    """Keep a built target directory, and bring it back into any checkout of the project.

    A fresh checkout then builds in the time of a copy: cargo compiles what really changed, and nothing else.
    """
