"""`cargo hone sweep`: give disk space back, the dead first, as much as was asked for."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cargo_hone.cargo import metadata
from cargo_hone.cli.duration import Duration
from cargo_hone.cli.invocation import Invocation, with_invocation
from cargo_hone.cli.size import Size
from cargo_hone.errors import UsageProblem

if TYPE_CHECKING:
    from cargo_hone.cli.sweep_asked import Asked


@click.command("sweep")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@click.option("-r", "--recursive", is_flag=True, help="All target directories below PATH.")
@click.option("--max-size", type=Size(), help="What the target directory may take: 10G.")
@click.option("--min-free", type=Size(), help="What its disk must have free: 20G.")
@click.option("--older-than", type=Duration(), help="Take what no build compiled since: 14d.")
@click.option(
    "--live",
    multiple=True,
    metavar="COMMAND",
    help='Keep exactly what this uses, and build it first: "build --workspace" (repeatable).',
)
@click.option("--verify", is_flag=True, help="Show afterwards that nothing must be compiled again.")
@click.option("--auto", is_flag=True, help="Apply the thresholds of .config/hone.toml; never asks.")
@click.option("--watch", type=Duration(), help="With --auto: stay, and look again every 10m.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("-n", "--dry-run", is_flag=True, help="Show what would go; delete nothing.")
@with_invocation
def command(
    invocation: Invocation,
    *,
    paths: tuple[Path, ...],
    recursive: bool,
    max_size: int | None,
    min_free: int | None,
    older_than: float | None,
    live: tuple[str, ...],
    verify: bool,
    auto: bool,
    watch: float | None,
    yes: bool,
    dry_run: bool,
) -> int:
    """Delete what is provably dead in this workspace's target directory, and more where a budget asks for it.

    Dead is what no build of this workspace can use any more: units of settings, versions and packages that have
    gone, superseded incremental sessions, files without a fingerprint. A budget then takes incremental sessions,
    and at last live units, always with all that stands on them, those first that are compiled again in the least
    time; it says beforehand how long that will take. cargo's own locks are held.

    PATH is a workspace or a target directory; each gets the same budget for itself. With -r it is any directory,
    and all target directories below share one budget.
    """
    if not (paths or recursive or live or verify or auto or watch is not None):
        # Nothing of that can be refused: cargo is asked at once, and works while the rest is imported.
        manifest = invocation.manifest()
        with metadata.asked(manifest, env=invocation.env, flags=invocation.flags) as here:
            from cargo_hone.cli import sweep_asked, sweep_named  # noqa: PLC0415

            budget = sweep_asked.budget(max_size, min_free, older_than)
            asked = sweep_asked.Asked(budget=budget, yes=yes, dry_run=dry_run)
            return sweep_named.run(invocation, asked, here)
    from cargo_hone.cli import sweep_asked  # noqa: PLC0415

    asked = sweep_asked.Asked(
        paths=paths,
        budget=sweep_asked.budget(max_size, min_free, older_than),
        live=sweep_asked.live(live),
        verify=verify,
        yes=yes,
        dry_run=dry_run,
    )
    _refuse_what_does_not_go_together(asked, recursive=recursive, auto=auto, watch=watch)
    if auto:
        from cargo_hone.cli import sweep_auto  # noqa: PLC0415

        return sweep_auto.run(invocation, paths, every_s=watch, dry_run=dry_run)
    for path in paths:
        if not path.is_dir():
            raise UsageProblem(
                f"there is no directory {path}",
                next_step="name a workspace's directory or a target directory",
            )
    if not recursive:
        from cargo_hone.cli import sweep_named  # noqa: PLC0415

        return sweep_named.run(invocation, asked)
    from cargo_hone.cli import sweep_many  # noqa: PLC0415 - 15 ms, for many target directories only

    return sweep_many.run(invocation, asked)


def _refuse_what_does_not_go_together(
    asked: "Asked", *, recursive: bool, auto: bool, watch: float | None
) -> None:
    """Raise UsageProblem."""
    if auto and asked.budget is not None:
        raise UsageProblem(
            "--auto takes its thresholds from the settings, not from --max-size, --min-free or --older-than",
            next_step="leave those out, or leave --auto out",
        )
    if auto and (recursive or asked.live or asked.verify):
        raise UsageProblem(
            "--auto goes with none of -r, --live and --verify",
            next_step="leave those out, or leave --auto out",
        )
    if watch is not None and not auto:
        raise UsageProblem("--watch goes with --auto only", next_step="add --auto")
    if recursive and (asked.live or asked.verify):
        raise UsageProblem(
            "--live and --verify are about the commands of one workspace, -r is about many",
            next_step="sweep that workspace by itself: cargo hone sweep PATH --live COMMAND",
        )
    if asked.dry_run and (asked.live or asked.verify):
        raise UsageProblem(
            "--live and --verify may have to build, and -n never does",
            next_step="leave -n out: without --yes the plan is shown, and nothing is deleted before you say so",
        )
