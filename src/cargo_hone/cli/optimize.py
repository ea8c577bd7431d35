"""`cargo hone optimize`: the main job, end to end."""

import json
import shlex
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from cargo_hone.cache import capacity
from cargo_hone.cache.engines import DEFAULT, ENGINES, engine_named
from cargo_hone.cargo import metadata
from cargo_hone.cli.duration import Duration
from cargo_hone.cli.invocation import Format, Invocation, with_invocation
from cargo_hone.coordination import run as coordination
from cargo_hone.edit.apply import apply
from cargo_hone.edit.journal import Journal
from cargo_hone.edit.plan import shown
from cargo_hone.edit.recover import recover
from cargo_hone.errors import Exit, UsageProblem
from cargo_hone.events import to_all
from cargo_hone.history.database import open_history
from cargo_hone.optimize import Ended, optimize
from cargo_hone.optimize.proposal import Proposal, propose
from cargo_hone.optimize.request import Request
from cargo_hone.optimize.rollback import take_back_unproven
from cargo_hone.quantity import parse_bytes
from cargo_hone.report.export import build_optimization
from cargo_hone.report.line import Line
from cargo_hone.report.screen import Ending, screen
from cargo_hone.settings import read as settings
from cargo_hone.ui.confirm import confirmed
from cargo_hone.ui.progress import Progress
from cargo_hone.ui.recovered import tell_recovered

_NEXT = "look through `git diff`, then commit: the pipeline and your team get the same"


@click.command("optimize")
@click.option("--quick", is_flag=True, help="The fewest samples that allow a verdict.")
@click.option(
    "--budget", type=Duration(), default="30m", show_default=True, help="Time for measuring."
)
@click.option(
    "--cache",
    type=click.Choice([engine.name for engine in ENGINES]),
    default=DEFAULT.name,
    show_default=True,
    help="The compiler cache that is set up; its rivals are only measured.",
)
@click.option("--cache-size", help="The compiler cache's cap (default: cache.size, 10G).")
@click.option("--disk-threshold", help="What target may take (default: disk.warn, 10G).")
@click.option(
    "--ci/--no-ci",
    "pipeline",
    default=None,
    help="Change workflows and devcontainer too (default: where there are some).",
)
@click.option(
    "--scratch-dir", type=click.Path(path_type=Path), help="Where the scratch copy is made."
)
@click.option(
    "--demo", is_flag=True, help="On the demonstration workspace of 24 crates; implies --yes."
)
@click.option(
    "--demo-dir", type=click.Path(path_type=Path), help="Where the demonstration is assembled."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("-n", "--dry-run", is_flag=True, help="Show the plan; build nothing, change nothing.")
@with_invocation
def command(invocation: Invocation, **options: Any) -> int:
    """Measure this workspace, change what pays, prove it, report it.

    Builds in a scratch copy to measure; then, in your own tree, writes what was shown to pay (the plan with its
    diff is shown first), builds and tests it, sweeps what is dead in your target directory, and writes
    docs/BUILD-OPTIMIZATION.md. `cargo hone undo` takes all of it back.
    """
    _require_default(options["cache"])
    if not options["demo"]:
        return _run(invocation, invocation.env, invocation.manifest(), options)
    if options["dry_run"]:
        raise UsageProblem(
            "--demo assembles and builds a workspace, which --dry-run must not",
            next_step="leave one of the two out",
        )
    if invocation.manifest_path is not None:
        raise UsageProblem(
            "--demo brings its own workspace, and --manifest-path names another",
            next_step="leave one of the two out",
        )
    with _demonstration(invocation, options["demo_dir"]) as (env, root):
        code = _run(invocation, env, root / "Cargo.toml", {**options, "yes": True})
    if invocation.format is Format.PLAIN:
        invocation.console.print(f"demo workspace: {root}")
    return code


def _require_default(name: str) -> None:
    """Refuse to set up a rival: what it takes is not in a repository's files, or a build without it would fail."""
    rival = engine_named(name)
    if rival is not None and rival.name != DEFAULT.name:
        raise UsageProblem(
            f"cargo-hone does not set up {name}: {rival.meaning}",
            next_step=f"type by hand: {rival.by_hand}; where {name} is installed,"
            f" `cargo hone optimize` measures it beside {DEFAULT.name}",
        )


def _run(
    invocation: Invocation, env: Mapping[str, str], manifest: Path, options: Mapping[str, Any]
) -> int:
    console = invocation.console
    root = metadata.workspace_root(manifest, env=env)
    state_dir = invocation.state_dir(root)
    journal = Journal(state_dir)
    chosen = settings.read(root, env)
    request = Request(
        manifest=manifest,
        env=env,
        flags=invocation.flags,
        unproven=state_dir / "unproven",
        capacity_given=options["cache_size"] is not None,
        capacity=capacity.parse(options["cache_size"] or chosen.cache.size),
        quick=options["quick"],
        budget_s=options["budget"],
        disk_threshold_bytes=parse_bytes(options["disk_threshold"] or chosen.disk.warn),
        scratch_parent=options["scratch_dir"],
        command=shlex.join(["cargo", "hone", *_arguments()]),
        seed=time.time_ns() % 2**31,
        settings=chosen,
        pipeline=options["pipeline"],
    )
    progress = Progress(console)
    if not options["dry_run"]:
        tell_recovered(recover(journal), console)
        take_back_unproven(request.unproven, journal=journal, root=root, emit=progress)
    proposal = propose(request)
    _show(proposal, invocation, to_out=options["dry_run"])
    if options["dry_run"]:
        return int(Exit.FINDINGS if proposal.plan.changes else Exit.OK)
    if not proposal.plan.changes and not proposal.tried:
        return int(Exit.OK)
    if not options["yes"] and not confirmed(console, "Go ahead?"):
        return int(Exit.FINDINGS)
    if not proposal.tried:
        apply(proposal.plan, journal=journal, root=root)
        for change in proposal.plan.changes:
            console.print(f"written  {shown(change.path, root=root)}")
        return int(Exit.OK)
    try:
        with (
            open_history(state_dir) as database,
            coordination.begin(
                chosen.coordination,
                root=root,
                state_dir=state_dir,
                env=env,
                note=console.note,
                offline=invocation.offline,
            ) as told,
        ):
            emit = to_all((progress, told.emit))
            ended = optimize(proposal, database=database, journal=journal, emit=emit)
            told.measured(ended.run)
    finally:
        progress.close()
    _present(ended, proposal, invocation)
    return int(Exit.OK)


def _arguments() -> list[str]:
    words = sys.argv[1:]
    return words[1:] if words[:1] == ["hone"] else words


def _show(proposal: Proposal, invocation: Invocation, *, to_out: bool) -> None:
    """The plan: what will be tried, what is settled, what will be built where, and the diff."""
    console = invocation.console
    facts = proposal.facts
    if invocation.format is Format.JSON and to_out:
        console.print(json.dumps(_plan_as_json(proposal), indent=2, ensure_ascii=False))
        return
    members = len(facts.metadata.members)
    rows = [
        f"Workspace {facts.root}: {members} crates, {len(facts.metadata.packages)} packages in all"
    ]
    rows += [f"  try      {lever.title}" for lever in proposal.tried]
    rows += [
        f"  beside   {rival.engine.name} {rival.location.version}, a rival of sccache: measured, not set up"
        for rival in proposal.rivals
    ]
    rows += [f"  {row.standing}: {row.title}: {row.reason}" for row in proposal.settled]
    rows += [f"  {kept.outcome.name}: {note}" for kept in proposal.pipeline for note in kept.notes]
    rows += [f"  note     {caution}" for caution in proposal.cautions]
    if proposal.tried:
        rows += [
            "Plan",
            "  1 build and test your tree as it is",
            "  2 measure in a scratch copy beside it, each variant against the others",
            "  3 write those of the changes below that were shown to pay; what keeps them in the pipeline is",
            "    written in any case, and not measured",
            "  4 build and test your tree again, compare test by test; your compiler cache is filled by this build,",
            "    and gets what was compiled for measuring",
            f"  5 sweep what is dead in {facts.target_dir}",
            f"  6 write {', '.join(shown(path, root=facts.root) for path in proposal.documents())}",
        ]
    elif proposal.plan.changes:
        rows.append("Nothing is left to measure; the files below keep the gain elsewhere.")
    else:
        rows.append("Nothing to change. `cargo hone report` shows the last measurement.")
    for row in rows:
        if to_out:
            console.print(row)
        else:
            console.err.write(row + "\n")
    if proposal.plan.changes:
        console.diff(proposal.diff, to_err=not to_out, long=invocation.verbose)


def _plan_as_json(proposal: Proposal) -> dict[str, object]:
    root = proposal.facts.root
    return {
        "schema": "cargo-hone/optimize/v1",
        "dry_run": True,
        "workspace": str(root),
        "tries": [{"name": lever.name, "title": lever.title} for lever in proposal.tried],
        "rivals": [
            {"name": rival.engine.name, "version": rival.location.version}
            for rival in proposal.rivals
        ],
        "settled": [
            {"name": row.name, "standing": row.standing, "reason": row.reason}
            for row in proposal.settled
        ],
        "pipeline": [
            {
                "name": kept.outcome.name,
                "standing": kept.outcome.standing,
                "reason": kept.outcome.reason,
                "notes": list(kept.notes),
            }
            for kept in proposal.pipeline
        ],
        "cautions": list(proposal.cautions),
        "changes": [
            {"path": shown(change.path, root=root), "why": change.why, "step": change.step}
            for change in proposal.plan.changes
        ],
        "diff": proposal.diff,
    }


def _present(ended: Ended, proposal: Proposal, invocation: Invocation) -> None:
    if invocation.format is Format.JSON:
        exported = {**build_optimization(ended.run), "schema": "cargo-hone/optimize/v1"}
        invocation.console.print(json.dumps(exported, indent=2, ensure_ascii=False))
        return
    root = proposal.facts.root
    pages = f"{shown(ended.page, root=root)}   {shown(ended.html, root=root)}"
    ending = Ending(report=pages, next_command=_NEXT)
    invocation.console.lines([Line(pieces=()), *screen(ended.run, ending)])


@contextmanager
def _demonstration(
    invocation: Invocation, wanted: Path | None
) -> Iterator[tuple[Mapping[str, str], Path]]:
    """The demonstration workspace with a state as somebody's on a Monday, and a cache of its own."""
    from cargo_hone.demo.demonstration import demonstration  # noqa: PLC0415 - only here

    with demonstration(
        wanted,
        env=invocation.env,
        state_dir=invocation.state_dir,
        progress=invocation.console.note,
    ) as prepared:
        yield prepared.env, prepared.root
