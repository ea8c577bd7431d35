"""What all snapshot commands need: the checkout, its target directory, the store."""

import time
from pathlib import Path

from cargo_hone.cargo import metadata
from cargo_hone.cli.invocation import Invocation
from cargo_hone.errors import Unavailable, UsageProblem
from cargo_hone.quantity import parse_bytes
from cargo_hone.report import figures
from cargo_hone.settings.model import Settings
from cargo_hone.settings.read import read
from cargo_hone.snapshot.prune import prune, store_bytes
from cargo_hone.snapshot.remote import Remote, parse
from cargo_hone.snapshot.store import Store, default_root, open_store
from cargo_hone.snapshot.transfers import Progress

LOCK_WAIT_S = 10.0
_PROGRESS_S = 2.0


def store_at(given: Path | None) -> Store:
    """Open the store that is meant."""
    return open_store(given if given is not None else default_root())


def settings_here(invocation: Invocation) -> Settings:
    """The settings of the workspace here; the defaults (and the environment's) outside of one."""
    try:
        root = metadata.workspace_root(invocation.manifest(), env=invocation.env)
    except UsageProblem:
        root = Path.cwd()
    return read(root, invocation.env)


def cap_bytes(invocation: Invocation) -> int:
    """What the store may take."""
    return parse_bytes(settings_here(invocation).snapshot.max_size)


def keep_below_cap(invocation: Invocation, store: Store, settings: Settings) -> None:
    """After something was added: let go what was not used for the longest time."""
    limit = parse_bytes(settings.snapshot.max_size)
    if store_bytes(store) > limit:
        gone = prune(store, max_bytes=limit)
        invocation.console.note(
            f"the store was above {figures.size(limit)}: {len(gone.snapshots)} snapshots went"
        )


def remote_at(
    invocation: Invocation, settings: Settings, given: str | None, *, reads: bool = False
) -> Remote:
    """Open the remote that is meant. Raises UsageProblem where none is; Unavailable.

    Who only `reads` makes no directory: one that is not there is a name that was written wrongly.
    """
    url = given or settings.snapshot.remote
    if not url:
        raise UsageProblem(
            "no remote is named",
            next_step="name one: --remote s3://BUCKET/PREFIX, or `remote` in [snapshot] of .config/hone.toml",
        )
    address = parse(url, invocation.env)
    if reads and address.service == "fs" and not Path(address.options["root"]).is_dir():
        raise Unavailable(
            f"there is no directory {address.shown}",
            next_step="check the name; `cargo hone snapshot push` makes it",
        )
    return Remote(address)


def progress_on(invocation: Invocation) -> Progress:
    """Say now and then how far a transfer is."""
    last_s = time.monotonic()

    def show(done: int, total: int, moved_bytes: int) -> None:
        nonlocal last_s
        if time.monotonic() - last_s > _PROGRESS_S:
            last_s = time.monotonic()
            invocation.console.note(f"{done} of {total} contents, {figures.size(moved_bytes)}")

    return show
