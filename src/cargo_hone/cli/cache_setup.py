"""`cargo hone cache setup`: the files that lead builds to the compiler cache, and its cap."""

from pathlib import Path
from typing import Any

import click

from cargo_hone.cache import configuration as sccache_configuration
from cargo_hone.cache import scope
from cargo_hone.cache.capacity import Capacity, parse
from cargo_hone.cache.listener import is_listening
from cargo_hone.cache.sccache import Sccache
from cargo_hone.cache.setup import Ask, Setup, prepare
from cargo_hone.cache.setup_engine import chosen
from cargo_hone.cache.shared import is_holder, others
from cargo_hone.cache.wiring import server
from cargo_hone.cli import cache_place
from cargo_hone.cli.cache import sentence
from cargo_hone.cli.carry_out import Offer, carry_out
from cargo_hone.cli.invocation import Format, Invocation, with_invocation
from cargo_hone.cli.size import Size
from cargo_hone.edit.journal import Journal
from cargo_hone.edit.plan import shown
from cargo_hone.edit.recover import recover
from cargo_hone.errors import Busy, Exit, Unavailable
from cargo_hone.settings.model import Cache
from cargo_hone.ui.recovered import tell_recovered


@click.command("setup")
@click.option(
    "--scope",
    type=click.Choice([one.value for one in scope.Scope]),
    help="For the repository, or for you alone; found out if not given.",
)
@click.option(
    "--cache-size", type=Size(), help="The cap: 10G (10⁹ bytes each), 10GiB. [cache.size]"
)
@click.option("--remote", default="", metavar="URL", help="Go on from this machine. [cache.remote]")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("-n", "--dry-run", is_flag=True, help="Show the plan; change nothing.")
@with_invocation
def command(invocation: Invocation, yes: bool, dry_run: bool, **given: Any) -> int:
    """Lead this repository's builds, or all of yours, through sccache, and keep its store below a cap.

    A build works without sccache too, only slower. What you have in sccache's own file stays, and `cargo hone undo`
    restores the bytes.
    """
    place = cache_place.find(invocation)
    if not dry_run:
        # Before the plan is made: it starts from what the files hold now.
        journal = Journal(invocation.state_dir(place.keeper))
        tell_recovered(recover(journal), invocation.console)
    engine = Sccache()
    around = scope.look(place.root, here=Path.cwd(), env=invocation.env)
    ask = Ask(
        scope=scope.Scope(given["scope"]) if given["scope"] else None,
        capacity=parse(f"{given['cache_size']}") if given["cache_size"] is not None else None,
        default=place.default,
        is_default_set=place.settings.cache.size != Cache().size,
        remote=given["remote"] or place.settings.cache.remote,
        is_team_remote=not given["remote"],
    )
    setup = prepare(around, ask, chosen(engine, invocation.env))
    for caution in setup.cautions:
        invocation.console.error(caution, label="warning")
    shared = _shared(invocation, setup, place.keeper)
    offer = Offer(
        plan=setup.plan,
        schema="cache-setup",
        sentences=(*setup.sentences, *shared),
        head={
            "scope": setup.choice.scope.value,
            "why": setup.choice.why,
            "engine": {
                "path": str(setup.engine.path),
                "version": setup.engine.version,
                "found": setup.engine.origin,
            },
            "cap_bytes": setup.capacity.size_bytes,
            "cautions": list(setup.cautions),
            "shared": list(shared),
        },
    )
    code = carry_out(invocation, offer, root=place.keeper, yes=yes, dry_run=dry_run)
    if code == Exit.OK and not dry_run:
        _renew(invocation, setup, engine, place.default)
        if setup.plan.changes and invocation.format is Format.PLAIN:
            invocation.console.print(_next(setup, place.root))
    return code


def _next(setup: Setup, root: Path | None) -> str:
    """What is left to do: the repository's files are of use to others only when they are committed."""
    ours = [
        change.path for change in setup.plan.changes if root and change.path.is_relative_to(root)
    ]
    files = " and ".join(shown(path, root=root) for path in ours if root)
    commit = f"commit {files}, then " if files else ""
    return f"next: {commit}`cargo hone cache check` proves that builds reach the cache"


def _shared(invocation: Invocation, setup: Setup, keeper: Path) -> tuple[str, ...]:
    """Say which machine-wide file the `undo` of another workspace takes away, since it cannot know of this one."""
    base = invocation.state_dir(keeper).parent
    paths = (
        sccache_configuration.path(invocation.env),
        sccache_configuration.pointer_path(invocation.env),
    )
    changed = {change.path for change in setup.plan.changes}
    if setup.shim in changed or is_holder(base, invocation.env, keeper):
        return ()  # then that `undo` leaves them
    return tuple(
        f"{shown(path, root=keeper)} was written by the setup in {other}: `cargo hone undo` there takes that back for"
        " all; then run this again"
        for path in paths
        if path not in changed
        for other in others(base, path, besides=keeper)
    )


def _renew(invocation: Invocation, setup: Setup, engine: Sccache, default: Capacity) -> None:
    """A server that runs with what was configured before is restarted; none is started."""
    env = invocation.env
    if not is_listening(env):
        return
    renew = sccache_configuration.path(env) in {change.path for change in setup.plan.changes}
    try:
        became = server.ensure(engine, env, default, renew=renew)
    except (Busy, Unavailable) as problem:
        # The files are written, and hold from the next start on.
        invocation.console.error(f"{problem.message}; {problem.next_step}", label="warning")
        return
    if invocation.format is Format.PLAIN:
        invocation.console.print(sentence(became))
    else:
        invocation.console.note(sentence(became))
