"""`cargo hone ci`: what was gained, in the pipeline."""

from pathlib import Path
from typing import Any

import click

from cargo_hone.cargo import metadata
from cargo_hone.ci.live_size import live_bytes
from cargo_hone.ci.whole import plan_pipeline, plan_pipeline_removal
from cargo_hone.ci.workflow_plan import CiOptions, CiProposal
from cargo_hone.cli.carry_out import Offer, carry_out
from cargo_hone.cli.invocation import Invocation, with_invocation
from cargo_hone.cli.lazy import LazyGroup
from cargo_hone.edit.plan import shown
from cargo_hone.settings.read import read
from cargo_hone.workspace.facts import look


@click.group(
    "ci",
    cls=LazyGroup,
    elsewhere={
        "summary": ("ci_summary", "what this job's target directory, sweep and cache came to"),
        "gate": ("ci_gate", "fail where the target directory or the build has grown too much"),
        "prune": ("ci_prune", "delete caches of GitHub Actions that nobody needs"),
    },
)
def command() -> None:
    """Put what was gained into the pipeline, keep it there, or take it out again."""


@command.command("init", short_help="put an installation, one cache and a sweep into the workflows")
@click.option(
    "--cache",
    type=click.Choice(["auto", "target", "sccache", "none"]),
    help="What is kept from run to run. [ci.cache]",
)
@click.option(
    "--sweeper", type=click.Choice(["cargo-hone", "cargo-sweep"]), help="Who sweeps. [ci.sweeper]"
)
@click.option(
    "--workflow", type=click.Path(path_type=Path), help="Only this file; a new one where none is."
)
@click.option("--job", "jobs", multiple=True, metavar="ID", help="Only this job (repeatable).")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("-n", "--dry-run", is_flag=True, help="Show the plan; change nothing.")
@with_invocation
def init(invocation: Invocation, yes: bool, dry_run: bool, **asked: Any) -> int:
    """Add steps to the jobs that build with cargo; write a workflow where there is none.

    Each job gets cargo-hone (where it cannot be installed the job goes on with plain cargo), one cache, a sweep before
    the cache is saved, and a summary. Nothing else changes, a second run changes nothing, and `cargo hone ci remove`
    restores the bytes.
    """
    facts = look(invocation.manifest(), env=invocation.env, flags=invocation.flags)
    settings = read(facts.root, invocation.env)
    is_open = (asked["cache"] or settings.ci.cache) == "auto" and not settings.cache.remote
    workflow: Path | None = asked["workflow"]
    options = CiOptions(
        cache=asked["cache"],
        sweeper=asked["sweeper"],
        workflow=workflow.absolute() if workflow is not None else None,
        jobs=asked["jobs"],
        live_bytes=live_bytes(facts) if is_open else None,
    )
    proposal = plan_pipeline(facts, settings, options)
    offer = _offer(proposal, "ci-init", facts.root)
    return carry_out(invocation, offer, root=facts.root, yes=yes, dry_run=dry_run)


@command.command("remove", short_help="take them out of the workflows again")
@click.option("--workflow", type=click.Path(path_type=Path), help="Only this file.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("-n", "--dry-run", is_flag=True, help="Show the plan; change nothing.")
@with_invocation
def remove(invocation: Invocation, workflow: Path | None, yes: bool, dry_run: bool) -> int:
    """Take out what `init` added, whoever ran it: the files alone are enough."""
    # Without its dependencies: what was written can be taken out while the registry is not to be reached.
    flags = (*invocation.flags, "--no-deps")
    root = metadata.read(invocation.manifest(), env=invocation.env, flags=flags).workspace_root
    named = workflow.absolute() if workflow is not None else None
    proposal = plan_pipeline_removal(root, named)
    offer = _offer(proposal, "ci-remove", root)
    return carry_out(invocation, offer, root=root, yes=yes, dry_run=dry_run)


def _offer(proposal: CiProposal, schema: str, root: Path) -> Offer:
    choice = proposal.choice
    return Offer(
        plan=proposal.plan,
        schema=schema,
        sentences=(*proposal.decisions, *(f"note: {note}" for note in proposal.notes)),
        head={
            "cache": {"kind": choice.kind, "reason": choice.reason} if choice is not None else None,
            "jobs": [
                {
                    "workflow": shown(job.workflow, root=root),
                    "job": job.job,
                    "mode": job.mode.name.lower().replace("_", "-") if job.mode else None,
                    "notes": list(job.notes),
                }
                for job in proposal.jobs
            ],
            "notes": list(proposal.notes),
        },
    )
