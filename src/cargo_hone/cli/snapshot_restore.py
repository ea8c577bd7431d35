"""`cargo hone snapshot restore`: bring a built target directory into this checkout."""

from pathlib import Path
from types import ModuleType

import click

from cargo_hone.cli.invocation import Invocation, with_invocation
from cargo_hone.cli.snapshot_here import here, with_store
from cargo_hone.errors import Exit


@click.command("restore")
@click.argument("snapshot", default="")
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="Take what is built in this other checkout.",
)
@click.option("--pull", is_flag=True, help="First fetch the best snapshot that the remote has.")
@click.option("--remote", metavar="URL", help="Where --pull fetches from. [snapshot.remote]")
@click.option("--check", is_flag=True, help="Build, and compare with what was foreseen.")
@click.option("--copy", is_flag=True, help="Copy files instead of linking those that may be.")
@with_store
@with_invocation
def command(
    invocation: Invocation,
    *,
    snapshot: str,
    source: Path | None,
    pull: bool,
    remote: str | None,
    check: bool,
    copy: bool,
    store: Path | None,
) -> int:
    """Bring the best snapshot, or SNAPSHOT, into this checkout's target directory.

    The best is of the same machine and flags, and nearest to the commit that is checked out. Sources whose content is
    the recorded one get their recorded times back, all others the time of now, so that cargo compiles what changed.
    """

    def load() -> ModuleType:
        from cargo_hone.cli import snapshot_restoring  # noqa: PLC0415 - while cargo works

        return snapshot_restoring

    found = here(invocation, meanwhile=load)
    done: Exit = load().restored(
        invocation,
        found,
        snapshot=snapshot,
        source=source,
        pull=pull,
        remote=remote,
        check=check,
        copy=copy,
        store=store,
    )
    return int(done)
