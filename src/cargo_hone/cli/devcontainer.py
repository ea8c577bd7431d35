"""`cargo hone devcontainer`: what was gained, in the development container and the codespace."""

import click

from cargo_hone.cargo import metadata
from cargo_hone.ci.devcontainer import plan_devcontainer, plan_removal
from cargo_hone.ci.proposal import Proposal
from cargo_hone.cli.carry_out import Offer, carry_out
from cargo_hone.cli.invocation import Invocation, with_invocation
from cargo_hone.settings.read import read
from cargo_hone.workspace import pipeline
from cargo_hone.workspace.facts import look


@click.group("devcontainer")
def command() -> None:
    """Put what was gained into the development container, or take it out again."""


@command.command("init")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("-n", "--dry-run", is_flag=True, help="Show the plan; change nothing.")
@with_invocation
def init(invocation: Invocation, yes: bool, dry_run: bool) -> int:
    """Add cargo-hone, sweeps and a volume for caches to each devcontainer.json; write one where there is none.

    Comments and formatting stay, and `cargo hone devcontainer remove` restores the bytes. What it adds never fails
    the start of a container.
    """
    facts = look(invocation.manifest(), env=invocation.env, flags=invocation.flags)
    settings = read(facts.root, invocation.env)
    offer = _offer(plan_devcontainer(facts, settings, create=True))
    return carry_out(invocation, offer, root=facts.root, yes=yes, dry_run=dry_run)


@command.command("remove")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("-n", "--dry-run", is_flag=True, help="Show the plan; change nothing.")
@with_invocation
def remove(invocation: Invocation, yes: bool, dry_run: bool) -> int:
    """Take out what `init` added, whoever ran it: the files alone are enough."""
    # Nothing is resolved: one must get rid of it without the network, too.
    root = metadata.workspace_root(invocation.manifest(), env=invocation.env)
    offer = _offer(plan_removal(root, pipeline.find(root)))
    return carry_out(invocation, offer, root=root, yes=yes, dry_run=dry_run)


def _offer(proposal: Proposal) -> Offer:
    return Offer(
        plan=proposal.plan,
        schema="devcontainer",
        sentences=tuple(f"note: {note}" for note in proposal.notes),
        refused=proposal.refused,
        head={"notes": list(proposal.notes), "refused": list(proposal.refused)},
    )
